"""Read side of saved mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select

from app.application.common.paging import Page, PageRequest
from app.application.imports.choices import Choices
from app.application.imports.saved import ImportMappingView
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ImportMappingId
from app.domain.common.text import fold
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.import_mappings import import_mappings

_ALL = select(*(column for column in import_mappings.c if column.name != "name_key"))


class SqlImportMappingsReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def import_mapping(self, identifier: ImportMappingId) -> ImportMappingView:
        found = await self._one(import_mappings.c.id == identifier)
        if found is None:
            raise NotFound.of(ImportMappingId.kind, identifier)
        return found

    async def import_mappings(self, page: PageRequest) -> Page[ImportMappingView]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection, _ALL, (import_mappings.c.name_key,), page, make=_view
            )

    async def named(self, name: str, *, kind: str) -> ImportMappingView | None:
        return await self._one(
            import_mappings.c.name_key == fold(name), import_mappings.c.kind == kind
        )

    async def _one(self, *conditions: ColumnElement[bool]) -> ImportMappingView | None:
        async with self._reads.connection() as connection:
            found = await connection.execute(_ALL.where(*conditions))
        row = found.mappings().one_or_none()
        return None if row is None else _view(dict(row))


def _view(row: Mapping[str, Any]) -> ImportMappingView:
    return ImportMappingView(**{**row, "choices": Choices.from_dict(row["choices"])})
