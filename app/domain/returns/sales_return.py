"""A return: asked for, approved, its goods received, its money paid back by a credit note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from app.domain.common.changes import Changes
from app.domain.common.errors import Conflict, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import LineId, LocationId, ReturnId, SaleId, UserId
from app.domain.common.money import MAX_MINOR, Money
from app.domain.common.numbers import DocumentNumber
from app.domain.returns.line import ReturnLine
from app.domain.returns.refund import Refund, check_refunds
from app.domain.sales.line import TaxShare, tax_shares
from app.domain.sales.pricing import AmountTooLarge
from app.domain.sales.sale import Conditions, Letterhead, Sale, SaleStatus
from app.domain.sales.tender import TenderKind

RETURNS_SERIES = "CN"
MOST_LINES = 2000


class ReturnStatus(StrEnum):
    """At the till a return is received and refunded in one step."""

    REQUESTED = "requested"
    APPROVED = "approved"
    RECEIVED = "received"
    REFUNDED = "refunded"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


# Returns that hold what they name of a sale: nobody else can give it back.
LIVE = (
    ReturnStatus.REQUESTED,
    ReturnStatus.APPROVED,
    ReturnStatus.RECEIVED,
    ReturnStatus.REFUNDED,
)
# Returns whose goods came, or that needed none.
BROUGHT = (ReturnStatus.RECEIVED, ReturnStatus.REFUNDED)


class SaleNotReturnable(Conflict):
    """Only what was sold, and not voided, can come back."""

    code = "sale_not_returnable"
    title = "Nothing of this sale can come back"


class WrongReturnStatus(Conflict):
    """The return is not at the point where this can be done."""

    code = "wrong_return_status"
    title = "The return is not there yet, or past that"


class ReturnNotPosted(Conflict):
    """The return was not refunded yet, so there is no credit note."""

    code = "return_not_posted"
    title = "The return has no credit note"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnEvent(DomainEvent):
    """`document` holds all of the return but the cost."""

    document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequested(ReturnEvent):
    """Someone asks to give goods back."""

    name: ClassVar[str] = "return.requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnApproved(ReturnEvent):
    """The goods may come."""

    name: ClassVar[str] = "return.approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRejected(ReturnEvent):
    """The goods are not taken back."""

    name: ClassVar[str] = "return.rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCancelled(ReturnEvent):
    """Nothing came of it."""

    name: ClassVar[str] = "return.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReceived(ReturnEvent):
    """The goods came back and went where their lines say."""

    name: ClassVar[str] = "return.received"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRefunded(ReturnEvent):
    """The money was paid back and the credit note given its number."""

    name: ClassVar[str] = "return.refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The sale of which something comes back."""

    id: SaleId
    number: DocumentNumber

    @classmethod
    def of(cls, sale: Sale) -> Original:
        """Refuse a draft and a voided sale with `SaleNotReturnable`."""
        if sale.status is not SaleStatus.COMPLETED or sale.number is None:
            raise SaleNotReturnable(f"The sale {sale.number or sale.id} is {sale.status}.")
        return cls(id=sale.id, number=sale.number)


