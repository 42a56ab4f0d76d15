"""Send goods back to the supplier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.application.common.actor import Actor
from app.application.inventory.levels import levels_by_place
from app.application.inventory.ports import StockRoom
from app.application.inventory.rooms import check_room
from app.application.purchases.commands import AskedSupplierReturn
from app.application.purchases.drafting import clean_reason
from app.application.purchases.ports import PurchasesWork
from app.application.purchases.use_cases.drafts import record
from app.domain.common.identifiers import (
    IdSource,
    LineId,
    LocationId,
    PurchaseId,
    SupplierReturnId,
)
from app.domain.common.numbers import posting_year
from app.domain.common.quantity import Quantity
from app.domain.inventory.document import Particulars
from app.domain.inventory.locations import SUPPLIER_ID
from app.domain.inventory.movement import DocumentKind, Move, Movement, MovementKind, Posting
from app.domain.purchases.order import RETURNABLE, Purchase
from app.domain.purchases.supplier_return import (
    SUPPLIER_RETURNS_SERIES,
    BackRequest,
    SupplierReturn,
    SupplierReturnLine,
    lines_back,
)


class ReturnToSupplier:
    """Sends goods of an order back, from where they came to lie or from another place.

    Of each line of a goods receipt at most what came on it. The goods leave at the moving average;
    what is credited is their part of what was paid, and the difference is shown as price variance.
    """

    def __init__(self, work: PurchasesWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self,
        identifier: PurchaseId,
        asked: AskedSupplierReturn,
        *,
        actor: Actor,
    ) -> tuple[Purchase, SupplierReturn]:
        async with self._work as work:
            purchase = await work.purchases.get(identifier)
            purchase.require(*RETURNABLE)
            reason = clean_reason(asked.reason)
            received = await work.purchases.receipt_lines(identifier)
            lines = lines_back(self._requests(asked), received)
            rooms = await _rooms(work, lines)
            room = rooms[lines[0].location_id]
            particulars = Particulars.checked(
                books=room.books,
                at=work.started_at,
                occurred_at=asked.occurred_at,
                reference=asked.reference,
            )

            made = self._ids.new(SupplierReturnId)
            posting = _posting(work, made, lines, particulars=particulars, actor=actor)
            movements = await work.ledger.post(posting)
            levels = await levels_by_place(
                work.ledger,
                posting.moves,
                skus={line.item.product_id: line.item.sku for line in lines},
                codes={place: one.code or "" for place, one in rooms.items()},
                occurred_at=posting.occurred_at,
            )
            purchase.give_back(_by_line(lines))
            document = SupplierReturn(
                id=made,
                number=await work.numbers.next(
                    SUPPLIER_RETURNS_SERIES,
                    year=posting_year(work.started_at, time_zone=room.books.time_zone),
                ),
                purchase_id=purchase.id,
                supplier=purchase.supplier,
                currency=purchase.currency,
                shop_currency=room.currency,
                lines=_valued(lines, movements),
                reference=particulars.reference,
                reason=reason,
                user_id=actor.user_id,
                occurred_at=particulars.occurred_at,
                recorded_at=work.started_at,
            )
            document.post()

            await work.purchases.save_returned(purchase, document)
            work.track(document)
            note = document.outline()
            work.audit(actor, "supplier_return.posted", document.id, changes=levels, note=note)
            record(work, purchase, "returned", actor=actor)
            result = (purchase, document)
            await work.commit(result)
            return result

    def _requests(self, asked: AskedSupplierReturn) -> Sequence[BackRequest]:
        return [
            BackRequest(
                id=self._ids.new(LineId),
                receipt_line_id=line.receipt_line_id,
                quantity=line.quantity,
                location_id=line.location_id,
            )
            for line in asked.lines
        ]


async def _rooms(
    work: PurchasesWork, lines: Sequence[SupplierReturnLine]
) -> Mapping[LocationId, StockRoom]:
    """Return the places that goods leave; refuse those that hold none."""
    named: dict[LocationId, int] = {}
    for index, line in enumerate(lines):
        named.setdefault(line.location_id, index)
    rooms = {}
    for place, index in sorted(named.items()):
        rooms[place] = await work.stock_documents.room(place)
        check_room(rooms[place], place, field=f"lines/{index}/location_id")
    return rooms


def _posting(
    work: PurchasesWork,
    identifier: SupplierReturnId,
    lines: Sequence[SupplierReturnLine],
    *,
    particulars: Particulars,
    actor: Actor,
) -> Posting:
    return Posting(
        document_kind=DocumentKind.SUPPLIER_RETURN,
        document_id=identifier,
        user_id=actor.user_id,
        occurred_at=particulars.occurred_at,
        recorded_at=work.started_at,
        moves=tuple(
            Move(
                product_id=line.item.product_id,
                source=line.location_id,
                target=SUPPLIER_ID,
                quantity=line.quantity,
                kind=MovementKind.RETURN,
                line_id=line.id,
            )
            for line in lines
        ),
    )


def _by_line(lines: Sequence[SupplierReturnLine]) -> Mapping[LineId, Quantity]:
    back: dict[LineId, Quantity] = {}
    for line in lines:
        back[line.purchase_line_id] = back.get(line.purchase_line_id, Quantity(0)) + line.quantity
    return back


def _valued(
    lines: Sequence[SupplierReturnLine], movements: Sequence[Movement]
) -> tuple[SupplierReturnLine, ...]:
    values = {movement.line_id: movement.value_minor for movement in movements}
    return tuple(replace(line, value_minor=values[line.id]) for line in lines)
