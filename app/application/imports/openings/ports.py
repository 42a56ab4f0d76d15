"""What imports of opening balances need from storage: a few statements a chunk."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from app.application.imports.goods import GoodsStore
from app.application.imports.ports import ImportsWork
from app.application.inventory.ports import InventoryWork
from app.domain.common.identifiers import LocationId, ProductId
from app.domain.inventory.plan import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLocation:
    """`holds_goods` is False for the virtual ones, `sells` for what is not sold from."""

    id: LocationId
    code: str
    holds_goods: bool
    sells: bool
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the books were opened with at a place."""

    thousandths: int
    value_minor: int


class OpeningImportStore(Protocol):
    async def locations(self, codes: Collection[str]) -> Mapping[str, KnownLocation]:
        """Return locations by code; none is closed before this ends."""
        ...

    async def opened(
        self, products: Collection[ProductId], locations: Collection[LocationId]
    ) -> Mapping[Place, Opened]: ...


class OpeningImportsWork(InventoryWork, ImportsWork, Protocol):
    @property
    def opening_imports(self) -> OpeningImportStore: ...

    @property
    def goods(self) -> GoodsStore: ...
