"""A purchase order: drafted, ordered, received in one delivery or several, closed or cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from app.domain.common.changes import Changes
from app.domain.common.errors import Conflict, FieldError, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import LineId, LocationId, PurchaseId, SupplierId, UserId
from app.domain.common.money import MAX_MINOR, Money
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.purchases.line import PurchaseLine, check_lines
from app.domain.purchases.receiving import Arrival, Received, Valuation, receive_lines
from app.domain.purchases.terms import PAR, ExchangeRate

PURCHASES_SERIES = "PO"
REFERENCE_LENGTH = 64
REASON_LENGTH = 255
NOTE_LENGTH = 1000


class PurchaseStatus(StrEnum):
    """What arrived is judged line by line; `CLOSED` is over with goods, `CANCELLED` without."""

    DRAFT = "draft"
    ORDERED = "ordered"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


# Goods may come.
OPEN = (PurchaseStatus.ORDERED, PurchaseStatus.PARTLY_RECEIVED, PurchaseStatus.RECEIVED)
# Goods came, and may go back.
RETURNABLE = (PurchaseStatus.PARTLY_RECEIVED, PurchaseStatus.RECEIVED, PurchaseStatus.CLOSED)


class WrongPurchaseStatus(Conflict):
    """The order is not at the point where this can be done."""

    code = "wrong_purchase_status"
    title = "The order is not there yet, or past that"


class PurchaseOutdated(Conflict):
    """What was ordered is kept or counted in another way now."""

    code = "purchase_outdated"
    title = "The order does not fit the shop any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseEvent(DomainEvent):
    """`document` holds all of the order but the costs."""

    document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrdered(PurchaseEvent):
    """Goods were ordered from a supplier."""

    name: ClassVar[str] = "purchase.ordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseReceived(PurchaseEvent):
    """Goods of an order arrived; the goods receipt tells which."""

    name: ClassVar[str] = "purchase.received"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseReturned(PurchaseEvent):
    """Goods of an order went back to the supplier."""

    name: ClassVar[str] = "purchase.returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseClosed(PurchaseEvent):
    """Nothing more is to come of an order of which something came."""

    name: ClassVar[str] = "purchase.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseCancelled(PurchaseEvent):
    """Nothing came of an order, and nothing will."""

    name: ClassVar[str] = "purchase.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedFrom:
    """The supplier, as it was called when the order was drafted."""

    id: SupplierId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a draft says besides its lines; `rate` is None where it has still to be agreed."""

    location_id: LocationId
    rate: ExchangeRate | None
    reference: str | None
    note: str | None