@dataclass(eq=False, kw_only=True)
class SalesReturn(EventRecorderMixin):
    """Without an `original` it is a return that no sale vouches for.

    The location of its conditions is where goods are sold from again. `user_id` is who asked for
    it, `closed_at` when it was rejected or cancelled. `occurred_at` is when the money went back,
    `posted_at` when that counts in the books.
    """

    id: ReturnId
    original: Original | None
    conditions: Conditions
    lines: tuple[ReturnLine, ...]
    reason: str | None
    user_id: UserId | None
    created_at: datetime
    status: ReturnStatus = ReturnStatus.REQUESTED
    number: DocumentNumber | None = None
    letterhead: Letterhead | None = None
    refunds: tuple[Refund, ...] = ()
    approved_at: datetime | None = None
    received_at: datetime | None = None
    refunded_at: datetime | None = None
    occurred_at: datetime | None = None
    posted_at: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    version: int = 1

    @classmethod
    def request(
        cls,
        identifier: ReturnId,
        *,
        original: Original | None,
        conditions: Conditions,
        lines: Sequence[ReturnLine],
        reason: str | None,
        user_id: UserId | None,
        at: datetime,
        at_till: bool = False,
    ) -> SalesReturn:
        """Hold what the lines name; neither goods nor money move yet.

        What is brought to the till needs no leave to come.
        """
        made = cls(
            id=identifier,
            original=original,
            conditions=conditions,
            lines=tuple(lines),
            reason=reason,
            user_id=user_id,
            created_at=at,
        )
        made._check()
        if at_till:
            made.status, made.approved_at = ReturnStatus.APPROVED, at
        else:
            made.record(ReturnRequested(subject=identifier, document=made.snapshot()))
        return made

    def revise(
        self, *, lines: Sequence[ReturnLine], location_id: LocationId, reason: str | None
    ) -> Changes:
        """Replace what is asked; what was approved is no longer what is asked, so ask again.

        Returns what differs for a reader.
        """
        self.require_open()
        before, content = self._audited(), self.content
        self.lines, self.reason = tuple(lines), reason
        self.conditions = replace(self.conditions, location_id=location_id)
        self._check()
        after = self._audited()
        changes: Changes = {
            name: (before[name], after[name]) for name in before if before[name] != after[name]
        }
        if self.content != content and self.status is ReturnStatus.APPROVED:
            changes["status"] = (self.status.value, ReturnStatus.REQUESTED.value)
            self.status, self.approved_at = ReturnStatus.REQUESTED, None
        return changes

    def approve(self, *, at: datetime) -> None:
        self._require(ReturnStatus.REQUESTED)
        self.status, self.approved_at = ReturnStatus.APPROVED, at
        self.record(ReturnApproved(subject=self.id, document=self.snapshot()))

    def reject(self, *, reason: str | None, at: datetime) -> None:
        """Refuse to take the goods back; what the return held can be given back by another."""
        self._require(ReturnStatus.REQUESTED)
        self.status, self.closed_at, self.close_reason = ReturnStatus.REJECTED, at, reason
        self.record(ReturnRejected(subject=self.id, document=self.snapshot()))

    def cancel(self, *, reason: str | None, at: datetime) -> None:
        """Give it up before the goods came."""
        self.require_open()
        self.status, self.closed_at, self.close_reason = ReturnStatus.CANCELLED, at, reason
        self.record(ReturnCancelled(subject=self.id, document=self.snapshot()))

    def receive(self, *, costs: Mapping[LineId, int], at: datetime) -> None:
        """Take the goods; `costs` holds the value at which each line's came in."""
        self.require_approved()
        self.lines = tuple(
            replace(line, amounts=replace(line.amounts, cost_minor=self._cost(line, costs)))
            for line in self.lines
        )
        self.status, self.received_at = ReturnStatus.RECEIVED, at
        self.record(ReturnReceived(subject=self.id, document=self.snapshot()))

    def pay_back(
        self, refunds: Sequence[Refund], *, ceiling: Mapping[TenderKind, int] | None
    ) -> None:
        """Settle by which means the money goes back; raises unless they sum to the total."""
        self._require(ReturnStatus.RECEIVED)
        check_refunds(refunds, total=self.money(self.total_minor), ceiling=ceiling)
        self.refunds = tuple(refunds)

    def post(
        self,
        number: DocumentNumber,
        *,
        letterhead: Letterhead,
        occurred_at: datetime,
        posted_at: datetime,
        at: datetime,
    ) -> None:
        """Make it a credit note: from here on nothing about it changes."""
        self._require(ReturnStatus.RECEIVED)
        self.occurred_at, self.posted_at = occurred_at, posted_at
        self.status, self.number, self.refunded_at = ReturnStatus.REFUNDED, number, at
        self.letterhead = letterhead
        self.record(ReturnRefunded(subject=self.id, document=self.snapshot()))

    def require_approved(self) -> None:
        """Refuse with `WrongReturnStatus` to take goods that may not come, or came."""
        self._require(ReturnStatus.APPROVED)

    def require_open(self) -> None:
        """Refuse with `WrongReturnStatus` what may only be done before the goods came."""
        self._require(ReturnStatus.REQUESTED, ReturnStatus.APPROVED)

    @property
    def content(self) -> tuple[object, ...]:
        """All that a revision can change; a line is the same whatever its own identifier."""
        lines = tuple(
            (line.sale_line_id, line.item, line.unit_price, line.disposition, line.amounts)
            for line in self.lines
        )
        return lines, self.conditions, self.reason

    @property
    def net_minor(self) -> int:
        return sum(line.amounts.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        return sum(line.amounts.tax_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        return sum(line.amounts.total_minor for line in self.lines)

    @property
    def withheld_minor(self) -> int:
        """What is kept of what could have been paid back, such as a fee."""
        return sum(line.amounts.refundable_minor for line in self.lines) - self.total_minor

    @property
    def tax_summary(self) -> tuple[TaxShare, ...]:
        return tax_shares(self.lines)

    def money(self, minor: int) -> Money:
        return Money(minor, self.conditions.currency)

    def snapshot(self) -> dict[str, object]:
        """The return as it stands in events: everything but the cost, which not everyone sees."""
        return {
            "number": None if self.number is None else str(self.number),
            "status": self.status.value,
            "sale_id": None if self.original is None else str(self.original.id),
            "location_id": str(self.conditions.location_id),
            "currency": self.conditions.currency,
            "net": self._text(self.net_minor),
            "tax": self._text(self.tax_minor),
            "total": self._text(self.total_minor),
            "occurred_at": _iso(self.occurred_at),
            "posted_at": _iso(self.posted_at),
            "lines": [self._line_snapshot(line) for line in self.lines],
            "refunds": [
                {"kind": refund.kind.value, "amount": self._text(refund.amount_minor)}
                for refund in self.refunds
            ],
        }

    def outline(self) -> dict[str, object]:
        """The return in brief, as the audit log notes it."""
        return {
            "number": None if self.number is None else str(self.number),
            "sale": None if self.original is None else str(self.original.number),
            "lines": len(self.lines),
            "total": self._text(self.total_minor),
            "withheld": self._text(self.withheld_minor),
            "currency": self.conditions.currency,
            "reason": self.reason,
        }

    def _line_snapshot(self, line: ReturnLine) -> dict[str, object]:
        return {
            "id": str(line.id),
            "sale_line_id": None if line.sale_line_id is None else str(line.sale_line_id),
            "product_id": str(line.item.product_id),
            "sku": line.item.sku,
            "quantity": str(line.amounts.quantity),
            "disposition": line.disposition.value,
            "net": self._text(line.amounts.net_minor),
            "tax": self._text(line.amounts.tax_minor),
            "total": self._text(line.amounts.total_minor),
        }

    def _audited(self) -> dict[str, object]:
        return {
            "lines": [
                f"{line.amounts.quantity} × {line.item.sku} {line.disposition}: "
                f"{self._text(line.amounts.total_minor)}"
                for line in self.lines
            ],
            "total": self._text(self.total_minor),
            "location_id": str(self.conditions.location_id),
            "reason": self.reason,
        }

    def _text(self, minor: int) -> str:
        return self.money(minor).amount

    def _cost(self, line: ReturnLine, costs: Mapping[LineId, int]) -> int | None:
        if line.moves:
            return costs[line.id]
        return line.amounts.cost_minor

    def _check(self) -> None:
        if not 1 <= len(self.lines) <= MOST_LINES:
            raise InvalidValue.of("lines", f"has 1 to {MOST_LINES} entries")
        if self.original is None and self.reason is None:
            raise InvalidValue.of("reason", "is required without a sale", code="missing")
        if self.total_minor > MAX_MINOR:
            raise AmountTooLarge("The total of the return is too large.")

    def _require(self, *statuses: ReturnStatus) -> None:
        if self.status not in statuses:
            raise WrongReturnStatus(
                f"The return {self.number or self.id} is {self.status}.",
                extra={"return_status": self.status.value},
            )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
