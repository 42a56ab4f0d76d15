"""An order: a sale that is confirmed keeps its goods, and hands them over in parts.

Draft -> confirmed -> completed, and back to draft while nothing has left. What is kept for a line
is its `reserved`, what has left its `fulfilled`; the two never come to more than was ordered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from app.domain.common.errors import Conflict, FieldError, InvalidValue, UnknownReference
from app.domain.common.events import DomainEvent
from app.domain.common.identifiers import LineId, LocationId, ProductId
from app.domain.common.quantity import Quantity
from app.domain.sales.line import NONE, LineDraft, SaleLine, SoldItem
from app.domain.sales.sale import Sale, SaleNotDraft, SaleStatus


class SaleNotConfirmed(Conflict):
    """Only a confirmed sale is fulfilled or opened again."""

    code = "sale_not_confirmed"
    title = "The sale is not confirmed"


class SalePartlyFulfilled(Conflict):
    """Some goods have left: they come back by voiding the sale, or it is completed."""

    code = "sale_partly_fulfilled"
    title = "Part of the sale has left already"


class FulfilmentExceedsOrder(Conflict):
    """More is handed over than the lines still have to get; `lines` says how much that is."""

    code = "fulfilment_exceeds_order"
    title = "More than was ordered"

    def __init__(self, faults: Mapping[int, SaleLine]) -> None:
        super().__init__(
            "; ".join(f"{line.item.sku}: {line.rest} left" for line in faults.values()),
            errors=tuple(
                FieldError(f"/lines/{index}/quantity", self.code, f"{line.rest} is left")
                for index, line in faults.items()
            ),
            extra={
                "lines": [
                    {"line_id": str(line.id), "remaining": str(line.rest)}
                    for line in faults.values()
                ]
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleConfirmed(DomainEvent):
    """Goods are kept for the sale, until `reserved_until` if that is set."""

    name: ClassVar[str] = "sale.confirmed"
    sale: Mapping[str, object]
    reserved_until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleReopened(DomainEvent):
    """A confirmed sale is a draft again, and nothing is kept for it."""

    name: ClassVar[str] = "sale.reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFulfilled(DomainEvent):
    """Part of a sale has left; `lines` says how much of each."""

    name: ClassVar[str] = "sale.fulfilled"
    lines: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUpdated(DomainEvent):
    """A confirmed sale orders something else, or at other prices; `sale` is how it is now."""

    name: ClassVar[str] = "sale.order_updated"
    sale: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(DomainEvent):
    """A confirmed sale is given up; what had left came back only if `goods_back` says so."""

    name: ClassVar[str] = "sale.order_cancelled"
    goods_back: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repriced:
    """A line whose price was made anew: its prices for one unit in micros, its totals in cents."""

    line_id: LineId
    before: SaleLine
    after: SaleLine


def confirm(sale: Sale, *, until: datetime | None, at: datetime) -> bool:
    """Order what a draft asks for, or keep anew what a confirmed sale lacks, until another time.

    Returns whether anything changes.
    """
    if sale.status not in (SaleStatus.DRAFT, SaleStatus.CONFIRMED):
        raise SaleNotDraft(f"The sale {sale.number or sale.id} is {sale.status}.")
    ordered = sale.status is SaleStatus.CONFIRMED
    if ordered and sale.reserved_until == until and not sale.lacks_goods:
        return False
    if not ordered:
        sale.status, sale.confirmed_at = SaleStatus.CONFIRMED, at
    sale.reserved_until = until
    sale.lines = tuple(
        replace(line, reserved=line.rest if line.item.tracks_stock else NONE) for line in sale.lines
    )
    sale.record(
        SaleConfirmed(
            subject=sale.id,
            sale=sale.snapshot(),
            reserved_until=None if until is None else until.isoformat(),
        )
    )
    return True


def reopen(sale: Sale) -> None:
    """Make a confirmed sale a draft again; nothing of it may have left."""
    require_confirmed(sale)
    if sale.is_partly_fulfilled:
        raise SalePartlyFulfilled
    sale.status, sale.confirmed_at, sale.reserved_until = SaleStatus.DRAFT, None, None
    sale.lines = tuple(replace(line, reserved=NONE) for line in sale.lines)
    sale.record(SaleReopened(subject=sale.id))


def check_parts(sale: Sale, parts: Sequence[tuple[LineId, Quantity]]) -> dict[LineId, Quantity]:
    """Return what of each line is handed over now; refuses more than is left of it."""
    require_confirmed(sale)
    lines = {line.id: line for line in sale.lines}
    faults = [
        FieldError(f"/lines/{index}/line_id", UnknownReference.code, f"There is no line {line_id}.")
        for index, (line_id, _) in enumerate(parts)
        if line_id not in lines
    ]
    if faults:
        raise UnknownReference(" ".join(f.detail for f in faults), errors=tuple(faults))
    if len({line_id for line_id, _ in parts}) < len(parts):
        raise InvalidValue.of("lines", "names a line twice")
    for index, (line_id, quantity) in enumerate(parts):
        if not quantity:
            raise InvalidValue.of(f"lines/{index}/quantity", "must be more than 0")
        if not quantity.fits(lines[line_id].item.unit_decimals):
            raise InvalidValue.of(f"lines/{index}/quantity", "has too many decimal places")
    beyond = {
        index: lines[line_id]
        for index, (line_id, quantity) in enumerate(parts)
        if quantity > lines[line_id].rest
    }
    if beyond:
        raise FulfilmentExceedsOrder(beyond)
    return dict(parts)


def fulfil(sale: Sale, parts: Mapping[LineId, Quantity], costs: Mapping[LineId, int]) -> None:
    """Note what has left of each line, and at what value."""
    sale.lines = tuple(_fulfilled(line, parts, costs) for line in sale.lines)
    sale.record(
        SaleFulfilled(
            subject=sale.id, lines={str(line): str(quantity) for line, quantity in parts.items()}
        )
    )


def check_revised(sale: Sale, before: Sequence[SaleLine], location_id: LocationId) -> None:
    """Refuse to order less than has left already, or from elsewhere once some has left."""
    now = {line.id: line for line in sale.lines}
    below = [
        line
        for line in before
        if line.fulfilled and (line.id not in now or now[line.id].quantity < line.fulfilled)
    ]
    if below:
        raise SalePartlyFulfilled(
            "; ".join(f"{line.item.sku}: {line.fulfilled} has left already" for line in below),
            errors=tuple(
                FieldError(
                    "/lines", SalePartlyFulfilled.code, f"{line.fulfilled} of {line.id} has left"
                )
                for line in below
            ),
        )
    if sale.is_partly_fulfilled and sale.conditions.location_id != location_id:
        raise SalePartlyFulfilled("Some goods have left, so the rest comes from the same place.")


def reserve_difference(sale: Sale, before: Collection[SaleLine], *, at: datetime) -> bool:
    """Keep for changed lines what they are ordered more or less; returns whether that differs.

    What a line lacked it still lacks: only the difference is asked for. Nothing is kept for a
    sale whose time is over before it is confirmed anew.
    """
    old = {line.id: line for line in before}
    over = sale.reserved_until is not None and sale.reserved_until <= at
    lines = tuple(
        replace(line, reserved=NONE if over else _difference(line, old.get(line.id)))
        for line in sale.lines
    )
    differs = {line.id: line.reserved for line in lines if line.reserved} != {
        line.id: line.reserved for line in before if line.reserved
    }
    sale.lines = lines
    return differs


def reprice(sale: Sale, items: Mapping[ProductId, SoldItem]) -> list[Repriced]:
    """Ask again what the catalog asks for every line; returns the lines whose price differs."""
    before = sale.lines
    sale.revise(
        lines=[_at_catalog_price(line, items[line.item.product_id]) for line in before],
        discount=sale.discount,
        location_id=sale.conditions.location_id,
        customer=sale.customer,
    )
    return [
        Repriced(line_id=was.id, before=was, after=now)
        for was, now in zip(before, sale.lines, strict=True)
        if (was.unit_price, was.amounts) != (now.unit_price, now.amounts)
    ]


def tell_update(sale: Sale) -> None:
    """Tell of an order that changed; a draft is nobody's business yet."""
    if sale.status is SaleStatus.CONFIRMED:
        sale.record(OrderUpdated(subject=sale.id, sale=sale.snapshot()))


