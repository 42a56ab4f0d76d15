"""Migrate a database up or down, and tell where it stands.

Every function is synchronous and may be called inside a running event loop or outside one: it does
its work in a thread of its own. Two processes that migrate at once wait for one another: SQLite by
its one writer, Postgres by an advisory lock that lives as long as the connection.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData
from sqlalchemy.engine import make_url

from app.infrastructure.db import tables
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.session import write_engine

FOLDER = Path(__file__).resolve().parents[3] / "alembic"
CONNECTION = "connection"
LOCK_KEY = 0x53746F636B626F6F  # "Stockboo": any number that no other program locks
# A migration that waits long for a lock makes every later query wait behind it.
DDL_LOCK_TIMEOUT_MS = 5000
SQLITE_BUSY_TIMEOUT_MS = 60_000

SEARCHED = ("product", "supplier", "customer")
TEXT_SEARCH = tuple(f"{word}_search" for word in SEARCHED) + tuple(
    f"ix_{word}s_search_text" for word in SEARCHED
)

T = TypeVar("T")


class MigrationFault(Exception):
    """The database was left as it was; the message says why."""


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database up to the revision; does nothing when it is there already."""
    _on_database(url, lambda connection: command.upgrade(_config(connection), revision))


def downgrade(url: str, revision: str) -> None:
    """Bring the database down to the revision; `base` empties it."""
    _on_database(url, lambda connection: command.downgrade(_config(connection), revision))


def current(url: str) -> str | None:
    """Return the revision the database stands at, None when it was never migrated."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return None
    return _on_database(url, _revision_of)


@cache
def head() -> str:
    """Return the newest revision that this program knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise MigrationFault(f"No migrations lie in {FOLDER}.")
    return newest


def revisions() -> list[str]:
    """Return all revisions, the oldest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


def model_metadata() -> MetaData:
    """Return the metadata with the tables of every module loaded."""
    for module in pkgutil.iter_modules(tables.__path__, f"{tables.__name__}."):
        importlib.import_module(module.name)
    return metadata


def run_environment(context: EnvironmentContext, url: str | None) -> None:
    """Do what `alembic/env.py` is for: on the connection that is handed in, else on the URL."""
    connection = context.config.attributes.get(CONNECTION)
    if connection is not None:
        _run(context, connection)
    elif url:
        _on_database(url, lambda opened: _run(context, opened))
    else:
        raise MigrationFault("Name the database: STOCKBOOK_DATABASE_URL or `alembic -x url=…`.")


def _config(connection: Connection | None = None) -> Config:
    if not FOLDER.is_dir():
        raise MigrationFault(f"The migrations are missing: {FOLDER} is no folder.")
    config = Config(attributes={CONNECTION: connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def _revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _on_database(url: str, step: Callable[[Connection], T]) -> T:
    async def connected() -> T:
        engine = write_engine(url, pool_size=1)
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(lambda sync: step(_prepared(sync)))
        finally:
            await engine.dispose()

    with ThreadPoolExecutor(1, thread_name_prefix="migrations") as thread:
        return thread.submit(asyncio.run, connected()).result()


def _prepared(connection: Connection) -> Connection:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET lock_timeout = 0")
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK_KEY})")
        connection.exec_driver_sql(f"SET lock_timeout = {DDL_LOCK_TIMEOUT_MS}")
        connection.commit()
    else:
        # The driver's cursor begins no transaction, and inside one the pragma would do nothing.
        # Rebuilding a table drops the old one, which must not count as deleting what it refers to.
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")
        cursor.close()
    return connection


def _run(context: EnvironmentContext, connection: Connection) -> None:
    on_postgres = connection.dialect.name == "postgresql"
    context.configure(
        connection=connection,
        target_metadata=model_metadata(),
        transactional_ddl=True,
        # Postgres: short locks. SQLite: one writer's transaction from reading the revision to the
        # last step, so that a second process finds everything done.
        transaction_per_migration=on_postgres,
        render_as_batch=not on_postgres,
        compare_server_default=True,
        include_object=_is_modelled,
    )
    with context.begin_transaction():
        context.run_migrations()
        if not on_postgres:
            _check_references(connection)


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        places = sorted({f"{row[0]} → {row[2]}" for row in broken})
        raise MigrationFault(f"References would point nowhere: {', '.join(places)}.")


def _is_modelled(
    _object: Any, name: str | None, _kind: str, _reflected: bool, _compared: Any
) -> bool:
    """Leave out what stands behind text search, which each database does in its own way."""
    return not (name or "").startswith(TEXT_SEARCH)
