"""Tenders: what the buyer hands over, and the change that only cash gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.money import Money


class TenderKind(StrEnum):
    CASH = "cash"
    CARD = "card"
    VOUCHER = "voucher"
    OTHER = "other"


class TenderMismatch(InvalidValue):
    """The tenders are less than the total, or more than it by other means than cash."""

    code = "tender_mismatch"
    title = "The tenders do not match the total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """What was handed over and how much of it went back as change, in minor units."""

    kind: TenderKind
    amount_minor: int
    change_minor: int = 0
    reference: str | None = None

    @property
    def kept_minor(self) -> int:
        """What stays in the till: the most that can ever be refunded to this tender."""
        return self.amount_minor - self.change_minor


def settle(tenders: Sequence[Tender], *, total: Money) -> tuple[Tender, ...]:
    """Return the tenders with their change; the kept amounts sum to the total exactly.

    Change comes out of the cash tenders, the last one first. Raises `TenderMismatch` naming what
    is missing or cannot be given back.
    """
    paid = sum(tender.amount_minor for tender in tenders)
    change = paid - total.minor
    if change < 0:
        raise _mismatch("missing", Money(-change, total.currency), total)
    settled: list[Tender] = []
    for tender in reversed(tenders):
        back = min(change, tender.amount_minor) if tender.kind is TenderKind.CASH else 0
        change -= back
        settled.append(replace(tender, change_minor=back))
    if change:
        raise _mismatch("too much", Money(change, total.currency), total)
    return tuple(reversed(settled))


def _mismatch(what: str, difference: Money, total: Money) -> TenderMismatch:
    detail = (
        f"{difference.amount} {difference.currency} {what}: the total is {total.amount}, "
        "and change is given from cash only"
    )
    return TenderMismatch(
        f"{detail}.",
        errors=(FieldError("/tenders", TenderMismatch.code, detail),),
        extra={
            "total": {"amount": total.amount, "currency": total.currency},
            "difference": {"amount": difference.amount, "currency": difference.currency},
        },
    )
