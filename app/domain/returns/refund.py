"""Refunds: money goes back the way it came, to each means of paying at most what it brought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.money import Money
from app.domain.sales.tender import Tender, TenderKind


class RefundTooLarge(InvalidValue):
    """More is to be paid back than the line came to, or than was paid by this means."""

    code = "refund_too_large"
    title = "The refund is too large"


class RefundMismatch(InvalidValue):
    """The refunds by tender do not sum to what the return comes to."""

    code = "refund_mismatch"
    title = "The refunds do not match the total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """What is paid back by one means, in minor units."""

    kind: TenderKind
    amount_minor: int
    reference: str | None = None


def ceilings(
    tenders: Iterable[Tender], refunded: Mapping[TenderKind, int]
) -> dict[TenderKind, int]:
    """Return what each means can still be refunded, in the order paid; change was never kept."""
    left: dict[TenderKind, int] = defaultdict(int)
    for tender in tenders:
        left[tender.kind] += tender.kept_minor
    return {kind: kept - refunded.get(kind, 0) for kind, kept in left.items()}


def spread(total_minor: int, ceiling: Mapping[TenderKind, int]) -> tuple[Refund, ...]:
    """Pay back by what was paid first, then by the next."""
    refunds = []
    for kind, most in ceiling.items():
        amount = min(total_minor, most)
        if amount > 0:
            refunds.append(Refund(kind=kind, amount_minor=amount))
            total_minor -= amount
    return tuple(refunds)


def check_refunds(
    refunds: Sequence[Refund], *, total: Money, ceiling: Mapping[TenderKind, int] | None
) -> None:
    """Refuse refunds that do not sum to the total, or are beyond a ceiling; None knows none."""
    if ceiling is not None:
        _check_ceilings(refunds, total.currency, ceiling)
    given = Money(sum(refund.amount_minor for refund in refunds), total.currency)
    if given != total:
        detail = f"the refunds are {given.amount} {given.currency}, the return is {total.amount}"
        raise RefundMismatch(
            f"{detail}.",
            errors=(FieldError("/refunds", RefundMismatch.code, detail),),
            extra={"total": _shown(total), "difference": _shown(total - given)},
        )


def _check_ceilings(
    refunds: Sequence[Refund], currency: str, ceiling: Mapping[TenderKind, int]
) -> None:
    wanted: dict[TenderKind, int] = defaultdict(int)
    faults = []
    for index, refund in enumerate(refunds):
        wanted[refund.kind] += refund.amount_minor
        most = Money(max(ceiling.get(refund.kind, 0), 0), currency)
        if wanted[refund.kind] > most.minor:
            detail = f"at most {most.amount} {currency} can be refunded by {refund.kind}"
            faults.append(FieldError(f"/refunds/{index}/amount", RefundTooLarge.code, detail))
    if faults:
        raise RefundTooLarge(
            "; ".join(fault.detail for fault in faults) + ".",
            errors=tuple(faults),
            extra={
                "maximum_refundable": [
                    {"kind": kind.value, **_shown(Money(most, currency))}
                    for kind, most in ceiling.items()
                ]
            },
        )


def _shown(money: Money) -> dict[str, str]:
    return {"amount": money.amount, "currency": money.currency}
