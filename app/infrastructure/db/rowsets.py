"""Rows of values as a table expression: one statement for any number of them.

Postgres takes an array a column, so that the text of the statement is always the same and stays
prepared; SQLite takes a list of VALUES.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

# SQLite takes 32766 values in a statement.
_MOST_VALUES = 32_000


@dataclass(frozen=True, slots=True)
class RowSet:
    """The name and columns of the expression, with their types on Postgres."""

    name: str
    columns: tuple[tuple[str, str], ...]

    async def execute(
        self, connection: AsyncConnection, sql: str, rows: Sequence[Sequence[object]]
    ) -> list[Any]:
        """Run `sql`, in which `{rows}` becomes the WITH clause; return the rows it gives.

        There must be at least one row. Identifiers come back as the driver has them. More rows
        than SQLite takes at once are several statements there.
        """
        if connection.dialect.name == "postgresql":
            return await self._run(connection, sql, *self._arrays(rows))
        found, most = [], _MOST_VALUES // len(self.columns)
        for start in range(0, len(rows), most):
            part = rows[start : start + most]
            found += await self._run(connection, sql, *self._values(part))
        return found

    async def _run(
        self, connection: AsyncConnection, sql: str, source: str, values: tuple[Any, ...]
    ) -> list[Any]:
        names = ", ".join(name for name, _ in self.columns)
        with_clause = f"WITH {self.name} ({names}) AS ({source})"
        result = await connection.exec_driver_sql(sql.format(rows=with_clause), values)
        return list(result) if result.returns_rows else []

    def _arrays(self, rows: Sequence[Sequence[object]]) -> tuple[str, tuple[Any, ...]]:
        arrays = ", ".join(
            f"CAST(${number} AS {kind}[])" for number, (_, kind) in enumerate(self.columns, start=1)
        )
        return f"SELECT * FROM unnest({arrays})", tuple(list(c) for c in zip(*rows, strict=True))

    def _values(self, rows: Sequence[Sequence[object]]) -> tuple[str, tuple[Any, ...]]:
        one = f"({', '.join('?' for _ in self.columns)})"
        values = tuple(_plain(value) for row in rows for value in row)
        return f"VALUES {', '.join(one for _ in rows)}", values


def _plain(value: object) -> object:
    """Return the value as SQLite keeps it."""
    match value:
        case UUID():
            return value.bytes
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        case _:
            return value
