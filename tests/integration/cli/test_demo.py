"""`stockbook demo`: what it makes, that it adds up, and where it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from app.application.services import Services
from app.bootstrap import open_services
from app.cli.demo.goods import articles
from app.cli.main import app
from app.domain.catalog.barcode import is_gtin
from app.infrastructure.db.session import read_engine
from app.infrastructure.db.tables.auth import users
from app.infrastructure.db.tables.catalog import categories, products
from app.infrastructure.db.tables.inventory import stock_movements
from app.infrastructure.db.tables.sales import sales
from tests.fixtures.app import settings_for
from tests.fixtures.commands import variables
from tests.fixtures.databases import Database

T = TypeVar("T")
LAST_DAY = ["--last-day", "2026-03-14"]


@pytest.fixture
def shop(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A migrated, empty database that the settings name."""
    monkeypatch.chdir(tmp_path)
    for name, value in variables(database.url, tmp_path).items():
        monkeypatch.setenv(name, value)
    return database


def test_the_articles_are_distinct_and_their_numbers_valid() -> None:
    found = list(articles())

    assert len(found) == 111
    assert len({article.sku for article in found}) == 111
    assert len({article.barcode for article in found}) == 111
    assert all(is_gtin(article.barcode) for article in found)
    assert {article.barcode[:2] for article in found} == {"20"}


def test_three_days_of_trade_add_up_and_are_the_same_each_time(
    shop: Database, tmp_path: Path
) -> None:
    ended = CliRunner().invoke(app, ["demo", *LAST_DAY])

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "Products: 111",
        "Deliveries: 7",
        "Sales of 2026-03-12: 40",
        "Sales of 2026-03-13: 40",
        "Sales of 2026-03-14: 40",
        "The demo shop is ready.",
    ]
    assert asyncio.run(_figures(shop)) == {
        "users": 0,
        "categories": 22,
        "products": 111,
        "sales": {"completed": 119, "voided": 1},
        "first": "2026-03-12",
        "last": "2026-03-14",
        "taken": 278744,
        "movements": 448,
    }
    assert _with_services(shop, tmp_path, _is_clean)


def test_a_database_that_holds_anything_is_refused(shop: Database) -> None:
    first = CliRunner().invoke(app, ["demo", *LAST_DAY])
    before = asyncio.run(_figures(shop))

    second = CliRunner().invoke(app, ["demo", *LAST_DAY])

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert second.stderr == (
        "A demo shop is only made in an empty database; this one holds something. (not_empty)\n"
    )
    assert asyncio.run(_figures(shop)) == before


def test_a_database_that_was_never_migrated_is_refused(
    empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in variables(empty_database.url, tmp_path).items():
        monkeypatch.setenv(name, value)

    ended = CliRunner().invoke(app, ["demo"])

    assert ended.exit_code == 1
    assert ended.stderr == "The database was never migrated: run `stockbook migrate` first.\n"


def test_a_file_of_its_own_is_made_whole_and_left_without_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in variables("sqlite+aiosqlite:///elsewhere.db", tmp_path).items():
        monkeypatch.setenv(name, value)

    ended = CliRunner().invoke(app, ["demo", "--database", "demo.db", *LAST_DAY])

    assert ended.exit_code == 0
    assert [path.name for path in tmp_path.glob("*.db*")] == ["demo.db"]


def _with_services(database: Database, folder: Path, ask: Callable[[Services], Awaitable[T]]) -> T:
    async def asked() -> T:
        async with open_services(settings_for(database, folder)) as services:
            return await ask(services)

    return asyncio.run(asked())


async def _is_clean(services: Services) -> bool:
    return (await services.verifier.verify()).is_clean


async def _figures(database: Database) -> dict[str, object]:
    engine = read_engine(database.url, pool_size=1)
    async with engine.connect() as connection:
        counts = {
            table.name: await connection.scalar(select(func.count()).select_from(table))
            for table in (users, categories, products)
        }
        by_status = select(sales.c.status, func.count()).group_by(sales.c.status)
        when = sales.c.occurred_at
        first, last, taken = (
            await connection.execute(
                select(func.min(when), func.max(when), func.sum(sales.c.total_minor))
            )
        ).one()
        moved = await connection.scalar(select(func.count()).select_from(stock_movements))
        statuses = dict((await connection.execute(by_status)).all())
    await engine.dispose()
    return {
        **counts,
        "sales": statuses,
        "first": _day(first),
        "last": _day(last),
        "taken": int(taken or 0),
        "movements": moved,
    }


def _day(instant: datetime) -> str:
    return instant.date().isoformat()
