"""Read access by type: a reader gets a connection that cannot write or commit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.infrastructure.db.constraints import translated


class Reads:
    """A read that waits in vain for a connection, a lock or an answer raises `Busy`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection on which each statement sees its own moment."""
        try:
            async with self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, ConnectionError) as error:
            known = translated(error)
            if known is None:
                raise
            raise known from error

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection on which all statements see the same moment."""
        async with self.connection() as connection:
            if connection.dialect.name == "postgresql":
                await connection.exec_driver_sql(
                    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
                )
            else:
                await connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                await connection.exec_driver_sql("ROLLBACK")
