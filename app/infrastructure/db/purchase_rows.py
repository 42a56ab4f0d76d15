"""Orders, receipts of them and supplier returns as rows and back: the one place that knows both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import RowMapping, Select, select

from app.application.purchases.ports import Delivery
from app.domain.common.identifiers import PurchaseId
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.inventory.document import StockedItem
from app.domain.purchases.line import PurchaseLine
from app.domain.purchases.order import Heading, OrderedFrom, Purchase, PurchaseStatus
from app.domain.purchases.supplier_return import ReceiptLine, SupplierReturn, SupplierReturnLine
from app.domain.purchases.terms import ExchangeRate, Measure
from app.infrastructure.db.sale_rows import read_number
from app.infrastructure.db.tables.inventory import stock_document_lines
from app.infrastructure.db.tables.purchases import (
    purchase_lines,
    purchase_receipt_lines,
    purchases,
)

Row = dict[str, Any]


def purchase_of(identifier: PurchaseId) -> Select[Any]:
    return select(purchases).where(purchases.c.id == identifier)


def lines_of(identifier: PurchaseId) -> Select[Any]:
    columns = purchase_lines.c
    return (
        select(purchase_lines).where(columns.purchase_id == identifier).order_by(columns.position)
    )


RECEIPT_LINES = (
    select(
        purchase_receipt_lines.c.id,
        purchase_receipt_lines.c.purchase_line_id,
        purchase_receipt_lines.c.location_id,
        purchase_receipt_lines.c.quantity,
        purchase_receipt_lines.c.returned,
        purchase_receipt_lines.c.value_minor,
        stock_document_lines.c.value_minor.label("shop_value_minor"),
        purchase_lines.c.product_id,
        purchase_lines.c.sku,
        purchase_lines.c.name,
        purchase_lines.c.unit_code,
        purchase_lines.c.unit_decimals,
    )
    .join_from(
        purchase_receipt_lines,
        purchase_lines,
        purchase_lines.c.id == purchase_receipt_lines.c.purchase_line_id,
    )
    .join(stock_document_lines, stock_document_lines.c.id == purchase_receipt_lines.c.id)
)


def purchase_row(purchase: Purchase) -> Row:
    number, heading = purchase.number, purchase.heading
    return {
        "id": purchase.id,
        "status": purchase.status.value,
        "series": None if number is None else number.series,
        "year": None if number is None else number.year,
        "sequence": None if number is None else number.sequence,
        "supplier_id": purchase.supplier.id,
        "supplier_name": purchase.supplier.name,
        "location_id": heading.location_id,
        "currency": purchase.currency,
        "shop_currency": purchase.shop_currency,
        "rate_nanos": None if heading.rate is None else heading.rate.nanos,
        "total_minor": purchase.total_minor,
        "reference": heading.reference,
        "note": heading.note,
        "user_id": purchase.user_id,
        "created_at": purchase.created_at,
        "ordered_at": purchase.ordered_at,
        "closed_at": purchase.closed_at,
        "close_reason": purchase.close_reason,
        "version": purchase.version,
    }


def line_rows(purchase: Purchase) -> list[Row]:
    return [
        {
            "id": line.id,
            "purchase_id": purchase.id,
            "position": position,
            "product_id": line.item.product_id,
            "sku": line.item.sku,
            "name": line.item.name,
            "unit_code": line.item.unit_code,
            "unit_decimals": line.item.unit_decimals,
            "supplier_sku": line.supplier_sku,
            "measure": line.measure.value,
            "pack_size": line.pack_size,
            "quantity": line.quantity,
            "cost_micros": line.cost,
            "value_minor": line.value_minor(purchase.currency),
            "expected_on": line.expected_on,
            "tolerance_ppm": line.tolerance_ppm,
            "ordered": line.ordered,
            "receivable": line.receivable,
            "received": line.received,
            "rejected": line.rejected,
            "returned": line.returned,
            "outstanding": purchase.outstanding(line),
        }
        for position, line in enumerate(purchase.lines)
    ]


def receipt_rows(purchase: Purchase, delivery: Delivery) -> list[Row]:
    return [
        {
            "id": part.id,
            "purchase_line_id": part.line.id,
            "location_id": part.target(purchase.heading.location_id),
            "rejected": part.rejected,
            "quantity": part.quantity,
            "cost_micros": part.cost.price,
            "cost_per": part.cost.per,
            "rate_nanos": part.rate.nanos,
            "value_minor": part.value_minor,
            "returned": Quantity(0),
        }
        for part in delivery.lines
    ]


def return_row(document: SupplierReturn) -> Row:
    return {
        "id": document.id,
        "series": document.number.series,
        "year": document.number.year,
        "sequence": document.number.sequence,
        "purchase_id": document.purchase_id,
        "supplier_id": document.supplier.id,
        "supplier_name": document.supplier.name,
        "currency": document.currency,
        "shop_currency": document.shop_currency,
        "reference": document.reference,
        "reason": document.reason,
        "user_id": document.user_id,
        "occurred_at": document.occurred_at,
        "recorded_at": document.recorded_at,
    }


def return_line_rows(document: SupplierReturn) -> list[Row]:
    return [
        {
            "id": line.id,
            "return_id": document.id,
            "position": position,
            "receipt_line_id": line.receipt_line_id,
            "product_id": line.item.product_id,
            "sku": line.item.sku,
            "name": line.item.name,
            "unit_code": line.item.unit_code,
            "location_id": line.location_id,
            "quantity": line.quantity,
            "credit_minor": line.credit_minor,
            "shop_credit_minor": line.shop_credit_minor,
            "value_minor": line.value_minor,
        }
        for position, line in enumerate(document.lines)
    ]


def read_purchase(row: RowMapping, lines: Iterable[RowMapping]) -> Purchase:
    """Put an order together; its lines come in the order of their positions."""
    rate = row["rate_nanos"]
    return Purchase(
        id=row["id"],
        supplier=read_supplier(row),
        currency=row["currency"],
        heading=Heading(
            location_id=row["location_id"],
            rate=None if rate is None else ExchangeRate(rate),
            reference=row["reference"],
            note=row["note"],
        ),
        lines=tuple(read_line(line) for line in lines),
        user_id=row["user_id"],
        created_at=row["created_at"],
        status=PurchaseStatus(row["status"]),
        number=read_number(row),
        shop_currency=row["shop_currency"],
        ordered_at=row["ordered_at"],
        closed_at=row["closed_at"],
        close_reason=row["close_reason"],
        version=row["version"],
    )


def read_supplier(row: RowMapping | Mapping[str, Any]) -> OrderedFrom:
    return OrderedFrom(id=row["supplier_id"], name=row["supplier_name"])


def read_line(row: RowMapping) -> PurchaseLine:
    return PurchaseLine(
        id=row["id"],
        item=_read_item(row),
        supplier_sku=row["supplier_sku"],
        measure=Measure(row["measure"]),
        pack_size=row["pack_size"],
        quantity=row["quantity"],
        cost=row["cost_micros"],
        expected_on=row["expected_on"],
        tolerance_ppm=row["tolerance_ppm"],
        received=row["received"],
        rejected=row["rejected"],
        returned=row["returned"],
    )


def read_receipt_line(row: RowMapping) -> ReceiptLine:
    return ReceiptLine(
        id=row["id"],
        purchase_line_id=row["purchase_line_id"],
        item=_read_item(row),
        location_id=row["location_id"],
        quantity=row["quantity"],
        returned=row["returned"],
        value_minor=row["value_minor"],
        shop_value_minor=row["shop_value_minor"],
    )


def read_return(
    row: RowMapping | Mapping[str, Any], lines: Iterable[SupplierReturnLine]
) -> SupplierReturn:
    return SupplierReturn(
        id=row["id"],
        number=DocumentNumber(row["series"], row["year"], row["sequence"]),
        purchase_id=row["purchase_id"],
        supplier=read_supplier(row),
        currency=row["currency"],
        shop_currency=row["shop_currency"],
        lines=tuple(lines),
        reference=row["reference"],
        reason=row["reason"],
        user_id=row["user_id"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
    )


def read_return_line(row: RowMapping) -> SupplierReturnLine:
    return SupplierReturnLine(
        id=row["id"],
        receipt_line_id=row["receipt_line_id"],
        purchase_line_id=row["purchase_line_id"],
        item=_read_item(row),
        location_id=row["location_id"],
        quantity=row["quantity"],
        credit_minor=row["credit_minor"],
        shop_credit_minor=row["shop_credit_minor"],
        value_minor=row["value_minor"],
    )


def _read_item(row: RowMapping) -> StockedItem:
    # What keeps no stock is not ordered.
    return StockedItem(
        product_id=row["product_id"],
        sku=row["sku"],
        name=row["name"],
        unit_code=row["unit_code"],
        unit_decimals=row["unit_decimals"],
        tracks_stock=True,
    )
