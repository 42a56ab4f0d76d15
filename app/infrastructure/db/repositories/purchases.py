"""Write side of purchases: set-based, the same number of statements for 1 line and for 500."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import case, delete, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.purchases.ports import Delivery, SoldBy
from app.domain.common.errors import NotFound, VersionConflict
from app.domain.common.identifiers import LineId, ProductId, PurchaseId, SupplierId
from app.domain.purchases.order import Purchase, PurchaseStatus
from app.domain.purchases.receiving import OverReceipt
from app.domain.purchases.supplier_return import (
    ReceiptLine,
    ReturnExceedsReceipt,
    SupplierReturn,
)
from app.infrastructure.db.purchase_rows import (
    RECEIPT_LINES,
    line_rows,
    lines_of,
    purchase_of,
    purchase_row,
    read_purchase,
    read_receipt_line,
    receipt_rows,
    return_line_rows,
    return_row,
)
from app.infrastructure.db.rowsets import RowSet
from app.infrastructure.db.tables.parties import supplier_items
from app.infrastructure.db.tables.purchases import (
    purchase_lines,
    purchase_receipt_lines,
    purchases,
    supplier_return_lines,
    supplier_returns,
)

_HEADING = ("location_id", "rate_nanos", "total_minor", "reference", "note")
_STEP = ("status", "closed_at", "close_reason")
_NUMBER = ("series", "year", "sequence", "shop_currency", "rate_nanos", "ordered_at")

_CAME = RowSet(
    "came",
    (("id", "uuid"), ("received", "bigint"), ("rejected", "bigint"), ("outstanding", "bigint")),
)
_BACK = RowSet("back", (("id", "uuid"), ("returned", "bigint")))
_ADD_CAME = """
    {rows} UPDATE purchase_lines SET received = purchase_lines.received + came.received,
    rejected = purchase_lines.rejected + came.rejected, outstanding = came.outstanding
    FROM came WHERE purchase_lines.id = came.id
    AND purchase_lines.received + came.received <= purchase_lines.receivable
    RETURNING purchase_lines.id
"""
_ADD_BACK_TO_RECEIPTS = """
    {rows} UPDATE purchase_receipt_lines SET returned = purchase_receipt_lines.returned
    + back.returned FROM back WHERE purchase_receipt_lines.id = back.id
    AND purchase_receipt_lines.returned + back.returned <= purchase_receipt_lines.quantity
    RETURNING purchase_receipt_lines.id
"""
_ADD_BACK_TO_LINES = """
    {rows} UPDATE purchase_lines SET returned = purchase_lines.returned + back.returned
    FROM back WHERE purchase_lines.id = back.id
"""


class SqlPurchaseRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: PurchaseId) -> Purchase:
        # The header is locked first: whoever waits here sees what the other one received.
        found = await self._session.execute(
            purchase_of(identifier).with_for_update(key_share=True, of=purchases)
        )
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(PurchaseId.kind, identifier)
        lines = await self._session.execute(lines_of(identifier))
        return read_purchase(row, lines.mappings().all())

    async def sold_by(
        self, supplier_id: SupplierId, products: Collection[ProductId]
    ) -> Mapping[ProductId, Sequence[SoldBy]]:
        if not products:
            return {}
        items = supplier_items.c
        found = await self._session.execute(
            select(
                items.product_id,
                items.sku,
                items.pack_size,
                items.cost_micros.label("cost"),
                items.over_receipt_ppm,
            )
            .where(items.supplier_id == supplier_id, items.product_id.in_(sorted(products)))
            .order_by(case((items.preferred, 0), else_=1), items.id)
        )
        sold: defaultdict[ProductId, list[SoldBy]] = defaultdict(list)
        for row in found.mappings():
            sold[row["product_id"]].append(SoldBy(**row))
        return sold

    async def receipt_lines(self, identifier: PurchaseId) -> Mapping[LineId, ReceiptLine]:
        query = RECEIPT_LINES.where(purchase_lines.c.purchase_id == identifier)
        found = (await self._session.execute(query)).mappings()
        return {row["id"]: read_receipt_line(row) for row in found}

    async def add(self, purchase: Purchase) -> None:
        await self._session.execute(insert(purchases), purchase_row(purchase))
        await self._session.execute(insert(purchase_lines), line_rows(purchase))

    async def save_revised(self, purchase: Purchase) -> None:
        await self._session.execute(
            delete(purchase_lines).where(purchase_lines.c.purchase_id == purchase.id)
        )
        await self._session.execute(insert(purchase_lines), line_rows(purchase))
        await self._update(purchase, _HEADING)

    async def save_step(self, purchase: Purchase) -> None:
        expected = purchase_lines.c.ordered if purchase.is_open else literal_column("0")
        await self._session.execute(
            update(purchase_lines)
            .where(purchase_lines.c.purchase_id == purchase.id)
            .values(outstanding=expected)
        )
        # What was ordered is named by no other step: the database keeps it as it is.
        ordered = purchase.status is PurchaseStatus.ORDERED
        await self._update(purchase, (*_STEP, *_NUMBER) if ordered else _STEP)

    async def save_received(self, purchase: Purchase, delivery: Delivery) -> None:
        came: dict[LineId, list[int]] = {}
        for part in delivery.lines:
            sums = came.setdefault(part.line.id, [0, 0])
            sums[0] += part.quantity.thousandths
            sums[1] += part.quantity.thousandths if part.rejected else 0
        left = {line.id: purchase.outstanding(line).thousandths for line in purchase.lines}
        rows = [(line, *sums, left[line]) for line, sums in sorted(came.items())]
        written = await _CAME.execute(await self._session.connection(), _ADD_CAME, rows)
        if len(written) != len(rows):
            raise OverReceipt
        await self._session.execute(
            insert(purchase_receipt_lines), receipt_rows(purchase, delivery)
        )
        await self._update(purchase, _STEP)

    async def save_returned(self, purchase: Purchase, document: SupplierReturn) -> None:
        connection = await self._session.connection()
        of_receipts: defaultdict[LineId, int] = defaultdict(int)
        of_lines: defaultdict[LineId, int] = defaultdict(int)
        for line in document.lines:
            of_receipts[line.receipt_line_id] += line.quantity.thousandths
            of_lines[line.purchase_line_id] += line.quantity.thousandths
        rows = sorted(of_receipts.items())
        if len(await _BACK.execute(connection, _ADD_BACK_TO_RECEIPTS, rows)) != len(rows):
            raise ReturnExceedsReceipt
        await _BACK.execute(connection, _ADD_BACK_TO_LINES, sorted(of_lines.items()))
        await self._session.execute(insert(supplier_returns), return_row(document))
        await self._session.execute(insert(supplier_return_lines), return_line_rows(document))
        await self._update(purchase, ())

    async def _update(self, purchase: Purchase, columns: tuple[str, ...]) -> None:
        before = purchase.version
        purchase.version += 1
        row = purchase_row(purchase)
        values: dict[str, Any] = {name: row[name] for name in (*columns, "version")}
        written = await self._session.scalar(
            update(purchases)
            .where(purchases.c.id == purchase.id, purchases.c.version == before)
            .values(values)
            .returning(purchases.c.version)
        )
        if written is None:
            raise VersionConflict
