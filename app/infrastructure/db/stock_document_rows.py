"""Stock documents as rows and back: the one place that knows both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import RowMapping

from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Delta
from app.domain.common.text import key
from app.domain.inventory.document import DocumentLine, Particulars, StockDocument
from app.domain.inventory.movement import DocumentKind
from app.domain.inventory.reasons import AdjustmentReason

Row = dict[str, Any]


def document_row(document: StockDocument) -> Row:
    head = document.particulars
    return {
        "id": document.id,
        "kind": document.kind.value,
        "series": document.number.series,
        "year": document.number.year,
        "sequence": document.number.sequence,
        "location_id": document.location_id,
        "currency": document.currency,
        "supplier": head.supplier,
        "supplier_id": head.supplier_id,
        "purchase_id": head.purchase_id,
        "reference": head.reference,
        "delivery_key": _delivery_key(head),
        "reason": None if head.reason is None else head.reason.value,
        "note": head.note,
        "user_id": document.user_id,
        "occurred_at": head.occurred_at,
        "recorded_at": document.recorded_at,
    }


def line_rows(document: StockDocument) -> list[Row]:
    return [
        {
            "id": line.id,
            "document_id": document.id,
            "position": position,
            "product_id": line.product_id,
            "sku": line.sku,
            "name": line.name,
            "unit_code": line.unit_code,
            "change": line.change.thousandths,
            "unit_cost_micros": line.unit_cost,
            "value_minor": line.value_minor,
        }
        for position, line in enumerate(document.lines)
    ]


def read_document(row: RowMapping, lines: Iterable[RowMapping]) -> StockDocument:
    return StockDocument(
        id=row["id"],
        kind=DocumentKind(row["kind"]),
        number=read_number(row),
        location_id=row["location_id"],
        currency=row["currency"],
        lines=tuple(_line(line) for line in lines),
        particulars=read_particulars(row),
        user_id=row["user_id"],
        recorded_at=row["recorded_at"],
    )


def read_number(row: RowMapping | Mapping[str, Any]) -> DocumentNumber:
    return DocumentNumber(row["series"], row["year"], row["sequence"])


def read_particulars(row: RowMapping | Mapping[str, Any]) -> Particulars:
    return Particulars(
        occurred_at=row["occurred_at"],
        supplier=row["supplier"],
        supplier_id=row["supplier_id"],
        purchase_id=row["purchase_id"],
        reference=row["reference"],
        reason=None if row["reason"] is None else AdjustmentReason(row["reason"]),
        note=row["note"],
    )


def _delivery_key(head: Particulars) -> str | None:
    if head.supplier_id is None or head.reference is None:
        return None
    return key(head.reference)


def _line(row: RowMapping) -> DocumentLine:
    return DocumentLine(
        id=row["id"],
        product_id=row["product_id"],
        sku=row["sku"],
        name=row["name"],
        unit_code=row["unit_code"],
        change=Delta(row["change"]),
        unit_cost=row["unit_cost_micros"],
        value_minor=row["value_minor"],
    )
