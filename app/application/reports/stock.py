"""What is read of stock over all products: what the shop held at an instant, and what moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from app.application.common.paging import Key, PageRequest
from app.application.inventory.queries import Basis
from app.application.reports.queries import SoldCategory, SoldProduct, Within
from app.domain.common.identifiers import LocationId
from app.domain.common.rounding import divide

By = TypeVar("By")
RATIO_PLACES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMoment:
    """All movements before an instant, by the time that counts."""

    before: datetime
    basis: Basis = Basis.RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Thousandths and minor units; by the time of happening they may be less than nothing."""

    quantity: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    id: LocationId
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Holding(Generic[By]):
    by: By
    held: Held


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReport(Generic[By]):
    """The total is that of the whole shop: what its movements sum to, to the minor unit."""

    holdings: Sequence[Holding[By]]
    total: Held


@dataclass(frozen=True, slots=True)
class Listed(Generic[By]):
    """A page of rows and the key of the next one."""

    rows: Sequence[By]
    next_after: Key | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """How often what lay there was sold: cost of goods sold against the value held."""

    product: SoldProduct
    opening: int
    closing: int
    cost: int

    @property
    def average(self) -> int:
        return divide(self.opening + self.closing, 2)

    @property
    def turns(self) -> int | None:
        """Return hundredths of a turn; None where nothing was held on average."""
        held = self.opening + self.closing
        return divide(2 * 100 * self.cost, held) if held > 0 else None

    def days_held(self, days: int) -> int | None:
        """Return how many days what is held on average lasts; None where nothing was sold."""
        return (
            divide((self.opening + self.closing) * days, 2 * self.cost) if self.cost > 0 else None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowMover:
    """What lies there and was not sold, or little of it; `units` were, less what came back."""

    product: SoldProduct
    held: Held
    units: int
    last_sold_at: datetime | None


class StockReportReader(Protocol):
    """Lists of products page by SKU at a cost that grows with the page, not with the ledger."""

    async def by_product(
        self, at: StockMoment, *, page: PageRequest
    ) -> Listed[Holding[SoldProduct]]:
        """List every product that had moved by then."""
        ...

    async def total(self, at: StockMoment) -> Held: ...

    async def by_location(self, at: StockMoment) -> StockReport[Place]:
        """List places of the shop's own; a product's value is shared by quantity, to the unit."""
        ...

    async def by_category(
        self, at: StockMoment, *, whole_branch: bool
    ) -> StockReport[SoldCategory | None]: ...

    async def turnover(self, within: Within, *, page: PageRequest) -> Listed[Turned]:
        """List every product that had moved by the end of the span."""
        ...

    async def slow_movers(
        self, within: Within, *, most_units: int, page: PageRequest
    ) -> Listed[SlowMover]:
        """List what lies there and sold at most so much in the span, the most valuable first."""
        ...
