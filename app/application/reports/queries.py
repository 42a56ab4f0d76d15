"""What is read over many documents at once: what was sold, and what the shop earned."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from app.application.common.paging import Key, PageRequest
from app.domain.common.identifiers import CategoryId, LocationId, ProductId, UserId
from app.domain.common.rounding import divide
from app.domain.sales.tender import TenderKind
from app.domain.shop.days import Span
from app.domain.shop.tax_rate import WHOLE_PPM

By = TypeVar("By")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums over lines of documents, in minor units and thousandths.

    `cost` is that of the lines whose cost is known; `uncosted_net` is the net of the others.
    """

    documents: int = 0
    units: int = 0
    gross: int = 0
    discount: int = 0
    net: int = 0
    tax: int = 0
    total: int = 0
    cost: int = 0
    uncosted_net: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was sold, less what was voided and what came back in the same time.

    Each counts when it was posted, so a void or a return never changes the figures of the day of
    its sale.
    """

    sold: Sums
    voided: Sums
    returned: Sums

    @property
    def units(self) -> int:
        return self.sold.units - self.voided.units - self.returned.units

    @property
    def net(self) -> int:
        return self.sold.net - self.voided.net - self.returned.net

    @property
    def tax(self) -> int:
        return self.sold.tax - self.voided.tax - self.returned.tax

    @property
    def total(self) -> int:
        return self.sold.total - self.voided.total - self.returned.total

    @property
    def cost(self) -> int:
        """What the goods cost that are gone; what came back to the shop's own places is not."""
        return self.sold.cost - self.voided.cost - self.returned.cost

    @property
    def uncosted_net(self) -> int:
        sold, voided, returned = self.sold, self.voided, self.returned
        return sold.uncosted_net - voided.uncosted_net - returned.uncosted_net

    @property
    def margin(self) -> int:
        """The net of goods whose cost is known, less that cost."""
        return self.net - self.uncosted_net - self.cost

    @property
    def margin_ppm(self) -> int | None:
        """The margin as a part of the net that it is of; None where there is none."""
        net = self.net - self.uncosted_net
        return divide(self.margin * WHOLE_PPM, net) if net > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldProduct:
    """The product as it is called now."""

    id: ProductId
    sku: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldCategory:
    id: CategoryId
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cashier:
    id: UserId
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A tax rate as documents were posted with it."""

    code: str
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class Entry(Generic[By]):
    """The figures of one day, product, cashier and so on; None by what has none."""

    by: By
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesReport(Generic[By]):
    """Entries in order, and the figures of all there are, each document counted once."""

    entries: Sequence[Entry[By]]
    totals: Figures
    next_after: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Money by one means: taken for sales less change, given back for voids and returns."""

    kind: TenderKind
    payments: int
    taken: int
    voided: int
    refunds: int
    refunded: int

    @property
    def kept(self) -> int:
        return self.taken - self.voided - self.refunded


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Which documents count: posted in the span, in the currency, at the place if one is named."""

    span: Span
    currency: str
    location_id: LocationId | None = None


class SalesReportReader(Protocol):
    """All figures of a report are those of one moment."""

    async def by_span(self, within: Within, spans: Sequence[Span]) -> SalesReport[Span]:
        """Return an entry for each span, also where nothing was sold; they lie side by side."""
        ...

    async def by_product(self, within: Within, *, page: PageRequest) -> SalesReport[SoldProduct]:
        """List what brought most first."""
        ...

    def every_product(self, within: Within) -> AsyncGenerator[Sequence[Entry[SoldProduct]]]:
        """Give all products in the order of the list, part by part."""
        ...

    async def by_category(
        self, within: Within, *, whole_branch: bool
    ) -> SalesReport[SoldCategory | None]:
        """List by path; `whole_branch` adds to each category what lies below it."""
        ...

    async def by_cashier(self, within: Within) -> SalesReport[Cashier | None]:
        """List who posted sales and returns; a void counts against who sold."""
        ...

    async def by_rate(self, within: Within) -> SalesReport[Rate]: ...

    async def by_tender(self, within: Within) -> Sequence[Taken]: ...