@dataclass(eq=False, kw_only=True)
class Purchase(EventRecorderMixin):
    """In the supplier's currency; `shop_currency` is that of the shop when it was ordered."""

    id: PurchaseId
    supplier: OrderedFrom
    currency: str
    heading: Heading
    lines: tuple[PurchaseLine, ...]
    user_id: UserId | None
    created_at: datetime
    status: PurchaseStatus = PurchaseStatus.DRAFT
    number: DocumentNumber | None = None
    shop_currency: str | None = None
    ordered_at: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    version: int = 1

    def check(self) -> None:
        """Refuse lines that cannot be ordered, and a total that is too large."""
        check_lines(self.lines, currency=self.currency)
        if (self.total_minor or 0) > MAX_MINOR:
            raise InvalidValue.of("lines", "the total of the order is too large")

    def revise(self, heading: Heading, lines: Sequence[PurchaseLine]) -> Changes:
        """Replace what is to be ordered; returns what differs for a reader."""
        self.require_draft()
        before = self._audited()
        self.heading, self.lines = heading, tuple(lines)
        self.check()
        after = self._audited()
        return {name: (before[name], after[name]) for name in before if before[name] != after[name]}

    def order(self, number: DocumentNumber, *, shop_currency: str, at: datetime) -> None:
        """From here on the lines stay as they are, and so does the rate."""
        self.require_draft()
        self.heading = replace(self.heading, rate=self.agreed_rate(shop_currency))
        self.status, self.number, self.ordered_at = PurchaseStatus.ORDERED, number, at
        self.shop_currency = shop_currency
        self.record(PurchaseOrdered(subject=self.id, document=self.snapshot()))

    def agreed_rate(self, shop_currency: str) -> ExchangeRate:
        """Return the rate of the order; 1 for the shop's own currency, else it must be said."""
        return self.checked_rate(self.heading.rate, shop_currency=shop_currency)

    def checked_rate(self, rate: ExchangeRate | None, *, shop_currency: str) -> ExchangeRate:
        if self.currency == shop_currency:
            if rate not in (None, PAR):
                raise InvalidValue.of("exchange_rate", f"is 1 for an order in {shop_currency}")
            return PAR
        if rate is None:
            detail = f"says how much {shop_currency} one {self.currency} is worth"
            raise InvalidValue.of("exchange_rate", detail, code="missing")
        return rate

    def receive(
        self, arrivals: Sequence[Arrival], *, rate: ExchangeRate | None, shop_currency: str
    ) -> tuple[Received, ...]:
        """Take in a delivery; `rate` replaces that of the order for it alone."""
        self.require(*OPEN)
        if shop_currency != self.shop_currency:
            raise PurchaseOutdated(f"The shop counts in {shop_currency} now.")
        agreed = self.agreed_rate(shop_currency)
        used = agreed if rate is None else self.checked_rate(rate, shop_currency=shop_currency)
        self.lines, received = receive_lines(
            self.lines,
            arrivals,
            Valuation(
                currency=self.currency, shop_currency=shop_currency, rate=used, agreed=agreed
            ),
        )
        complete = all(not line.missing for line in self.lines)
        self.status = PurchaseStatus.RECEIVED if complete else PurchaseStatus.PARTLY_RECEIVED
        self.record(PurchaseReceived(subject=self.id, document=self.snapshot()))
        return received

    def close(self, *, reason: str | None, at: datetime) -> None:
        """Expect nothing more; what came stays."""
        self.require(PurchaseStatus.PARTLY_RECEIVED, PurchaseStatus.RECEIVED)
        self._end(PurchaseStatus.CLOSED, reason=reason, at=at)
        self.record(PurchaseClosed(subject=self.id, document=self.snapshot()))

    def cancel(self, *, reason: str | None, at: datetime) -> None:
        """Give up what has not arrived: with goods that came the order is closed short."""
        if self.status is PurchaseStatus.PARTLY_RECEIVED:
            self.close(reason=reason, at=at)
            return
        self.require(PurchaseStatus.DRAFT, PurchaseStatus.ORDERED)
        self._end(PurchaseStatus.CANCELLED, reason=reason, at=at)
        self.record(PurchaseCancelled(subject=self.id, document=self.snapshot()))

    def give_back(self, quantities: Mapping[LineId, Quantity]) -> None:
        """Count what went back to the supplier, by line of the order."""
        self.lines = tuple(
            replace(line, returned=line.returned + quantities.get(line.id, Quantity(0)))
            for line in self.lines
        )
        self.record(PurchaseReturned(subject=self.id, document=self.snapshot()))

    def require_draft(self) -> None:
        self.require(PurchaseStatus.DRAFT)

    def require(self, *statuses: PurchaseStatus) -> None:
        """Refuse with `WrongPurchaseStatus` what cannot be done at this point."""
        if self.status not in statuses:
            raise WrongPurchaseStatus(
                f"The order {self.number or self.id} is {self.status}.",
                extra={"purchase_status": self.status.value},
            )

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def closed_short(self) -> bool:
        """Tell whether it was closed although something ordered never came."""
        return self.status is PurchaseStatus.CLOSED and any(line.missing for line in self.lines)

    @property
    def total_minor(self) -> int | None:
        """The sum of the lines; None while the cost of one is not known."""
        values = [line.value_minor(self.currency) for line in self.lines]
        known = [value for value in values if value is not None]
        return sum(known) if len(known) == len(values) else None

    def outstanding(self, line: PurchaseLine) -> Quantity:
        """What is still expected of a line; nothing of an order that is over."""
        return line.missing if self.is_open else Quantity(0)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    def snapshot(self) -> dict[str, object]:
        """The order as it stands in events: everything but costs, which not everyone sees."""
        return {
            "number": None if self.number is None else str(self.number),
            "status": self.status.value,
            "supplier_id": str(self.supplier.id),
            "location_id": str(self.heading.location_id),
            "currency": self.currency,
            "reference": self.heading.reference,
            "lines": [
                {
                    "id": str(line.id),
                    "product_id": str(line.item.product_id),
                    "sku": line.item.sku,
                    "ordered": str(line.ordered),
                    "received": str(line.received),
                    "rejected": str(line.rejected),
                    "returned": str(line.returned),
                }
                for line in self.lines
            ],
        }

    def outline(self) -> dict[str, object]:
        """The order in brief, as the audit log notes it."""
        total = self.total_minor
        return {
            "number": None if self.number is None else str(self.number),
            "supplier_id": str(self.supplier.id),
            "lines": len(self.lines),
            "total": None if total is None else self.money(total).amount,
            "currency": self.currency,
            "exchange_rate": None if self.heading.rate is None else str(self.heading.rate),
            "reference": self.heading.reference,
        }

    def _end(self, status: PurchaseStatus, *, reason: str | None, at: datetime) -> None:
        self.status, self.close_reason, self.closed_at = status, reason, at

    def _audited(self) -> dict[str, object]:
        heading = self.heading
        return {
            "lines": [
                f"{line.quantity} {line.measure} × {line.item.sku}"
                + ("" if line.cost is None else f" at {line.cost.amount}")
                for line in self.lines
            ],
            "location_id": str(heading.location_id),
            "exchange_rate": None if heading.rate is None else str(heading.rate),
            "reference": heading.reference,
            "note": heading.note,
        }


def check_still_fits(purchase: Purchase, units: Mapping[LineId, tuple[str, bool]]) -> None:
    """Refuse a delivery of goods that the catalog counts otherwise now than when ordered."""
    faults = tuple(
        FieldError("", PurchaseOutdated.code, f"{line.item.sku} is kept otherwise now")
        for line in purchase.lines
        if line.id in units and units[line.id] != (line.item.unit_code, line.item.tracks_stock)
    )
    if faults:
        raise PurchaseOutdated("; ".join(f.detail for f in faults) + ".", errors=faults)
