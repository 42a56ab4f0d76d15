"""The checks of counts find nothing in a healthy shop, and each kind of damage by its name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.application.services import Services
from app.domain.common.identifiers import MovementId, StocktakeId
from app.domain.inventory.locations import ADJUSTMENT_ID, MAIN_ID
from app.infrastructure.db.tables.foundation import audit_log, document_counters
from app.infrastructure.db.tables.inventory import stock_levels, stock_movements
from app.infrastructure.db.tables.stocktakes import (
    stocktake_entries,
    stocktake_lines,
    stocktakes,
)
from tests.fixtures.counting import Counter, row
from tests.fixtures.till import Json

GUARDED = ("stocktakes", "stocktake_lines", "stocktake_entries", "stock_movements", "audit_log")
STRAY = MovementId(int=1)


async def busy_day(counter: Counter) -> tuple[Json, Json]:
    """Counts in every state, with goods sold beyond the books, and one told late."""
    till = counter.till
    tea, rope = await till.product("TEA"), await till.product("ROPE")
    await counter.receive(tea, "10")
    await counter.sold(rope, "2", oversell=True)
    open_count = await counter.open()
    await counter.count(open_count, row(tea, "3"))
    reviewed = await counter.open()
    await counter.count(reviewed, row(tea, "4"))
    assert (await counter.step(reviewed, "review")).is_success
    first = await counter.posted(row(tea, "8"), row(rope, "5"))
    (line, *_) = await counter.lines(first)
    at = datetime.fromisoformat(line["counted_at"]) - timedelta(microseconds=1)
    await counter.sold(rope, "1", at=at)
    last = await counter.posted(row(tea, "7"))
    return first, last


async def damaged(counter: Counter, *statements: Any) -> None:
    """Do what the guards of the tables would refuse."""
    async with counter.till.stock.engine.begin() as connection:
        await connection.run_sync(_drop_guards)
        for statement in statements:
            await connection.execute(statement)


def _drop_guards(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        for table in GUARDED:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    for (name,) in triggers.all():
        if any(table in name for table in GUARDED):
            connection.execute(text(f"DROP TRIGGER {name}"))


async def findings(services: Services) -> set[str]:
    found = await services.verifier.verify()
    return {check.name for check in found.checks if check.findings}


async def test_healthy_shop_has_none(counter: Counter, services: Services) -> None:
    await busy_day(counter)

    assert await findings(services) == set()


async def test_each_damage_is_found(counter: Counter, services: Services) -> None:
    _, posted = await busy_day(counter)
    last = StocktakeId.parse(posted["id"])
    lines = stocktake_lines.c.stocktake_id == last
    line = next(r for r in await counter.till.rows(stocktake_lines) if r["stocktake_id"] == last)
    moved = next(r for r in await counter.till.rows(stock_movements) if r["document_id"] == last)
    level = stock_levels.c.product_id == line["product_id"]
    later = line["counted_at"] + timedelta(seconds=1)
    stray = dict(moved) | {"id": STRAY, "line_id": STRAY, "value_minor": 0,
                           "source_id": ADJUSTMENT_ID, "target_id": MAIN_ID}  # fmt: skip
    other = stock_movements.c.id == moved["id"]

    def set_line(**columns: object) -> Any:
        return update(stocktake_lines).where(lines).values(columns)

    damages: list[tuple[Any, Any, set[str]]] = [
        (
            set_line(counted=type(line["counted"])(8000), variance=0),
            set_line(counted=line["counted"], variance=line["variance"]),
            {"stocktake_books", "stocktake_variances"},
        ),
        (
            set_line(counted_at=later),
            set_line(counted_at=line["counted_at"]),
            {"stocktake_levels", "stocktake_entries"},
        ),
        (
            set_line(posted_at=None),
            set_line(posted_at=line["posted_at"]),
            {"stocktake_levels", "stocktake_rows", "stocktake_variances",
             "orphan_movements_stocktake"},
        ),
        (
            update(stock_levels).where(level).values(counted_at=None),
            update(stock_levels).where(level).values(counted_at=line["counted_at"]),
            {"stocktake_levels"},
        ),
        (
            update(document_counters).where(document_counters.c.series == "ST").values(last=3),
            update(document_counters).where(document_counters.c.series == "ST").values(last=2),
            {"stocktake_numbers"},
        ),
        (
            update(stock_movements).where(other).values(document_kind="adjustment"),
            update(stock_movements).where(other).values(document_kind="stocktake"),
            {"stocktake_movements", "stocktake_variances", "orphan_movements_adjustment"},
        ),
        (
            insert(stock_movements).values(stray),
            delete(stock_movements).where(stock_movements.c.id == STRAY),
            {"orphan_movements_stocktake", "stock_levels", "valuation_quantities",
             "stocktake_books"},
        ),
        (
            update(audit_log).where(audit_log.c.object_id == last).values(action="stocktake.x"),
            update(audit_log).where(audit_log.c.object_id == last)
            .values(action="stocktake.posted"),
            {"stocktake_audit"},
        ),
    ]  # fmt: skip
    for damage, repair, expected in damages:
        await damaged(counter, damage)
        assert await findings(services) == expected
        await damaged(counter, repair)
    assert await findings(services) == set()


async def test_the_database_keeps_what_is_over(counter: Counter) -> None:
    first, _ = await busy_day(counter)
    posted = StocktakeId.parse(first["id"])
    of_posted = stocktake_lines.c.stocktake_id == posted
    before = {
        table.name: await counter.till.rows(table)
        for table in (stocktakes, stocktake_lines, stocktake_entries)
    }
    refused = [
        update(stocktakes).where(stocktakes.c.id == posted).values(note="other"),
        update(stocktakes).where(stocktakes.c.status == "counting").values(blind=True),
        delete(stocktakes),
        update(stocktake_lines).where(of_posted).values(book=0),
        delete(stocktake_lines),
        update(stocktake_entries).values(client_id="x"),
        delete(stocktake_entries),
    ]
    for statement in refused:
        with pytest.raises(DBAPIError, match="never"):
            async with counter.till.stock.engine.begin() as connection:
                await connection.execute(statement)
    async with counter.till.stock.engine.connect() as connection:
        for table in (stocktakes, stocktake_lines, stocktake_entries):
            rows = (await connection.execute(select(table))).mappings().all()
            assert rows == before[table.name]
