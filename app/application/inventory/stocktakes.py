"""Counts: what callers ask, what is needed from storage, and what is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.application.common.paging import Page, PageRequest
from app.application.inventory.ports import InventoryWork
from app.domain.common.identifiers import (
    CategoryId,
    LineId,
    LocationId,
    ProductId,
    SaleId,
    StocktakeId,
    UserId,
)
from app.domain.common.money import Money, UnitPrice
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Delta, Quantity
from app.domain.inventory.counting import Fact, Settled
from app.domain.inventory.stocktake import ScopeKind, Stocktake, StocktakeStatus, Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedStocktake:
    """Chosen products, or a category with all below it, or whatever lies at the location."""

    location_id: LocationId
    products: tuple[ProductId, ...] | None = None
    category_id: CategoryId | None = None
    blind: bool = False
    note: str | None = None

    @property
    def scope(self) -> ScopeKind:
        if self.products is not None:
            return ScopeKind.PRODUCTS
        return ScopeKind.LOCATION if self.category_id is None else ScopeKind.CATEGORY


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRow:
    """What somebody counted; without `counted_at` just now.

    `client_id` is the caller's own name of the row: the same one counts once.
    """

    product_id: ProductId
    counted: Quantity
    counted_at: datetime | None = None
    unit_cost: UnitPrice | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row as it is kept, whatever is counted later."""

    product_id: ProductId
    counted: Quantity
    counted_at: datetime
    unit_cost: UnitPrice | None
    client_id: str | None
    user_id: UserId | None

    @property
    def fact(self) -> Fact:
        return Fact(
            product_id=self.product_id,
            counted=self.counted,
            counted_at=self.counted_at,
            unit_cost=self.unit_cost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedLine:
    """A counted row of the sheet, and whether its product is still kept as it was then."""

    sku: str
    fact: Fact
    still_fits: bool


class StocktakeRepository(Protocol):
    """Each method costs the same few statements however many rows there are."""

    async def open(self, stocktake: Stocktake, asked: AskedStocktake) -> None:
        """Write the head, and a row for each product that is expected or asked for.

        Raises `UnknownReference` for a category that is not there.
        """
        ...

    async def get(self, identifier: StocktakeId) -> Stocktake:
        """Return the head, locked until the end; or `NotFound`."""
        ...

    async def totals(self, identifier: StocktakeId) -> Totals: ...

    async def known(
        self, identifier: StocktakeId, client_ids: Collection[str]
    ) -> Mapping[str, Entry]:
        """Return the rows that were sent under these identifiers before."""
        ...

    async def record(
        self, stocktake: Stocktake, entries: Sequence[Entry], *, at: datetime
    ) -> Mapping[str, tuple[Quantity | None, Quantity | None]]:
        """Keep the rows and let the latest of each product hold; returns by SKU what held."""
        ...

    async def count_rest_as_none(
        self, stocktake: Stocktake, *, user_id: UserId | None, at: datetime
    ) -> None:
        """Count what nobody counted as not there."""
        ...

    async def lines(self, identifier: StocktakeId) -> Sequence[CountedLine]:
        """Return the counted rows, whose products stay as they are until the end."""
        ...

    async def told_twice(self, identifier: StocktakeId) -> Sequence[Entry]:
        """Return the last row of each person, of products that several people counted."""
        ...

    async def save_review(
        self, stocktake: Stocktake, settled: Sequence[Settled], disputed: Collection[ProductId]
    ) -> None:
        """Write what each row comes to for now; raises the version."""
        ...

    async def save_step(self, stocktake: Stocktake) -> None:
        """Write the status; raises the version."""
        ...

    async def save_posted(self, stocktake: Stocktake, settled: Sequence[Settled]) -> None:
        """Write the number and what each row came to; raises the version."""
        ...

    async def hold_short_sales(self, location_id: LocationId) -> int:
        """Lock the sales there that need attention, ahead of levels; returns how many."""
        ...

    async def clear_short_sales(
        self, location_id: LocationId
    ) -> Mapping[SaleId, DocumentNumber | None]:
        """Let sales no longer need attention of whose goods nothing is drawn any more."""
        ...


class StocktakesWork(InventoryWork, Protocol):
    @property
    def stocktakes(self) -> StocktakeRepository: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeFilter:
    """Conditions that all hold; from `since` on and before `until`, by when it was opened."""

    status: StocktakeStatus | None = None
    location_id: LocationId | None = None
    number: str | None = None
    product_id: ProductId | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    counted: bool | None = None
    differing: bool | None = None
    disputed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeView:
    """The head of a count with its location and how far it is."""

    stocktake: Stocktake
    location_code: str
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeLine:
    """A row: `variance` as worked out in review or posted, `variance_now` with what came late.

    `value` is what the variance is worth as it is now.
    """

    product_id: ProductId
    sku: str
    name: str
    unit_code: str
    expected: Quantity
    found: bool
    counted: Quantity | None
    counted_at: datetime | None
    counted_by: UserId | None
    unit_cost: UnitPrice | None
    disputed: bool
    book: Delta | None
    variance: Delta | None
    variance_now: Delta | None
    value: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeEntry:
    """What one person counted once."""

    id: LineId
    product_id: ProductId
    sku: str
    client_id: str | None
    counted: Quantity
    counted_at: datetime
    user_id: UserId | None
    recorded_at: datetime


class StocktakeReader(Protocol):
    """A count that is not there is `NotFound`."""

    async def stocktake(self, identifier: StocktakeId) -> StocktakeView: ...

    async def stocktakes(self, where: StocktakeFilter, *, page: PageRequest) -> Page[StocktakeView]:
        """Return the newest first, without totals."""
        ...

    async def lines(
        self, identifier: StocktakeId, where: LineFilter, *, page: PageRequest
    ) -> Page[StocktakeLine]:
        """Return rows by SKU; a page costs the same at any depth."""
        ...

    async def entries(
        self, identifier: StocktakeId, *, product_id: ProductId | None, page: PageRequest
    ) -> Page[StocktakeEntry]:
        """Return all that was counted, in the order of recording."""
        ...
