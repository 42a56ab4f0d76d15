"""Read side of transfers: one transfer, and the list, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, false, select

from app.application.common.paging import Page, PageRequest
from app.application.inventory.queries import TransferFilter, TransferItem
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import TransferId
from app.domain.common.numbers import DocumentNumber
from app.domain.inventory.transfer import Transfer, TransferStatus
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.stock_document_rows import read_number
from app.infrastructure.db.tables.transfers import transfer_lines, transfers
from app.infrastructure.db.transfer_rows import lines_of, read_head, read_transfer, transfer_of


class SqlTransfersReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def document(self, identifier: TransferId) -> Transfer:
        async with self._reads.snapshot() as connection:
            row = (await connection.execute(transfer_of(identifier))).mappings().one_or_none()
            if row is None:
                raise NotFound.of(TransferId.kind, identifier)
            lines = await connection.execute(lines_of(identifier))
        return read_transfer(row, lines.mappings())

    async def documents(self, where: TransferFilter, *, page: PageRequest) -> Page[TransferItem]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                select(transfers).where(*_conditions(where)),
                (transfers.c.recorded_at, transfers.c.id),
                page,
                make=_item,
                descending=True,
            )


def _conditions(where: TransferFilter) -> Iterator[ColumnElement[bool]]:
    columns = transfers.c
    if where.status is not None:
        yield columns.status == where.status.value
    if where.number is not None:
        yield from _numbered(where.number)
    if where.source is not None:
        yield columns.source_id == where.source
    if where.target is not None:
        yield columns.target_id == where.target
    if where.product_id is not None:
        lines = transfer_lines.c
        yield columns.id.in_(select(lines.transfer_id).where(lines.product_id == where.product_id))
    if where.since is not None:
        yield columns.recorded_at >= where.since
    if where.until is not None:
        yield columns.recorded_at < where.until


def _numbered(text: str) -> Iterator[ColumnElement[bool]]:
    number = DocumentNumber.read(text)
    if number is None:
        yield false()
        return
    yield transfers.c.series == number.series
    yield transfers.c.year == number.year
    yield transfers.c.sequence == number.sequence


def _item(row: Mapping[str, Any]) -> TransferItem:
    return TransferItem(
        id=row["id"],
        number=read_number(row),
        status=TransferStatus(row["status"]),
        source=row["source_id"],
        target=row["target_id"],
        particulars=read_head(row),
        user_id=row["user_id"],
        recorded_at=row["recorded_at"],
        finished_at=row["finished_at"],
        version=row["version"],
    )
