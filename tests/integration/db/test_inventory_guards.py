"""The database itself keeps history and refuses what can never be."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.domain.common.errors import HistoryIsKept
from app.domain.inventory.movement import AlreadyApplied
from app.infrastructure.db.constraints import translated
from tests.fixtures.stock import Stock

HISTORY = ("stock_movements", "stock_documents", "stock_document_lines")
CHANGES = {
    "update": "UPDATE {table} SET id = id",
    "delete": "DELETE FROM {table}",
}
ADD_DOCUMENT = """
    INSERT INTO stock_documents
        (id, kind, series, year, sequence, location_id, currency, reason, occurred_at,
        recorded_at)
    SELECT product_id, 'adjustment', 'A', 2026, 1, target_id, 'EUR', 'loss', occurred_at,
        recorded_at
    FROM stock_movements LIMIT 1
"""
ADD_LINE = """
    INSERT INTO stock_document_lines
        (id, document_id, position, product_id, sku, name, unit_code, change, value_minor)
    SELECT id, id, 0, id, 'A1', 'Tea', 'piece', 1, 0 FROM stock_documents
"""


async def refusal(stock: Stock, statement: str) -> BaseException:
    with pytest.raises(IntegrityError) as refused:
        async with stock.engine.begin() as connection:
            await connection.execute(text(statement))
    return refused.value


async def replace_as_a_foreign_program(stock: Stock, table: str) -> None:
    """Such a one may not set recursive_triggers, without which no delete trigger fires."""
    async with stock.engine.connect() as connection:
        await connection.exec_driver_sql("COMMIT")
        await connection.exec_driver_sql("PRAGMA recursive_triggers=OFF")
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
        await connection.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))


async def count(stock: Stock, table: str) -> int:
    async with stock.engine.connect() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


@pytest.fixture
async def history(stock: Stock) -> Stock:
    await stock.receive(await stock.product(), "5", 500)
    async with stock.engine.begin() as connection:
        await connection.execute(text(ADD_DOCUMENT))
        await connection.execute(text(ADD_LINE))
    return stock


@pytest.mark.leaves_damage
class TestHistory:
    @pytest.mark.parametrize("table", HISTORY)
    @pytest.mark.parametrize("change", CHANGES)
    async def test_is_neither_changed_nor_removed(
        self, history: Stock, table: str, change: str
    ) -> None:
        error = await refusal(history, CHANGES[change].format(table=table))

        assert isinstance(translated(error), HistoryIsKept)
        assert await count(history, table) == 1

    @pytest.mark.parametrize("table", HISTORY)
    async def test_is_not_emptied(self, history: Stock, table: str) -> None:
        if history.engine.dialect.name == "sqlite":
            error = await refusal(history, f"DELETE FROM {table} WHERE 1 = 1")
        else:
            error = await refusal(history, f"TRUNCATE {table} CASCADE")

        assert isinstance(translated(error), HistoryIsKept)
        assert await count(history, table) == 1

    @pytest.mark.parametrize("table", HISTORY)
    async def test_is_not_replaced(self, history: Stock, table: str) -> None:
        if history.engine.dialect.name != "sqlite":
            pytest.skip("only SQLite has INSERT OR REPLACE")
        with pytest.raises(IntegrityError) as refused:
            await replace_as_a_foreign_program(history, table)

        assert isinstance(translated(refused.value), HistoryIsKept | AlreadyApplied)

    async def test_an_effect_is_not_replaced_under_another_id(self, history: Stock) -> None:
        if history.engine.dialect.name != "sqlite":
            pytest.skip("only SQLite has INSERT OR REPLACE")
        statement = (
            "INSERT OR REPLACE INTO stock_movements SELECT randomblob(16), product_id, source_id,"
            " target_id, quantity, kind, reason, value_minor, document_kind, document_id, line_id,"
            " generation, reverses_id, user_id, occurred_at, recorded_at FROM stock_movements"
        )

        error = await refusal(history, statement)

        assert isinstance(translated(error), AlreadyApplied)
        assert await count(history, "stock_movements") == 1


@pytest.mark.leaves_damage
class TestLastWall:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE stock_levels SET on_hand = -1",
            "UPDATE product_valuations SET quantity = -1",
            "UPDATE product_valuations SET value_minor = -1",
            "UPDATE product_valuations SET quantity = 0",
        ],
    )
    async def test_stands_before_every_impossible_figure(
        self, history: Stock, statement: str
    ) -> None:
        before = await history.levels(), await history.holdings()

        error = await refusal(history, statement)

        # No customer is at fault here: it is answered as a fault of the program.
        assert translated(error) is None
        assert (await history.levels(), await history.holdings()) == before
