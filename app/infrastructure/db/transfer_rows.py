"""A transfer as rows and back: the one place that knows both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import RowMapping, Select, select

from app.domain.common.identifiers import TransferId
from app.domain.inventory.document import Particulars
from app.domain.inventory.transfer import Part, Transfer, TransferLine, TransferStatus
from app.infrastructure.db.stock_document_rows import read_number
from app.infrastructure.db.tables.transfers import transfer_lines, transfers

Row = dict[str, Any]


def transfer_of(identifier: TransferId) -> Select[Any]:
    return select(transfers).where(transfers.c.id == identifier)


def lines_of(identifier: TransferId) -> Select[Any]:
    columns = transfer_lines.c
    return (
        select(transfer_lines).where(columns.transfer_id == identifier).order_by(columns.position)
    )


def transfer_row(transfer: Transfer) -> Row:
    head = transfer.particulars
    return {
        "id": transfer.id,
        "status": transfer.status.value,
        "series": transfer.number.series,
        "year": transfer.number.year,
        "sequence": transfer.number.sequence,
        "source_id": transfer.source,
        "target_id": transfer.target,
        "reference": head.reference,
        "note": head.note,
        "user_id": transfer.user_id,
        "occurred_at": head.occurred_at,
        "recorded_at": transfer.recorded_at,
        "finished_at": transfer.finished_at,
        "version": transfer.version,
    }


def line_rows(transfer: Transfer) -> list[Row]:
    return [
        {
            "id": line.id,
            "transfer_id": transfer.id,
            "position": position,
            "product_id": line.product_id,
            "sku": line.sku,
            "name": line.name,
            "unit_code": line.unit_code,
            "unit_decimals": line.unit_decimals,
            "quantity": line.quantity,
            "received": line.settled.received,
            "rejected": line.settled.rejected,
            "lost": line.settled.lost,
            "returned": line.settled.returned,
        }
        for position, line in enumerate(transfer.lines)
    ]


def read_transfer(row: RowMapping, lines: Iterable[RowMapping]) -> Transfer:
    """Put a transfer together; lines come in the order of their positions."""
    return Transfer(
        id=row["id"],
        number=read_number(row),
        source=row["source_id"],
        target=row["target_id"],
        lines=tuple(_line(line) for line in lines),
        particulars=read_head(row),
        user_id=row["user_id"],
        recorded_at=row["recorded_at"],
        status=TransferStatus(row["status"]),
        finished_at=row["finished_at"],
        version=row["version"],
    )


def read_head(row: RowMapping | Mapping[str, Any]) -> Particulars:
    return Particulars(occurred_at=row["occurred_at"], reference=row["reference"], note=row["note"])


def _line(row: RowMapping) -> TransferLine:
    return TransferLine(
        id=row["id"],
        product_id=row["product_id"],
        sku=row["sku"],
        name=row["name"],
        unit_code=row["unit_code"],
        unit_decimals=row["unit_decimals"],
        quantity=row["quantity"],
        settled=Part(
            received=row["received"],
            rejected=row["rejected"],
            lost=row["lost"],
            returned=row["returned"],
        ),
    )
