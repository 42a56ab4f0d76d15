"""A sale: drafted, completed when goods and money change hands, voided when both go back.

In between it may be confirmed: then it is an order, of which `fulfilment` has the rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from app.domain.common.changes import Changes
from app.domain.common.errors import Conflict, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import CustomerId, LineId, LocationId, SaleId, UserId
from app.domain.common.money import MAX_MINOR, Money
from app.domain.common.numbers import DocumentNumber
from app.domain.sales.discount import Discount
from app.domain.sales.line import NONE, LineDraft, SaleLine, TaxShare, check_quantities, tax_shares
from app.domain.sales.pricing import AmountTooLarge, SaleAmounts, Totals, price
from app.domain.sales.tender import Tender, settle
from app.domain.sales.till import TillRecord
from app.domain.sales.undoing import NOTHING_GIVEN_BACK, GivenBack, PaidBack, left_to_pay_back
from app.domain.shop.books import Books, PeriodClosed, took_place

SALES_SERIES = "S"
MOST_LINES = 2000
MOST_TENDERS = 20
REASON_LENGTH = 255
REFERENCE_LENGTH = 64


class SaleStatus(StrEnum):
    """A voided sale without a number is a draft or an order that was cancelled."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    VOIDED = "voided"


class SaleNotDraft(Conflict):
    """The sale is posted: its lines and tenders stay as they are."""

    code = "sale_not_draft"
    title = "The sale is no longer a draft"


class SaleNotPosted(Conflict):
    """The sale was never posted, so it has no number and no receipt."""

    code = "sale_not_posted"
    title = "The sale has no receipt"


class SaleAlreadyVoided(Conflict):
    """The sale was voided before, and that counts once."""

    code = "sale_already_voided"
    title = "The sale is voided already"


class SaleHasReturns(Conflict):
    """Something of the sale is about to come back: that return is to end first."""

    code = "sale_has_returns"
    title = "The sale has a return that is not over"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleCompleted(DomainEvent):
    """Goods left and money was taken; `sale` holds all of it but the cost."""

    name: ClassVar[str] = "sale.completed"
    sale: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleVoided(DomainEvent):
    """A completed sale was undone; its goods came back only if `goods_back` says so.

    `refunds` is what went back by each means, beside what returns paid back before.
    """

    name: ClassVar[str] = "sale.voided"
    number: str
    goods_back: bool
    refunds: list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What counts for a whole sale, as the shop had it when the sale was made."""

    currency: str
    prices_include_tax: bool
    location_id: LocationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """How the shop was called and by which calendar it counted when the sale was posted."""

    shop_name: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who buys by name: as they are called now, and once the sale is posted as they were then."""

    id: CustomerId
    name: str


