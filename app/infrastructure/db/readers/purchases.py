"""Read side of purchases: one order with what came and went back, and the list, newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, false, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.paging import Page, PageRequest
from app.application.purchases.queries import (
    DeliveredLine,
    DeliveryView,
    PurchaseFilter,
    PurchaseItem,
)
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import DocumentId, PurchaseId, SupplierReturnId
from app.domain.common.money import Money
from app.domain.common.numbers import DocumentNumber
from app.domain.purchases.order import Purchase, PurchaseStatus
from app.domain.purchases.supplier_return import SupplierReturn, SupplierReturnLine
from app.domain.purchases.terms import Cost, ExchangeRate
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.purchase_rows import (
    lines_of,
    purchase_of,
    read_purchase,
    read_return,
    read_return_line,
    read_supplier,
)
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.sale_rows import read_number
from app.infrastructure.db.tables.inventory import stock_document_lines, stock_documents
from app.infrastructure.db.tables.parties import suppliers
from app.infrastructure.db.tables.purchases import (
    purchase_lines,
    purchase_receipt_lines,
    purchases,
    supplier_return_lines,
    supplier_returns,
)

_received, _document_line, _line = (
    purchase_receipt_lines.c,
    stock_document_lines.c,
    purchase_lines.c,
)
_DELIVERED = (
    select(
        _document_line.document_id,
        _received.id,
        _received.purchase_line_id,
        _document_line.product_id,
        _document_line.sku,
        _document_line.name,
        _document_line.unit_code,
        _received.location_id,
        _received.rejected,
        _received.quantity,
        _received.returned,
        _received.cost_micros,
        _received.cost_per,
        _received.rate_nanos,
        _received.value_minor,
        _document_line.value_minor.label("shop_value_minor"),
        purchases.c.currency,
        stock_documents.c.currency.label("shop_currency"),
    )
    .join_from(
        stock_documents,
        stock_document_lines,
        _document_line.document_id == stock_documents.c.id,
    )
    .join(purchase_receipt_lines, _received.id == _document_line.id)
    .join(purchases, purchases.c.id == stock_documents.c.purchase_id)
    .order_by(_document_line.document_id, _document_line.position)
)
_WENT_BACK = (
    select(
        supplier_return_lines,
        _received.purchase_line_id,
        _line.unit_decimals,
    )
    .join_from(
        supplier_return_lines,
        purchase_receipt_lines,
        _received.id == supplier_return_lines.c.receipt_line_id,
    )
    .join(purchase_lines, _line.id == _received.purchase_line_id)
    .order_by(supplier_return_lines.c.return_id, supplier_return_lines.c.position)
)


class SqlPurchasesReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def purchase(self, identifier: PurchaseId) -> Purchase:
        async with self._reads.snapshot() as connection:
            row = (await connection.execute(purchase_of(identifier))).mappings().one_or_none()
            if row is None:
                raise NotFound.of(PurchaseId.kind, identifier)
            lines = await connection.execute(lines_of(identifier))
        return read_purchase(row, lines.mappings().all())

    async def purchases(self, where: PurchaseFilter, *, page: PageRequest) -> Page[PurchaseItem]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                select(purchases).where(*_conditions(where)),
                (purchases.c.created_at, purchases.c.id),
                page,
                make=_item,
                descending=True,
            )

    async def deliveries(self, identifier: PurchaseId, *, page: PageRequest) -> Page[DeliveryView]:
        columns = stock_documents.c
        async with self._reads.snapshot() as connection:
            found = await read_page(
                connection,
                select(stock_documents).where(columns.purchase_id == identifier),
                (columns.recorded_at, columns.id),
                page,
                make=_delivery,
                descending=True,
            )
            if not found.items:
                await _require(connection, identifier)
                return found
            heads = [view.id for view in found.items]
            rows = (await connection.execute(_DELIVERED.where(columns.id.in_(heads)))).mappings()
            lines: defaultdict[DocumentId, list[DeliveredLine]] = defaultdict(list)
            for row in rows:
                lines[row["document_id"]].append(_delivered_line(row))
        items = [replace(view, lines=tuple(lines[view.id])) for view in found.items]
        return Page(items, found.next_after)

    async def returns(self, identifier: PurchaseId, *, page: PageRequest) -> Page[SupplierReturn]:
        columns = supplier_returns.c
        async with self._reads.snapshot() as connection:
            found = await read_page(
                connection,
                select(supplier_returns).where(columns.purchase_id == identifier),
                (columns.recorded_at, columns.id),
                page,
                make=lambda row: row,
                descending=True,
            )
            if not found.items:
                await _require(connection, identifier)
            heads = [row["id"] for row in found.items]
            query = _WENT_BACK.where(supplier_return_lines.c.return_id.in_(heads))
            lines: defaultdict[SupplierReturnId, list[SupplierReturnLine]] = defaultdict(list)
            for row in (await connection.execute(query)).mappings() if heads else ():
                lines[row["return_id"]].append(read_return_line(row))
        return Page([read_return(row, lines[row["id"]]) for row in found.items], found.next_after)


async def _require(connection: AsyncConnection, identifier: PurchaseId) -> None:
    there = select(purchases.c.id).where(purchases.c.id == identifier)
    if (await connection.execute(there)).one_or_none() is None:
        raise NotFound.of(PurchaseId.kind, identifier)


def _conditions(where: PurchaseFilter) -> Iterator[ColumnElement[bool]]:
    columns = purchases.c
    if where.status is not None:
        yield columns.status == where.status.value
    if where.number is not None:
        yield from _numbered(where.number)
    if where.supplier_id is not None:
        merged = select(suppliers.c.id).where(suppliers.c.merged_into_id == where.supplier_id)
        yield or_(columns.supplier_id == where.supplier_id, columns.supplier_id.in_(merged))
    if where.product_id is not None:
        of_product = select(_line.purchase_id).where(_line.product_id == where.product_id)
        yield columns.id.in_(of_product)
    if where.location_id is not None:
        yield columns.location_id == where.location_id
    if where.since is not None:
        yield columns.created_at >= where.since
    if where.until is not None:
        yield columns.created_at < where.until


def _numbered(text: str) -> Iterator[ColumnElement[bool]]:
    number = DocumentNumber.read(text)
    if number is None:
        yield false()
        return
    yield purchases.c.series == number.series
    yield purchases.c.year == number.year
    yield purchases.c.sequence == number.sequence


def _item(row: Mapping[str, Any]) -> PurchaseItem:
    currency, total = row["currency"], row["total_minor"]
    return PurchaseItem(
        id=row["id"],
        number=read_number(row),
        status=PurchaseStatus(row["status"]),
        supplier=read_supplier(row),
        location_id=row["location_id"],
        currency=currency,
        total=None if total is None else Money(total, currency),
        reference=row["reference"],
        user_id=row["user_id"],
        created_at=row["created_at"],
        ordered_at=row["ordered_at"],
        version=row["version"],
    )


def _delivery(row: Mapping[str, Any]) -> DeliveryView:
    return DeliveryView(
        id=row["id"],
        number=DocumentNumber(row["series"], row["year"], row["sequence"]),
        purchase_id=row["purchase_id"],
        reference=row["reference"],
        note=row["note"],
        user_id=row["user_id"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        lines=(),
    )


def _delivered_line(row: RowMapping) -> DeliveredLine:
    return DeliveredLine(
        id=row["id"],
        purchase_line_id=row["purchase_line_id"],
        product_id=row["product_id"],
        sku=row["sku"],
        name=row["name"],
        unit_code=row["unit_code"],
        location_id=row["location_id"],
        rejected=row["rejected"],
        quantity=row["quantity"],
        returned=row["returned"],
        cost=Cost(price=row["cost_micros"], per=row["cost_per"]),
        rate=ExchangeRate(row["rate_nanos"]),
        value=Money(row["value_minor"], row["currency"]),
        shop_value=Money(row["shop_value_minor"], row["shop_currency"]),
    )
