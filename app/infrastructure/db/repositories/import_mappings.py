"""Write side of saved mappings."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ImportMappingId
from app.domain.imports.saved import ImportMapping


class SqlImportMappingRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: ImportMappingId) -> ImportMapping:
        mapping = await self._session.get(ImportMapping, identifier)
        if mapping is None:
            raise NotFound.of(ImportMappingId.kind, identifier)
        return mapping

    def add(self, mapping: ImportMapping) -> None:
        self._session.add(mapping)

    async def remove(self, mapping: ImportMapping) -> None:
        await self._session.delete(mapping)
