"""Read side of imports: progress, what the analysis found, and the faults of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.paging import Page, PageRequest
from app.application.imports.queries import ImportItem, ImportView
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ImportId
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault
from app.infrastructure.db.import_views import import_items, read_item, read_one, read_view
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.imports import import_differences, import_faults, imports

_DIFFERENCE = ("row", "line", "label", "created", "changes")
_FAULT = ("row", "line", "column", "code", "value", "expected")


class SqlImportsReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def item(self, identifier: ImportId) -> ImportItem:
        async with self._reads.connection() as connection:
            return await read_one(connection, identifier)

    async def import_(self, identifier: ImportId) -> ImportView:
        async with self._reads.connection() as connection:
            return await read_view(connection, identifier)

    async def imports(self, page: PageRequest, *, kind: str | None = None) -> Page[ImportItem]:
        query = import_items()
        if kind is not None:
            query = query.where(imports.c.kind == kind)
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                query,
                (imports.c.id,),
                page,
                make=read_item,
                descending=True,
            )

    async def faults(
        self, identifier: ImportId, *, severity: str, page: PageRequest
    ) -> Page[Fault]:
        columns = import_faults.c
        async with self._reads.connection() as connection:
            await _require(connection, identifier)
            return await read_page(
                connection,
                select(*(columns[name] for name in (*_FAULT, "max", "actual"))).where(
                    columns.import_id == identifier, columns.severity == severity
                ),
                (columns.row, columns.position),
                page,
                make=_fault,
            )

    async def differences(self, identifier: ImportId, *, page: PageRequest) -> Page[Difference]:
        columns = import_differences.c
        async with self._reads.connection() as connection:
            await _require(connection, identifier)
            return await read_page(
                connection,
                select(*(columns[name] for name in _DIFFERENCE)).where(
                    columns.import_id == identifier
                ),
                (columns.row,),
                page,
                make=_difference,
            )


async def _require(connection: AsyncConnection, identifier: ImportId) -> None:
    if not await connection.scalar(select(exists().where(imports.c.id == identifier))):
        raise NotFound.of(ImportId.kind, identifier)


def _difference(row: Mapping[str, Any]) -> Difference:
    return Difference(**{name: row[name] for name in _DIFFERENCE})


def _fault(row: Mapping[str, Any]) -> Fault:
    return Fault(**{name: row[name] for name in _FAULT}, most=row["max"], actual=row["actual"])
