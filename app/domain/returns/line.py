"""Lines of a return: what comes back, where it goes, and what is paid back for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.common.errors import Conflict, FieldError
from app.domain.common.identifiers import LineId, LocationId
from app.domain.common.money import Money, UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import QUARANTINE_ID, SCRAP_ID
from app.domain.returns.proration import NOTHING, Part, Whole, refundable, remaining, take
from app.domain.returns.refund import RefundTooLarge
from app.domain.sales.line import LineDraft, SaleLine, SoldItem, check_quantities
from app.domain.sales.pricing import price


class Disposition(StrEnum):
    """What becomes of the goods: `NONE` is a refund without goods."""

    RESTOCK = "restock"
    QUARANTINE = "quarantine"
    SCRAP = "scrap"
    NONE = "none"


class ReturnExceedsSale(Conflict):
    """More comes back of a line than was sold on it, earlier returns counted."""

    code = "return_exceeds_sale"
    title = "More than was sold"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldRequest:
    """Pieces of a line of the sale that come back; without a refund all of them is paid back."""

    id: LineId
    sold: SaleLine
    quantity: Quantity
    disposition: Disposition
    refund_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeRequest:
    """Goods that come back without a sale; without a price the catalog's counts."""

    id: LineId
    item: SoldItem
    quantity: Quantity
    disposition: Disposition
    unit_price: UnitPrice | None = None
    refund_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """The article is as it was sold; `amounts` has what is paid back and what the goods cost."""

    id: LineId
    sale_line_id: LineId | None
    item: SoldItem
    unit_price: UnitPrice
    disposition: Disposition
    amounts: Part

    @property
    def moves(self) -> bool:
        """Tell whether goods come back into the books for it."""
        return self.item.tracks_stock and self.disposition is not Disposition.NONE

    def target(self, location_id: LocationId) -> LocationId:
        """Return where the goods go; `location_id` is where they are sold from again."""
        match self.disposition:
            case Disposition.QUARANTINE:
                return QUARANTINE_ID
            case Disposition.SCRAP:
                return SCRAP_ID
            case _:
                return location_id


def lines_of_sale(
    requests: Sequence[SoldRequest], *, before: Mapping[LineId, Part], currency: str
) -> tuple[ReturnLine, ...]:
    """Work out each line; `before` has what earlier returns hold of each line of the sale.

    Refuses what is more than was sold, then what is more than was paid, each with all its lines.
    """
    check_quantities([LineDraft(id=r.id, item=r.sold.item, quantity=r.quantity) for r in requests])
    _check_remaining(requests, before)
    held = dict(before)
    excess: dict[int, int] = {}
    lines = []
    for index, request in enumerate(requests):
        sold = request.sold
        whole, so_far = _whole(sold), held.get(sold.id, NOTHING)
        most = refundable(whole, so_far, request.quantity)
        refund = most if request.refund_minor is None else request.refund_minor
        if refund > most:
            excess[index], refund = most, most
        part = take(whole, so_far, request.quantity, refund_minor=refund)
        held[sold.id] = so_far + part
        lines.append(_line(request.id, sold.id, sold.item, sold.unit_price, request, part))
    _check_refunds(excess, currency)
    return tuple(lines)


def free_lines(
    requests: Sequence[FreeRequest], *, currency: str, prices_include_tax: bool
) -> tuple[ReturnLine, ...]:
    """Price goods that come back without a sale as if they were sold now."""
    drafts = [
        LineDraft(id=r.id, item=r.item, quantity=r.quantity, unit_price=r.unit_price)
        for r in requests
    ]
    check_quantities(drafts)
    priced = price(
        [draft.terms for draft in drafts], currency=currency, prices_include_tax=prices_include_tax
    )
    excess: dict[int, int] = {}
    lines = []
    for index, (request, draft, amounts) in enumerate(
        zip(requests, drafts, priced.lines, strict=True)
    ):
        most = amounts.total_minor
        refund = most if request.refund_minor is None else request.refund_minor
        if refund > most:
            excess[index], refund = most, most
        whole = Whole(
            quantity=request.quantity,
            net_minor=amounts.net_minor,
            tax_minor=amounts.tax_minor,
            cost_minor=None,
        )
        part = take(whole, NOTHING, request.quantity, refund_minor=refund)
        lines.append(_line(request.id, None, request.item, draft.terms.unit_price, request, part))
    _check_refunds(excess, currency)
    return tuple(lines)


def _whole(sold: SaleLine) -> Whole:
    return Whole(
        quantity=sold.quantity,
        net_minor=sold.amounts.net_minor,
        tax_minor=sold.amounts.tax_minor,
        cost_minor=sold.cost_minor,
    )


def _line(
    identifier: LineId,
    sale_line_id: LineId | None,
    item: SoldItem,
    unit_price: UnitPrice,
    request: SoldRequest | FreeRequest,
    part: Part,
) -> ReturnLine:
    return ReturnLine(
        id=identifier,
        sale_line_id=sale_line_id,
        item=item,
        unit_price=unit_price,
        disposition=request.disposition,
        amounts=part,
    )


def _check_remaining(requests: Sequence[SoldRequest], before: Mapping[LineId, Part]) -> None:
    """Lines of the return that name the same line of the sale are taken together."""
    wanted: dict[LineId, int] = {}
    faults, short = [], {}
    for index, request in enumerate(requests):
        sold = request.sold
        wanted[sold.id] = wanted.get(sold.id, 0) + request.quantity.thousandths
        left = remaining(_whole(sold), before.get(sold.id, NOTHING))
        if wanted[sold.id] > left.thousandths:
            detail = f"{left} of {sold.item.sku} can still come back"
            faults.append(FieldError(f"/lines/{index}/quantity", ReturnExceedsSale.code, detail))
            short[sold.id] = left
    if faults:
        raise ReturnExceedsSale(
            "; ".join(fault.detail for fault in faults) + ".",
            errors=tuple(faults),
            extra={
                "lines": [
                    {
                        "sale_line_id": str(line),
                        "requested": str(Quantity(wanted[line])),
                        "remaining": str(left),
                    }
                    for line, left in short.items()
                ]
            },
        )


def _check_refunds(excess: Mapping[int, int], currency: str) -> None:
    if not excess:
        return
    most = {index: Money(minor, currency) for index, minor in excess.items()}
    raise RefundTooLarge(
        "; ".join(f"line {n}: at most {m.amount} {currency}" for n, m in most.items()) + ".",
        errors=tuple(
            FieldError(f"/lines/{n}/refund", RefundTooLarge.code, f"at most {m.amount} {currency}")
            for n, m in most.items()
        ),
        extra={
            "maximum_refundable": [
                {"line": n, "amount": m.amount, "currency": currency} for n, m in most.items()
            ]
        },
    )
