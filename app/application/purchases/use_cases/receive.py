"""Take in what a supplier delivers of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.application.common.actor import Actor
from app.application.inventory.levels import levels_by_place
from app.application.inventory.ports import StockRoom
from app.application.inventory.posting import LocationClosed
from app.application.inventory.suppliers import check_delivery
from app.application.purchases.commands import AskedDelivery
from app.application.purchases.ports import Delivery, PurchasesWork
from app.application.purchases.use_cases.drafts import record
from app.domain.common.identifiers import (
    IdSource,
    LineId,
    LocationId,
    PurchaseId,
    ReceiptId,
)
from app.domain.common.money import Money, UnitPrice
from app.domain.common.numbers import posting_year
from app.domain.common.quantity import Delta
from app.domain.inventory.document import SERIES, DocumentLine, Particulars, StockDocument
from app.domain.inventory.locations import QUARANTINE_ID, SUPPLIER_ID
from app.domain.inventory.movement import DocumentKind, Move, MovementKind, Posting
from app.domain.purchases.order import Purchase, check_still_fits
from app.domain.purchases.receiving import Arrival, Received


class ReceivePurchase:
    """Takes goods of an order in by a goods receipt: what is good where the order says, what is
    faulty into quarantine.

    Of each line at most what was ordered and its tolerance may come, all deliveries together;
    beyond that nothing is received, and the refusal names every line. A cost that is sent replaces
    that of the order. With a `reference` the delivery note is received once.
    """

    def __init__(self, work: PurchasesWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, identifier: PurchaseId, asked: AskedDelivery, *, actor: Actor
    ) -> tuple[Purchase, Delivery]:
        async with self._work as work:
            purchase = await work.purchases.get(identifier)
            room = await work.stock_documents.room(purchase.heading.location_id)
            particulars = Particulars.checked(
                books=room.books,
                at=work.started_at,
                occurred_at=asked.occurred_at,
                supplier=purchase.supplier.name,
                supplier_id=purchase.supplier.id,
                purchase_id=purchase.id,
                reference=asked.reference,
                note=asked.note,
            )
            await check_delivery(work, particulars.supplier_id, particulars.reference)
            received = purchase.receive(
                self._arrivals(asked), rate=asked.exchange_rate, shop_currency=room.currency
            )
            codes = await _open_places(work, purchase, room, received)
            await _check_goods(work, purchase, received)

            document = await self._post(
                work, purchase, received, particulars, room=room, codes=codes, actor=actor
            )

            delivery = Delivery(document=document, lines=received)
            await work.purchases.save_received(purchase, delivery)
            record(work, purchase, "received", actor=actor)
            result = (purchase, delivery)
            await work.commit(result)
            return result

    def _arrivals(self, asked: AskedDelivery) -> Sequence[Arrival]:
        return [
            Arrival(
                line_id=line.line_id,
                accepted=line.accepted,
                rejected=line.rejected,
                measure=line.measure,
                cost=line.cost,
                accepted_id=self._ids.new(LineId),
                rejected_id=self._ids.new(LineId),
            )
            for line in asked.lines
        ]

    async def _post(
        self,
        work: PurchasesWork,
        purchase: Purchase,
        received: Sequence[Received],
        particulars: Particulars,
        *,
        room: StockRoom,
        codes: Mapping[LocationId, str],
        actor: Actor,
    ) -> StockDocument:
        """Move the goods, then number and keep the goods receipt."""
        identifier, place = self._ids.new(ReceiptId), purchase.heading.location_id
        moves = tuple(_move(part, place) for part in received)
        await work.ledger.post(
            Posting(
                document_kind=DocumentKind.GOODS_RECEIPT,
                document_id=identifier,
                user_id=actor.user_id,
                occurred_at=particulars.occurred_at,
                recorded_at=work.started_at,
                moves=moves,
            )
        )
        levels = await levels_by_place(
            work.ledger,
            moves,
            skus={line.item.product_id: line.item.sku for line in purchase.lines},
            codes=codes,
            occurred_at=particulars.occurred_at,
        )
        document = StockDocument(
            id=identifier,
            kind=DocumentKind.GOODS_RECEIPT,
            number=await work.numbers.next(
                SERIES[DocumentKind.GOODS_RECEIPT],
                year=posting_year(work.started_at, time_zone=room.books.time_zone),
            ),
            location_id=place,
            currency=room.currency,
            lines=tuple(_document_line(part, room.currency) for part in received),
            particulars=particulars,
            user_id=actor.user_id,
            recorded_at=work.started_at,
        )
        document.post()
        await work.stock_documents.add(document)
        work.track(document)
        note = _outline(document, purchase, received)
        work.audit(actor, "goods_receipt.posted", identifier, changes=levels, note=note)
        return document


async def _open_places(
    work: PurchasesWork, purchase: Purchase, room: StockRoom, received: Sequence[Received]
) -> Mapping[LocationId, str]:
    """Return the codes of the places that goods come to; refuse those where nothing comes in."""
    rooms = {}
    if any(not part.rejected for part in received):
        rooms[purchase.heading.location_id] = room
    if any(part.rejected for part in received):
        rooms[QUARANTINE_ID] = await work.stock_documents.room(QUARANTINE_ID)
    for one in rooms.values():
        if not one.active:
            raise LocationClosed(f"The location {one.code} is closed: nothing comes in.")
    return {place: one.code or "" for place, one in rooms.items()}


async def _check_goods(
    work: PurchasesWork, purchase: Purchase, received: Sequence[Received]
) -> None:
    items = await work.stock_documents.items({part.line.item.product_id for part in received})
    present = {
        part.line.id: items[part.line.item.product_id]
        for part in received
        if part.line.item.product_id in items
    }
    check_still_fits(
        purchase, {line: (item.unit_code, item.tracks_stock) for line, item in present.items()}
    )


def _move(part: Received, place: LocationId) -> Move:
    return Move(
        product_id=part.line.item.product_id,
        source=SUPPLIER_ID,
        target=part.target(place),
        quantity=part.quantity,
        kind=MovementKind.RECEIPT,
        line_id=part.id,
        value_minor=part.shop_value_minor,
    )


def _document_line(part: Received, currency: str) -> DocumentLine:
    value = Money(part.shop_value_minor, currency)
    item = part.line.item
    return DocumentLine(
        id=part.id,
        product_id=item.product_id,
        sku=item.sku,
        name=item.name,
        unit_code=item.unit_code,
        change=Delta(part.quantity.thousandths),
        unit_cost=UnitPrice.derived(value, part.quantity),
        value_minor=part.shop_value_minor,
    )


def _outline(
    document: StockDocument, purchase: Purchase, received: Sequence[Received]
) -> dict[str, object]:
    return {
        "number": str(document.number),
        "purchase": str(purchase.number),
        "supplier": document.particulars.supplier,
        "reference": document.particulars.reference,
        "lines": len(received),
        "rejected": sum(part.rejected for part in received),
        "note": document.particulars.note,
    }
