"""Clean, migrated databases to measure on, removed afterwards."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bench.commands import Run, stockbook
from scripts.postgres_server import start_postgres

SQLITE, POSTGRES = "sqlite", "postgres"


class Shop:
    """A shop that commands work on."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self._given = {
            "STOCKBOOK_ENV": "local",
            "STOCKBOOK_DATABASE_URL": url,
            "STOCKBOOK_SECRET_KEY": secrets.token_urlsafe(48),
            "STOCKBOOK_FILES_DIR": str(folder / "files"),
        }

    def run(self, *arguments: str, may_fail: bool = False) -> Run:
        return stockbook(*arguments, given=self._given, folder=self.folder, may_fail=may_fail)


@contextmanager
def clean_shop(database: str, *, server: str | None) -> Iterator[Shop]:
    """Give a shop in a database of its own; `server` is a Postgres that may create some."""
    with TemporaryDirectory(prefix="stockbook-bench-") as name:
        folder = Path(name)
        if database == SQLITE:
            yield _migrated(Shop(f"sqlite+aiosqlite:///{folder / 'shop.db'}", folder))
        else:
            assert server is not None
            with _database(server) as url:
                yield _migrated(Shop(url, folder))


@contextmanager
def postgres_server(url: str | None, *, wanted: bool) -> Iterator[str | None]:
    """Give the server to use: the one that was named, else one that ends with this program."""
    if url is not None or not wanted:
        yield url
        return
    server = start_postgres(careful=True)
    try:
        yield server.url
    finally:
        server.stop()


def _migrated(shop: Shop) -> Shop:
    shop.run("migrate")
    return shop


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"stockbook_bench_{secrets.token_hex(6)}"
    asyncio.run(_execute(server, f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        asyncio.run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server.replace("+asyncpg", "", 1))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
