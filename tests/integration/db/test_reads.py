"""A read that cannot be served now says so, and never looks like a fault of the program."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from app.domain.common.errors import Busy
from app.infrastructure.db.reads import Reads
from tests.fixtures.databases import Database


@pytest.fixture
async def reads(database: Database) -> AsyncIterator[Reads]:
    """One connection, which nobody waits for longer than this."""
    engine = create_async_engine(database.url, pool_size=1, max_overflow=0, pool_timeout=0.01)
    yield Reads(engine)
    await engine.dispose()


async def test_a_full_pool_is_busy(reads: Reads) -> None:
    async with reads.connection() as held:
        with pytest.raises(Busy, match="No database connection was to be had"):
            async with reads.snapshot():
                pytest.fail("There was no second connection.")

        assert await held.scalar(text("SELECT 1")) == 1


async def test_a_statement_that_is_cut_off_is_busy(reads: Reads, database: Database) -> None:
    if database.dialect != "postgres":
        pytest.skip("SQLite has no limit on a statement's time.")

    async def sleep() -> None:
        async with reads.connection() as connection:
            await connection.execute(text("SET statement_timeout = 1"))
            await connection.execute(text("SELECT pg_sleep(60)"))

    with pytest.raises(Busy):
        await sleep()


async def test_a_wrong_statement_stays_a_fault(reads: Reads, database: Database) -> None:
    with pytest.raises(DBAPIError, match="no_such_table"):
        async with reads.connection() as connection:
            await connection.execute(text("SELECT 1 FROM no_such_table"))
