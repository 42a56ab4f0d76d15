"""`stockbook verify`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.cli.main import app
from app.domain.common.identifiers import ProductId
from app.domain.inventory.locations import MAIN_ID
from app.infrastructure.db.session import write_engine
from tests.fixtures.app import SECRET
from tests.fixtures.databases import Database
from tests.fixtures.stock import Stock


@pytest.fixture
def environment(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    """The settings of the program as an operator gives them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STOCKBOOK_ENV", "test")
    monkeypatch.setenv("STOCKBOOK_DATABASE_URL", database.url)
    monkeypatch.setenv("STOCKBOOK_SECRET_KEY", SECRET)
    return database


def verify() -> Result:
    return CliRunner().invoke(app, ["verify"])


def test_a_healthy_shop_ends_with_0(environment: Database) -> None:
    result = verify()

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].startswith("The books add up: ")
    assert result.stderr == ""


@pytest.mark.leaves_damage("stock_levels")
def test_a_drift_is_told_and_ends_with_1(environment: Database) -> None:
    async def tamper() -> ProductId:
        engine = write_engine(environment.url, pool_size=1)
        tea = await Stock(engine).product()
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO stock_levels (product_id, location_id, on_hand)"
                    " SELECT p.id, l.id, 1500 FROM products p, locations l WHERE l.code = 'main'"
                )
            )
        await engine.dispose()
        return tea

    tea = asyncio.run(tamper())

    result = verify()

    assert result.exit_code == 1
    assert (
        f"stock_levels: product_id {tea}, location_id {MAIN_ID}: 0.000 expected, 1.500 found"
        in result.stdout.splitlines()
    )
    assert result.stderr == "The books do not add up: see above.\n"
