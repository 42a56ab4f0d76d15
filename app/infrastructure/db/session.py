"""Engines: one for writing, one for reading, on Postgres and on SQLite.

SQLite allows one writer: its write engine has a single connection, so that requests of a process
queue fairly here, and every transaction begins IMMEDIATE, since a deferred one that reads first
and writes later fails at once whatever the busy timeout (SQLITE_BUSY_SNAPSHOT).
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

LEAST_SQLITE = (3, 38, 0)
BUSY_TIMEOUT_MS = 5000
_POSTGRES_LIMITS = {
    "lock_timeout": "4000",
    "statement_timeout": "30000",
    "idle_in_transaction_session_timeout": "30000",
    "timezone": "UTC",
    "jit": "off",
}


class DatabaseTooOld(Exception):
    """The library of the machine lacks what the ledger relies on."""


def write_engine(url: str, *, pool_size: int, synchronous: str = "FULL") -> AsyncEngine:
    """Return an engine for units of work."""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url, pool_size=1, synchronous=synchronous, writes=True)
    return _postgres(url, pool_size=pool_size)


def read_engine(url: str, *, pool_size: int) -> AsyncEngine:
    """Return an engine whose connections cannot write."""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url, pool_size=pool_size, synchronous="FULL", writes=False)
    engine = _postgres(url, pool_size=pool_size, read_only=True)
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _postgres(url: str, *, pool_size: int, read_only: bool = False) -> AsyncEngine:
    settings = dict(_POSTGRES_LIMITS)
    if read_only:
        settings["default_transaction_read_only"] = "on"
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args={"server_settings": settings, "timeout": 5},
    )


def _sqlite(url: str, *, pool_size: int, synchronous: str, writes: bool) -> AsyncEngine:
    if sqlite3.sqlite_version_info < LEAST_SQLITE:
        raise DatabaseTooOld(f"SQLite 3.38 or newer is needed, found {sqlite3.sqlite_version}.")
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        if writes:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.execute("PRAGMA foreign_keys=ON")
        # INSERT OR REPLACE fires delete triggers only then: the ledger's guards rely on it.
        cursor.execute("PRAGMA recursive_triggers=ON")
        cursor.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        if writes:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
