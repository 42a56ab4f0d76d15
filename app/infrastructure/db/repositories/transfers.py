"""Write side of transfers: set-based, the same number of statements for 1 line and for 500."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.inventory.ports import TransferPlace
from app.domain.common.errors import NotFound, VersionConflict
from app.domain.common.identifiers import LocationId, TransferId
from app.domain.inventory.transfer import ExceedsTransit, Parts, Transfer
from app.infrastructure.db.rowsets import RowSet
from app.infrastructure.db.tables.inventory import locations
from app.infrastructure.db.tables.transfers import transfer_lines, transfers
from app.infrastructure.db.transfer_rows import (
    line_rows,
    lines_of,
    read_transfer,
    transfer_of,
    transfer_row,
)

_PARTS = RowSet(
    "part",
    (
        ("line_id", "uuid"),
        ("received", "bigint"),
        ("rejected", "bigint"),
        ("lost", "bigint"),
        ("returned", "bigint"),
    ),
)
# Never more than was sent, whoever settled what in between.
_SETTLE = """
    {rows} UPDATE transfer_lines
    SET received = transfer_lines.received + part.received,
        rejected = transfer_lines.rejected + part.rejected,
        lost = transfer_lines.lost + part.lost,
        returned = transfer_lines.returned + part.returned
    FROM part
    WHERE transfer_lines.id = part.line_id
    AND transfer_lines.received + transfer_lines.rejected + transfer_lines.lost
        + transfer_lines.returned + part.received + part.rejected + part.lost + part.returned
        <= transfer_lines.quantity
    RETURNING transfer_lines.id
"""
_STEP = ("status", "finished_at", "version")


class SqlTransferRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: TransferId) -> Transfer:
        # The header is locked first: whoever waits here sees the status that the other one left.
        found = await self._session.execute(
            transfer_of(identifier).with_for_update(key_share=True, of=transfers)
        )
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(TransferId.kind, identifier)
        lines = await self._session.execute(lines_of(identifier))
        return read_transfer(row, lines.mappings())

    async def places(
        self, identifiers: Collection[LocationId]
    ) -> Mapping[LocationId, TransferPlace]:
        columns = locations.c
        found = await self._session.execute(
            select(columns.id, columns.code, columns.kind, columns.active)
            .where(columns.id.in_(sorted(identifiers)))
            .order_by(columns.id)
            .with_for_update(read=True, key_share=True)
        )
        return {
            identifier: TransferPlace(code=code, kind=kind, active=active)
            for identifier, code, kind, active in found
        }

    async def add(self, transfer: Transfer) -> None:
        await self._session.execute(insert(transfers), transfer_row(transfer))
        await self._session.execute(insert(transfer_lines), line_rows(transfer))

    async def save_step(self, transfer: Transfer, parts: Parts) -> None:
        # Lines first: once nothing is in transit, the database keeps them as they are.
        settled = await _PARTS.execute(
            await self._session.connection(),
            _SETTLE,
            [
                (
                    line,
                    part.received.thousandths,
                    part.rejected.thousandths,
                    part.lost.thousandths,
                    part.returned.thousandths,
                )
                for line, part in sorted(parts.items())
            ],
        )
        if len(settled) != len(parts):
            raise ExceedsTransit
        before = transfer.version
        transfer.version += 1
        row = transfer_row(transfer)
        written = await self._session.scalar(
            update(transfers)
            .where(transfers.c.id == transfer.id, transfers.c.version == before)
            .values({name: row[name] for name in _STEP})
            .returning(transfers.c.version)
        )
        if written is None:
            raise VersionConflict
