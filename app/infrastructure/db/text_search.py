"""Text search over a column of folded text: the same words are found on both databases.

Postgres has a trigram index on the column. SQLite has an FTS5 table of trigrams beside it, kept by
triggers, and a table that gives each row of the list a stable number there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Table,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.common.text import fold

# A trigram index knows words of three characters and more; shorter ones are looked for row by
# row in the order of the list, which ends as soon as the page is full.
LEAST_INDEXED = 3
COMMON = 5_000


class TextSearch:
    """Looks for words in `search_text` of a table; `word` begins the names of SQLite's tables."""

    def __init__(self, searched: Table, *, word: str) -> None:
        self._searched = searched
        self._name = f"{word}_search"
        self._id = f"{word}_id"
        self._search = table(self._name, column("rowid", Integer))
        self._rows = table(
            f"{self._name}_rows",
            column("number", Integer),
            column(self._id, searched.c.id.type),
        )

    def conditions(self, q: str | None, *, phrases: bool) -> Iterator[ColumnElement[bool]]:
        """Yield what a row must meet; `phrases` asks the search table for the words it knows."""
        indexed = _indexed(q) if phrases else []
        if indexed:
            yield self._found_by_phrases(indexed)
        for word in _words(q):
            if word not in indexed:
                # Character by character: % and _ are no signs.
                yield self._searched.c.search_text.contains(word, autoescape=True)

    async def use_phrases(self, q: str | None, connection: AsyncConnection) -> bool:
        """Tell whether SQLite should ask its search table: only for words that are not common.

        What the table finds must all be sorted. Common words are met soon by going along the index
        of the order. Postgres weighs the two by itself, with one condition for both.
        """
        words = _indexed(q)
        if connection.dialect.name != "sqlite" or not words:
            return False
        matches = select(self._search.c.rowid).where(self._matches(words)).limit(COMMON).subquery()
        found = await connection.execute(select(func.count()).select_from(matches))
        count: int = found.scalar_one()
        return count < COMMON

    def _found_by_phrases(self, words: Sequence[str]) -> ColumnElement[bool]:
        rows = self._rows.c
        found = select(rows[self._id]).join_from(
            self._search, self._rows, rows.number == self._search.c.rowid
        )
        return self._searched.c.id.in_(found.where(self._matches(words)))

    def _matches(self, words: Sequence[str]) -> ColumnElement[bool]:
        phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in words)
        return literal_column(self._name).op("MATCH", return_type=Boolean())(phrases)


def _words(q: str | None) -> list[str]:
    return list(dict.fromkeys(fold(q or "").split()))


def _indexed(q: str | None) -> list[str]:
    return [word for word in _words(q) if len(word) >= LEAST_INDEXED]
