"""What the shop's use cases need from storage."""

from __future__ import annotations

from typing import Protocol

from app.application.common.uow import UnitOfWork
from app.domain.common.identifiers import TaxRateId, UnitId
from app.domain.shop.shop import Shop
from app.domain.shop.tax_rate import TaxRate
from app.domain.shop.unit import Unit


class ShopRepository(Protocol):
    async def get(self) -> Shop:
        """Return the one shop, which exists from the first migration on.

        It is locked: whoever posts holds on to the shop as it read it, and is waited for.
        """
        ...

    async def freezes_currency(self) -> bool:
        """Tell whether a movement exists; none can be written before this transaction ends."""
        ...


class TaxRateRepository(Protocol):
    async def get(self, identifier: TaxRateId) -> TaxRate:
        """Return the rate; `NotFound` otherwise."""
        ...

    async def find(self, identifier: TaxRateId) -> TaxRate | None: ...

    def add(self, rate: TaxRate) -> None: ...


class UnitRepository(Protocol):
    async def get(self, identifier: UnitId) -> Unit:
        """Return the unit; `NotFound` otherwise."""
        ...

    def add(self, unit: Unit) -> None: ...


class ShopWork(UnitOfWork, Protocol):
    @property
    def shop(self) -> ShopRepository: ...

    @property
    def tax_rates(self) -> TaxRateRepository: ...

    @property
    def units(self) -> UnitRepository: ...
