"""Open the books, receive goods, adjust and scrap stock: each posts one document at once."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.inventory.commands import AskedDocument
from app.application.inventory.ports import InventoryWork
from app.application.inventory.posting import Way, post_document
from app.domain.common.identifiers import AdjustmentId, IdSource, OpeningId, ReceiptId, ScrapId
from app.domain.inventory.document import StockDocument
from app.domain.inventory.locations import ADJUSTMENT_ID, OPENING_ID, SCRAP_ID, SUPPLIER_ID
from app.domain.inventory.movement import DocumentKind, MovementKind

OPENING = Way(
    document=DocumentKind.OPENING,
    movement=MovementKind.OPENING,
    outside=OPENING_ID,
    quantity_field="quantity",
)
_RECEIPT = Way(
    document=DocumentKind.GOODS_RECEIPT,
    movement=MovementKind.RECEIPT,
    outside=SUPPLIER_ID,
    quantity_field="quantity",
)
ADJUSTING = Way(
    document=DocumentKind.ADJUSTMENT,
    movement=MovementKind.ADJUSTMENT,
    outside=ADJUSTMENT_ID,
    quantity_field="change",
    is_fact=True,
)

_SCRAP = Way(
    document=DocumentKind.SCRAP,
    movement=MovementKind.SCRAP,
    outside=SCRAP_ID,
    quantity_field="quantity",
    is_fact=True,
)


class OpenStock:
    """Takes goods into the books that were there before the books began."""

    def __init__(self, work: InventoryWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, asked: AskedDocument, *, actor: Actor) -> StockDocument:
        async with self._work as work:
            identifier = self._ids.new(OpeningId)
            document = await post_document(
                work, identifier, asked, way=OPENING, ids=self._ids, actor=actor
            )
            await work.commit(document)
            return document


class ReceiveGoods:
    """Takes goods in from a supplier at what they cost, net of recoverable tax."""

    def __init__(self, work: InventoryWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, asked: AskedDocument, *, actor: Actor) -> StockDocument:
        async with self._work as work:
            identifier = self._ids.new(ReceiptId)
            document = await post_document(
                work, identifier, asked, way=_RECEIPT, ids=self._ids, actor=actor
            )
            await work.commit(document)
            return document


class AdjustStock:
    """Corrects stock up or down for a reason; what is found comes in at the moving average,
    unless its cost is given. Every shortage is reported in one error, and then nothing happened.
    """

    def __init__(self, work: InventoryWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, asked: AskedDocument, *, actor: Actor) -> StockDocument:
        async with self._work as work:
            identifier = self._ids.new(AdjustmentId)
            document = await post_document(
                work, identifier, asked, way=ADJUSTING, ids=self._ids, actor=actor
            )
            await work.commit(document)
            return document


class ScrapStock:
    """Writes goods off for a reason, from any place of the shop, quarantine too; they leave at the
    moving average. Every shortage is reported in one error, and then nothing happened.
    """

    def __init__(self, work: InventoryWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, asked: AskedDocument, *, actor: Actor) -> StockDocument:
        async with self._work as work:
            identifier = self._ids.new(ScrapId)
            document = await post_document(
                work, identifier, asked, way=_SCRAP, ids=self._ids, actor=actor
            )
            await work.commit(document)
            return document