@dataclass(eq=False, kw_only=True)
class Sale(EventRecorderMixin):
    """Currency and the meaning of prices are frozen with the draft.

    `user_id` is who completed it, or who drafted it while it is a draft. `posted_at` is when it
    counts in the books: when it occurred, or later if that period was closed before it was told.
    `needs_attention` says that goods left which the books did not hold.
    """

    id: SaleId
    conditions: Conditions
    lines: tuple[SaleLine, ...]
    discount: Discount | None
    totals: Totals
    user_id: UserId | None
    occurred_at: datetime
    created_at: datetime
    customer: Buyer | None = None
    till: TillRecord | None = None
    status: SaleStatus = SaleStatus.DRAFT
    number: DocumentNumber | None = None
    letterhead: Letterhead | None = None
    tenders: tuple[Tender, ...] = ()
    needs_attention: bool = False
    posted_at: datetime | None = None
    completed_at: datetime | None = None
    voided_at: datetime | None = None
    goods_back: bool | None = None
    void_reason: str | None = None
    refunds: tuple[PaidBack, ...] = ()
    version: int = 1
    confirmed_at: datetime | None = None
    reserved_until: datetime | None = None

    @classmethod
    def draft(
        cls,
        identifier: SaleId,
        *,
        conditions: Conditions,
        lines: Sequence[LineDraft],
        discount: Discount | None,
        user_id: UserId | None,
        at: datetime,
        customer: Buyer | None = None,
        till: TillRecord | None = None,
    ) -> Sale:
        """Price the lines; no stock moves and no number is given yet."""
        amounts = _priced(lines, discount, conditions)
        return cls(
            id=identifier,
            conditions=conditions,
            lines=_lines(lines, amounts),
            discount=discount,
            totals=amounts.totals,
            user_id=user_id,
            occurred_at=at,
            created_at=at,
            customer=customer,
            till=till,
        )

    def revise(
        self,
        *,
        lines: Sequence[LineDraft],
        discount: Discount | None,
        location_id: LocationId,
        customer: Buyer | None,
    ) -> Changes:
        """Replace the lines, the discount, the place and the customer of a sale not yet posted.

        Returns what differs for a reader; new lines that read like the old ones do not.
        """
        self.require_open()
        before = self._audited()
        self.conditions = replace(self.conditions, location_id=location_id)
        amounts = _priced(lines, discount, self.conditions)
        self.lines = _carried(_lines(lines, amounts), self.lines)
        self.totals = amounts.totals
        self.discount, self.customer = discount, customer
        after = self._audited()
        return {name: (before[name], after[name]) for name in before if before[name] != after[name]}

    def pay(self, tenders: Sequence[Tender]) -> None:
        """Take the tenders; raises `TenderMismatch` unless they cover the total."""
        self.require_open()
        self.tenders = settle(tenders, total=self.money(self.totals.total_minor))

    def happen(self, occurred_at: datetime | None, *, at: datetime) -> None:
        """Set when the sale took place: now, or earlier for one that is told late."""
        self.require_open()
        self.occurred_at = took_place(occurred_at, at=at)

    def complete(
        self,
        number: DocumentNumber,
        *,
        letterhead: Letterhead,
        costs: Mapping[LineId, int],
        needs_attention: bool,
        user_id: UserId | None,
        posted_at: datetime,
        at: datetime,
    ) -> None:
        """Post what is paid; `costs` holds the value at which the rest of each line left."""
        self.require_open()
        self.lines = tuple(
            replace(line, cost_minor=self._cost(line, costs), reserved=NONE) for line in self.lines
        )
        self.status, self.number, self.completed_at = SaleStatus.COMPLETED, number, at
        self.posted_at = posted_at
        self.letterhead, self.needs_attention, self.user_id = letterhead, needs_attention, user_id
        self.record(SaleCompleted(subject=self.id, sale=self.snapshot()))

    def void(
        self,
        *,
        goods_back: bool,
        reason: str | None,
        at: datetime,
        given_back: GivenBack = NOTHING_GIVEN_BACK,
        stays_short: bool = False,
    ) -> None:
        """Undo what returns left of a completed sale, or cancel one that was not completed, of
        which only what left comes back.

        With the goods comes back what the books lacked, so nothing is left to attend to, unless
        the sale `stays_short` of some of it, which came back by a return to another place.
        """
        self.require_not_voided()
        if self.number is not None:
            self.goods_back = goods_back
            self.needs_attention = self.needs_attention and (stays_short or not goods_back)
            self.refunds = left_to_pay_back(self.tenders, given_back.refunded)
            self.record(
                SaleVoided(
                    subject=self.id,
                    number=str(self.number),
                    goods_back=goods_back,
                    refunds=self.refund_texts(),
                )
            )
        elif self.is_partly_fulfilled:
            self.goods_back = goods_back
        self.lines = tuple(replace(line, reserved=NONE) for line in self.lines)
        self.status, self.voided_at, self.void_reason = SaleStatus.VOIDED, at, reason

    def require_not_voided(self) -> None:
        if self.status is SaleStatus.VOIDED:
            raise SaleAlreadyVoided

    def refund_texts(self) -> list[dict[str, str]]:
        """Return what the void paid back by each means, as events and the audit log have it."""
        return [
            {"kind": refund.kind.value, "amount": self._text(refund.amount_minor)}
            for refund in self.refunds
        ]

    def require_open_period(self, books: Books) -> None:
        """Refuse with `PeriodClosed` to undo what closed books hold: a return is for that."""
        first = books.first_open_day
        if self.posted_at is None or first is None or books.is_open(self.posted_at):
            return
        day = books.day(self.posted_at).isoformat()
        detail = f"The sale {self.number} counts on {day}, a closed day: it comes back by a return"
        raise PeriodClosed.before(first, detail)

    @property
    def content(self) -> tuple[Conditions, tuple[SaleLine, ...], Discount | None, Buyer | None]:
        """All that a revision can change."""
        return self.conditions, self.lines, self.discount, self.customer

    @property
    def is_partly_fulfilled(self) -> bool:
        """Tell whether goods have left ahead of completion."""
        return any(line.fulfilled for line in self.lines)

    @property
    def lacks_goods(self) -> bool:
        """Tell whether it is confirmed, but not all that still has to leave is kept for it."""
        return self.status is SaleStatus.CONFIRMED and any(line.is_short for line in self.lines)

    @property
    def customer_id(self) -> CustomerId | None:
        return None if self.customer is None else self.customer.id

    @property
    def subtotal_minor(self) -> int:
        """What the lines come to before the document's discount, with tax where prices have it."""
        return sum(line.amounts.rest_minor for line in self.lines)

    @property
    def allotted_minor(self) -> int:
        """What the document's own discount takes off."""
        return sum(line.amounts.allotted_minor for line in self.lines)

    @property
    def tax_summary(self) -> tuple[TaxShare, ...]:
        return tax_shares(self.lines)

    @property
    def paid_minor(self) -> int:
        return sum(tender.amount_minor for tender in self.tenders)

    @property
    def change_minor(self) -> int:
        return sum(tender.change_minor for tender in self.tenders)

    def money(self, minor: int) -> Money:
        return Money(minor, self.conditions.currency)

    def snapshot(self) -> dict[str, object]:
        """The sale as it stands in events: everything but the cost, which not everyone sees."""
        return {
            "number": None if self.number is None else str(self.number),
            "status": self.status.value,
            "register": None if self.till is None else self.till.register,
            "client_number": None if self.till is None else self.till.client_number,
            "location_id": str(self.conditions.location_id),
            "customer_id": None if self.customer is None else str(self.customer.id),
            "currency": self.conditions.currency,
            "net": self._text(self.totals.net_minor),
            "tax": self._text(self.totals.tax_minor),
            "total": self._text(self.totals.total_minor),
            "needs_attention": self.needs_attention,
            "occurred_at": self.occurred_at.isoformat(),
            "posted_at": None if self.posted_at is None else self.posted_at.isoformat(),
            "lines": [self._line_snapshot(line) for line in self.lines],
            "tenders": [
                {"kind": tender.kind.value, "amount": self._text(tender.kept_minor)}
                for tender in self.tenders
            ],
        }

    def outline(self) -> dict[str, object]:
        """The sale in brief, as the audit log notes it."""
        return {
            "number": None if self.number is None else str(self.number),
            "lines": len(self.lines),
            "total": self._text(self.totals.total_minor),
            "currency": self.conditions.currency,
            "needs_attention": self.needs_attention,
        }

    def _line_snapshot(self, line: SaleLine) -> dict[str, object]:
        return {
            "id": str(line.id),
            "product_id": str(line.item.product_id),
            "sku": line.item.sku,
            "quantity": str(line.quantity),
            "unit_price": line.unit_price.amount,
            "net": self._text(line.amounts.net_minor),
            "tax": self._text(line.amounts.tax_minor),
            "total": self._text(line.amounts.total_minor),
        }

    def _audited(self) -> dict[str, object]:
        return {
            "lines": [
                f"{line.quantity} × {line.item.sku} at {line.unit_price.amount}: "
                f"{self._text(line.amounts.total_minor)}"
                for line in self.lines
            ],
            "discount": self._text(self.totals.discount_minor),
            "total": self._text(self.totals.total_minor),
            "location_id": str(self.conditions.location_id),
            "customer_id": None if self.customer is None else str(self.customer.id),
        }

    def _text(self, minor: int) -> str:
        return self.money(minor).amount

    def _cost(self, line: SaleLine, costs: Mapping[LineId, int]) -> int | None:
        if line.item.tracks_stock:
            return (line.cost_minor or 0) + costs.get(line.id, 0)
        if line.item.cost is None:
            return None
        cost = line.item.cost.times(line.quantity, self.conditions.currency).minor
        if cost > MAX_MINOR:
            raise AmountTooLarge(f"The cost of {line.item.sku} is too large.")
        return cost

    def require_open(self) -> None:
        """Refuse with `SaleNotDraft` what may only be done before posting."""
        if self.status not in (SaleStatus.DRAFT, SaleStatus.CONFIRMED):
            raise SaleNotDraft(f"The sale {self.number or self.id} is {self.status}.")


def _priced(
    lines: Sequence[LineDraft], discount: Discount | None, conditions: Conditions
) -> SaleAmounts:
    if not 1 <= len(lines) <= MOST_LINES:
        raise InvalidValue.of("lines", f"has 1 to {MOST_LINES} entries")
    check_quantities(lines)
    return price(
        [line.terms for line in lines],
        currency=conditions.currency,
        prices_include_tax=conditions.prices_include_tax,
        discount=discount,
    )


def _lines(drafts: Sequence[LineDraft], amounts: SaleAmounts) -> tuple[SaleLine, ...]:
    return tuple(
        SaleLine.priced(draft, priced) for draft, priced in zip(drafts, amounts.lines, strict=True)
    )


def _carried(lines: tuple[SaleLine, ...], before: Sequence[SaleLine]) -> tuple[SaleLine, ...]:
    """Let lines that stay keep what left for them, at what cost, and what is kept for them."""
    old = {line.id: line for line in before}
    return tuple(
        replace(line, fulfilled=was.fulfilled, reserved=was.reserved, cost_minor=was.cost_minor)
        if (was := old.get(line.id)) is not None
        else line
        for line in lines
    )
