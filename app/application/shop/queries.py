"""What is read of the shop, its tax rates and units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from app.application.common.paging import Page, PageRequest
from app.domain.common.identifiers import ShopId, TaxRateId, UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopView:
    id: ShopId
    name: str
    currency: str
    time_zone: str
    prices_include_tax: bool
    default_tax_rate_id: TaxRateId
    closed_through: date | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRateView:
    id: TaxRateId
    code: str
    name: str
    rate_ppm: int
    active: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    id: UnitId
    code: str
    name: str
    decimals: int
    version: int


class ShopReader(Protocol):
    """Single things are `NotFound` when they are not there; lists are in the order of codes."""

    async def shop(self) -> ShopView: ...

    async def tax_rate(self, identifier: TaxRateId) -> TaxRateView: ...

    async def tax_rates(self, page: PageRequest) -> Page[TaxRateView]: ...

    async def unit(self, identifier: UnitId) -> UnitView: ...

    async def units(self, page: PageRequest) -> Page[UnitView]: ...
