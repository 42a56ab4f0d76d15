"""Gapless document numbers: one counter row per series and year."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.common.numbers import DocumentNumber

# Locks the row until the transaction ends, so a number that is rolled back is given again.
_NEXT = text(
    "INSERT INTO document_counters (series, year, last) VALUES (:series, :year, :number) "
    "ON CONFLICT (series, year) DO UPDATE SET last = document_counters.last + :number "
    "RETURNING last"
)


class SqlDocumentNumbers:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def next(self, series: str, *, year: int) -> DocumentNumber:
        """Return the next number of the series; its counter stays locked until the end."""
        [number] = await self.take(series, 1, year=year)
        return number

    async def take(self, series: str, number: int, *, year: int) -> list[DocumentNumber]:
        """Return so many numbers at once, which follow one another."""
        asked = {"series": series, "year": year, "number": number}
        last = int(await self._session.scalar(_NEXT, asked) or 0)
        return [DocumentNumber(series, year, n) for n in range(last - number + 1, last + 1)]
