"""Turn what was asked into lines and refunds; every fault names its field."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from app.application.common.actor import Actor
from app.application.returns.commands import AskedReturnLine
from app.application.returns.ports import ReturnsWork
from app.application.sales.commands import AskedTender
from app.application.sales.drafting import each, minor
from app.application.sales.ports import Offer
from app.domain.auth.roles import Permission
from app.domain.common.errors import FieldError, InvalidValue, NotFound, UnknownReference
from app.domain.common.identifiers import (
    IdSource,
    LineId,
    LocationId,
    ProductId,
    ReturnId,
    SaleId,
    Ulid,
)
from app.domain.common.text import clean_line
from app.domain.returns.line import (
    FreeRequest,
    ReturnLine,
    SoldRequest,
    free_lines,
    lines_of_sale,
)
from app.domain.returns.refund import Refund
from app.domain.returns.sales_return import SalesReturn
from app.domain.sales.sale import (
    MOST_TENDERS,
    REASON_LENGTH,
    REFERENCE_LENGTH,
    Conditions,
    Sale,
)


async def sold(work: ReturnsWork, identifier: SaleId | None) -> Sale | None:
    """Return the sale that a body names, locked; `UnknownReference` for one that is not there."""
    if identifier is None:
        return None
    try:
        return await work.sales.get(identifier)
    except NotFound:
        raise UnknownReference.of("sale_id", SaleId.kind, identifier) from None


def products_of(lines: Sequence[AskedReturnLine]) -> set[ProductId]:
    return {line.product_id for line in lines if line.product_id is not None}


def clean_reason(reason: str | None) -> str | None:
    return None if reason is None else clean_line(reason, field="reason", most=REASON_LENGTH)


def conditions_of(sale: Sale | None, *, offer: Offer, location_id: LocationId) -> Conditions:
    """Return the currency and the meaning of prices: those of the sale, or the shop's of now."""
    if sale is not None:
        return replace(sale.conditions, location_id=location_id)
    return Conditions(
        currency=offer.currency,
        prices_include_tax=offer.prices_include_tax,
        location_id=location_id,
    )


async def draft_lines(
    work: ReturnsWork,
    lines: Sequence[AskedReturnLine],
    *,
    sale: Sale | None,
    offer: Offer,
    conditions: Conditions,
    besides: ReturnId | None,
    ids: IdSource,
) -> tuple[ReturnLine, ...]:
    """Work out lines against a sale that is locked, or without one at the prices of the catalog.

    `besides` is the return that they replace lines of. Products need not be sold any longer.
    """
    if sale is None:
        return _lines_without_sale(lines, offer=offer, conditions=conditions, ids=ids)
    known = {line.id: line for line in sale.lines}
    _check_known(lines, known, field="sale_line_id", kind="line of the sale")
    amounts = _refunds_of_lines(lines, currency=conditions.currency)
    requests = [
        SoldRequest(
            id=ids.new(LineId),
            sold=known[line.sale_line_id],
            quantity=line.quantity,
            disposition=line.disposition,
            refund_minor=amount,
        )
        for line, amount in zip(lines, amounts, strict=True)
        if line.sale_line_id is not None
    ]
    before = await work.returns.held(sale.id, besides=besides)
    return lines_of_sale(requests, before=before, currency=conditions.currency)


def check_rights(document: SalesReturn, actor: Actor) -> None:
    """Refuse what needs more than the right to take goods back."""
    if document.original is None:
        actor.require(Permission.RETURNS_FREE)
    if document.withheld_minor:
        actor.require(Permission.RETURNS_REDUCE)


def refunds(asked: Sequence[AskedTender], *, currency: str) -> list[Refund]:
    if len(asked) > MOST_TENDERS:
        raise InvalidValue.of("refunds", f"has at most {MOST_TENDERS} entries")

    def make(tender: AskedTender, at: str) -> Refund:
        amount = minor(tender.amount, currency=currency, at=f"{at}/amount")
        if amount <= 0:
            raise InvalidValue.of(f"{at}/amount", "must be more than 0")
        reference = tender.reference
        if reference is not None:
            reference = clean_line(reference, field=f"{at}/reference", most=REFERENCE_LENGTH)
        return Refund(kind=tender.kind, amount_minor=amount, reference=reference)

    return each(asked, make, at="refunds")


def _refunds_of_lines(lines: Sequence[AskedReturnLine], *, currency: str) -> list[int | None]:
    def make(line: AskedReturnLine, at: str) -> int | None:
        if line.refund is None:
            return None
        amount = minor(line.refund, currency=currency, at=f"{at}/refund")
        if amount < 0:
            raise InvalidValue.of(f"{at}/refund", "is not negative")
        return amount

    return each(lines, make, at="lines")


def _lines_without_sale(
    lines: Sequence[AskedReturnLine], *, offer: Offer, conditions: Conditions, ids: IdSource
) -> tuple[ReturnLine, ...]:
    _check_known(lines, offer.items, field="product_id", kind="product")
    amounts = _refunds_of_lines(lines, currency=conditions.currency)
    requests = [
        FreeRequest(
            id=ids.new(LineId),
            item=offer.items[line.product_id].item,
            quantity=line.quantity,
            disposition=line.disposition,
            unit_price=line.unit_price,
            refund_minor=amount,
        )
        for line, amount in zip(lines, amounts, strict=True)
        if line.product_id is not None
    ]
    return free_lines(
        requests,
        currency=conditions.currency,
        prices_include_tax=conditions.prices_include_tax,
    )


def _check_known(
    lines: Sequence[AskedReturnLine], known: Container[Ulid], *, field: str, kind: str
) -> None:
    """Refuse lines that lack what they come back of, name what is not there, or name the other.

    Of a sale they have the price that was paid.
    """
    faults: list[FieldError] = []
    for index, line in enumerate(lines):
        named, beside = _named(line, field)
        at = f"/lines/{index}"
        if named is None:
            faults.append(FieldError(f"{at}/{field}", "missing", "is required"))
        elif named not in known:
            detail = f"there is no {kind} {named}"
            faults.append(FieldError(f"{at}/{field}", UnknownReference.code, detail))
        for other, value in beside.items():
            if value is not None:
                detail = f"has no place beside {field}"
                faults.append(FieldError(f"{at}/{other}", InvalidValue.code, detail))
    if faults:
        unknown = all(fault.code == UnknownReference.code for fault in faults)
        detail = "; ".join(f"{fault.pointer.lstrip('/')}: {fault.detail}" for fault in faults)
        raise (UnknownReference if unknown else InvalidValue)(detail, errors=tuple(faults))


def _named(line: AskedReturnLine, field: str) -> tuple[Ulid | None, Mapping[str, object]]:
    """Return what the line comes back of, and what has no place beside it."""
    if field == "product_id":
        return line.product_id, {"sale_line_id": line.sale_line_id}
    return line.sale_line_id, {"product_id": line.product_id, "unit_price": line.unit_price}
