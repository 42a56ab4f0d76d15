"""Many rows at once: COPY on Postgres, one prepared statement for all of them on SQLite.

Values are as the drivers take them: `identifier` and `instant` make them; JSON is text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.retry import TransactionAborted

# What another transaction did meanwhile: unique_violation, serialization_failure, deadlock.
_OVERTAKEN = {"23505", "40001", "40P01"}

Row = Sequence[object]


class Bulk:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.on_postgres = connection.dialect.name == "postgresql"

    def identifier(self, value: UUID) -> object:
        return value if self.on_postgres else value.bytes

    def instant(self, moment: datetime) -> object:
        if self.on_postgres:
            return moment
        return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    async def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert rows; `TransactionAborted` when another transaction took a unique value."""
        if not rows:
            return
        if self.on_postgres:
            raw = await self._connection.get_raw_connection()
            driver: Any = raw.driver_connection
            try:
                await driver.copy_records_to_table(table, records=rows, columns=list(columns))
            except asyncpg.PostgresError as error:
                # COPY goes past SQLAlchemy, and so past its errors.
                if error.sqlstate in _OVERTAKEN:
                    raise TransactionAborted from error
                raise
        else:
            names = ", ".join(f'"{name}"' for name in columns)
            places = ", ".join("?" for _ in columns)
            await self._connection.exec_driver_sql(
                f"INSERT INTO {table} ({names}) VALUES ({places})",
                [tuple(row) for row in rows],
            )

    async def matching(self, sql: str, texts: Iterable[str], *rest: object) -> list[Any]:
        """Run a query in which `{texts}` becomes a subquery with the column `key`; return its rows.

        The text of the statement is the same for any number of texts. `rest` is one further
        parameter at the place `{rest}`.
        """
        if self.on_postgres:
            wanted, further = "SELECT unnest(CAST($1 AS text[])) AS key", "$2"
            first: object = list(texts)
        else:
            wanted, further = "SELECT value AS key FROM json_each(?)", "?"
            first = json.dumps(list(texts), ensure_ascii=False)
        statement = sql.format(texts=f"({wanted})", rest=further)
        result = await self._connection.exec_driver_sql(statement, (first, *rest))
        return list(result)