def require_confirmed(sale: Sale) -> None:
    if sale.status is not SaleStatus.CONFIRMED:
        raise SaleNotConfirmed(f"The sale {sale.number or sale.id} is {sale.status}.")


def _at_catalog_price(line: SaleLine, item: SoldItem) -> LineDraft:
    return LineDraft(id=line.id, item=item, quantity=line.quantity, discount=line.discount)


def _fulfilled(
    line: SaleLine, parts: Mapping[LineId, Quantity], costs: Mapping[LineId, int]
) -> SaleLine:
    quantity = parts.get(line.id, NONE)
    if not quantity:
        return line
    cost = (line.cost_minor or 0) + costs.get(line.id, 0)
    return replace(
        line,
        fulfilled=line.fulfilled + quantity,
        reserved=_less(line.reserved, quantity),
        cost_minor=cost if line.item.tracks_stock else None,
    )


def _difference(line: SaleLine, old: SaleLine | None) -> Quantity:
    if not line.item.tracks_stock:
        return NONE
    if old is None:
        return line.rest
    more = _less(line.quantity, old.quantity)
    return min(old.reserved + more, line.rest)


def _less(quantity: Quantity, taken: Quantity) -> Quantity:
    return Quantity(max(0, quantity.thousandths - taken.thousandths))
