"""Post a stock document: check it, move the goods, number it, keep it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.application.common.actor import Actor
from app.application.inventory.commands import AskedDocument, AskedLine
from app.application.inventory.levels import levels_around
from app.application.inventory.ports import InventoryWork, StockRoom
from app.application.inventory.rooms import check_room
from app.application.inventory.suppliers import active_supplier, check_delivery
from app.domain.common.errors import Conflict, FieldError, InvalidValue, UnknownReference
from app.domain.common.identifiers import (
    DocumentId,
    IdSource,
    LineId,
    LocationId,
    ProductId,
)
from app.domain.common.money import Money, UnitPrice
from app.domain.common.numbers import posting_year
from app.domain.inventory.document import (
    SERIES,
    DocumentLine,
    LineRequest,
    Particulars,
    StockDocument,
    StockedItem,
    check_lines,
)
from app.domain.inventory.movement import (
    DocumentKind,
    Move,
    Movement,
    MovementKind,
    Posting,
)
from app.domain.shop.books import Books


class LocationClosed(Conflict):
    """Goods do not come into a location that is closed."""

    code = "location_closed"
    title = "The location is closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a kind of document moves goods: from or to which location outside the shop.

    With `is_fact` it says what already is so: goods that are gone are gone, reserved or not.
    """

    document: DocumentKind
    movement: MovementKind
    outside: LocationId
    quantity_field: str
    is_fact: bool = False


async def post_document(
    work: InventoryWork,
    identifier: DocumentId,
    asked: AskedDocument,
    *,
    way: Way,
    ids: IdSource,
    actor: Actor,
) -> StockDocument:
    """Move what the document asks for and write it down, with its audit row and event."""
    supplier = await _supplier(work, asked)
    room = await work.stock_documents.room(asked.location_id)
    _check_room(room, asked)
    items = await work.stock_documents.items({line.product_id for line in asked.lines})
    requests = line_requests(asked.lines, items=items, currency=room.currency, ids=ids)
    check_lines(requests, currency=room.currency, quantity_field=way.quantity_field)
    particulars = _particulars(asked, supplier=supplier, at=work.started_at, books=room.books)
    await check_delivery(work, particulars.supplier_id, particulars.reference)

    movements = await work.ledger.post(
        Posting(
            document_kind=way.document,
            document_id=identifier,
            user_id=actor.user_id,
            occurred_at=particulars.occurred_at,
            recorded_at=work.started_at,
            moves=tuple(_move(line, asked, way, room.currency) for line in requests),
            overrides_reservations=way.is_fact,
        )
    )
    skus = {line.item.product_id: line.item.sku for line in requests}
    levels = await levels_around(work.ledger, movements, at=asked.location_id, skus=skus)

    document = StockDocument(
        id=identifier,
        kind=way.document,
        number=await work.numbers.next(
            SERIES[way.document], year=posting_year(work.started_at, time_zone=room.books.time_zone)
        ),
        location_id=asked.location_id,
        currency=room.currency,
        lines=tuple(
            _line(request, movement, room.currency)
            for request, movement in zip(requests, movements, strict=True)
        ),
        particulars=particulars,
        user_id=actor.user_id,
        recorded_at=work.started_at,
    )
    document.post()
    await work.stock_documents.add(document)
    work.track(document)
    work.audit(
        actor,
        f"{way.document.value}.posted",
        identifier,
        changes=levels,
        note=_outline(document, location=room.code),
    )
    return document


async def _supplier(work: InventoryWork, asked: AskedDocument) -> str | None:
    if asked.supplier_id is None:
        return asked.supplier
    seller = await active_supplier(work, asked.supplier_id)
    return asked.supplier or seller.name


def _particulars(
    asked: AskedDocument, *, supplier: str | None, at: datetime, books: Books
) -> Particulars:
    return Particulars.checked(
        at=at,
        books=books,
        occurred_at=asked.occurred_at,
        supplier=supplier,
        supplier_id=asked.supplier_id,
        reference=asked.reference,
        reason=asked.reason,
        note=asked.note,
    )


def _check_room(room: StockRoom, asked: AskedDocument) -> None:
    check_room(room, asked.location_id)
    if not room.active and any(line.change.thousandths > 0 for line in asked.lines):
        raise LocationClosed(f"The location {room.code} is closed: nothing comes in.")


def line_requests(
    lines: Sequence[AskedLine],
    *,
    items: Mapping[ProductId, StockedItem],
    currency: str,
    ids: IdSource,
) -> list[LineRequest]:
    """Put products to lines; raises `UnknownReference` with every line that names none."""
    unknown = [
        FieldError(
            f"/lines/{index}/product_id",
            UnknownReference.code,
            f"There is no product {line.product_id}.",
        )
        for index, line in enumerate(lines)
        if line.product_id not in items
    ]
    if unknown:
        raise UnknownReference(" ".join(f.detail for f in unknown), errors=tuple(unknown))
    return [
        LineRequest(
            id=ids.new(LineId),
            item=items[line.product_id],
            change=line.change,
            unit_cost=line.unit_cost,
            cost_minor=_cost(line, currency=currency, at=f"lines/{index}/line_cost"),
        )
        for index, line in enumerate(lines)
    ]


def _cost(line: AskedLine, *, currency: str, at: str) -> int | None:
    if line.line_cost is None:
        return None
    if line.unit_cost is not None:
        raise InvalidValue.of(at, "excludes unit_cost: give one of the two")
    try:
        minor = Money.parse(line.line_cost, currency).minor
    except InvalidValue as fault:
        raise InvalidValue.of(at, fault.detail) from None
    if minor < 0:
        raise InvalidValue.of(at, "is not negative")
    return minor


def _move(line: LineRequest, asked: AskedDocument, way: Way, currency: str) -> Move:
    comes_in = line.change.thousandths > 0
    return Move(
        product_id=line.item.product_id,
        source=way.outside if comes_in else asked.location_id,
        target=asked.location_id if comes_in else way.outside,
        quantity=line.change.size,
        kind=way.movement,
        line_id=line.id,
        value_minor=line.value(currency),
        reason=None if asked.reason is None else asked.reason.value,
    )


def _line(request: LineRequest, movement: Movement, currency: str) -> DocumentLine:
    value = Money(movement.value_minor, currency)
    derived = UnitPrice.derived(value, movement.quantity)
    return DocumentLine(
        id=request.id,
        product_id=request.item.product_id,
        sku=request.item.sku,
        name=request.item.name,
        unit_code=request.item.unit_code,
        change=request.change,
        unit_cost=derived if request.unit_cost is None else request.unit_cost,
        value_minor=movement.value_minor,
    )


def _outline(document: StockDocument, *, location: str | None) -> dict[str, object]:
    head = document.particulars
    return {
        "number": str(document.number),
        "location": location,
        "lines": len(document.lines),
        "supplier": head.supplier,
        "reference": head.reference,
        "reason": head.reason,
        "note": head.note,
    }
