"""Gapless document numbers: one counter row per series and year."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.common.numbers import DocumentNumber

# Locks the row until the transaction ends, so a number that is rolled back is given again.
_NEXT = text(
    "INSERT INTO document_counters (series, year, last) VALUES (:series, :year, 1) "
    "ON CONFLICT (series, year) DO UPDATE SET last = document_counters.last + 1 "
    "RETURNING last"
)


class SqlDocumentNumbers:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def next(self, series: str, *, year: int) -> DocumentNumber:
        """Return the next number of the series; its counter stays locked until the end."""
        last = await self._session.scalar(_NEXT, {"series": series, "year": year})
        return DocumentNumber(series, year, int(last or 0))
