"""Pages of the ledger: no page costs more than the first, whatever the filter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from app.application.common.paging import Key, PageRequest
from app.application.inventory.queries import MovementFilter, Question
from app.domain.common.identifiers import AdjustmentId, LineId, LocationId, MovementId, ProductId
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import CUSTOMER_ID, MAIN_ID, SUPPLIER_ID
from app.infrastructure.db.readers.movements import SqlMovementReader
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.session import read_engine
from app.infrastructure.db.tables.inventory import stock_movements
from tests.fixtures.databases import Database
from tests.fixtures.plans import Statement, seen_statements
from tests.fixtures.stock import AT, Stock

# Movements are written without levels.
pytestmark = pytest.mark.leaves_damage

MANY = 6_000
PAGE = 50


@dataclass
class Ledger:
    """Thousands of movements of one product, every hundredth at a place of its own."""

    stock: Stock
    reader: SqlMovementReader
    tea: ProductId
    cellar: LocationId

    async def list(self, after: Key | None, **where: Any) -> tuple[Statement, Key | None]:
        with seen_statements("FROM stock_movements") as statements:
            page = await self.reader.movements(
                MovementFilter(**where), page=PageRequest(limit=PAGE, after=after)
            )
        (statement,) = statements
        return statement, page.next_after

    async def explain(self, after: Key | None) -> tuple[Statement, Key | None]:
        question = Question(product_id=self.tea, location_id=MAIN_ID)
        with seen_statements("FROM stock_movements") as statements:
            found = await self.reader.explain(question, page=PageRequest(limit=PAGE, after=after))
        return statements[-1], found.steps.next_after


@pytest.fixture
async def ledger(database: Database, stock: Stock) -> AsyncIterator[Ledger]:
    tea, cellar = await stock.product(), await stock.location("cellar")
    rows = [
        {
            "id": stock.ids.new(MovementId),
            "product_id": tea,
            "source_id": SUPPLIER_ID if number % 2 else MAIN_ID,
            "target_id": cellar if number % 100 == 1 else MAIN_ID if number % 2 else CUSTOMER_ID,
            "quantity": Quantity.of(1),
            "kind": "receipt" if number % 2 else "sale",
            "value_minor": 100,
            "document_kind": "adjustment",
            "document_id": stock.ids.new(AdjustmentId),
            "line_id": stock.ids.new(LineId),
            "generation": 0,
            "occurred_at": AT + timedelta(seconds=number // 7),
            "recorded_at": AT + timedelta(seconds=number // 7),
        }
        for number in range(MANY)
    ]
    async with stock.engine.begin() as connection:
        await connection.execute(insert(stock_movements), rows)
        await connection.execute(text("ANALYZE"))
    engine = read_engine(database.url, pool_size=2)
    yield Ledger(stock, SqlMovementReader(Reads(engine)), tea, cellar)
    await engine.dispose()


@pytest.mark.case("PAG-03")
@pytest.mark.parametrize("filtered", ["none", "product", "main", "cellar"])
async def test_a_page_is_read_off_an_index(ledger: Ledger, filtered: str) -> None:
    where: dict[str, Any] = {
        "none": {},
        "product": {"product_id": ledger.tea},
        "main": {"location_id": MAIN_ID},
        "cellar": {"location_id": ledger.cellar},
    }[filtered]

    first, following = await ledger.list(None, **where)
    second, _ = await ledger.list(following, **where)

    for statement in (first, second):
        plan = await statement.plan(ledger.stock.engine)
        assert "Seq Scan on stock_movements" not in plan, plan
        assert "SCAN stock_movements\n" not in plan + "\n", plan
        assert "count(" not in statement.text


@pytest.mark.case("PAG-04")
@pytest.mark.parametrize("filtered", ["none", "main", "explain"])
async def test_a_page_far_down_costs_what_the_second_costs(ledger: Ledger, filtered: str) -> None:
    async def ask(after: Key | None) -> tuple[Statement, Key | None]:
        if filtered == "explain":
            return await ledger.explain(after)
        return await ledger.list(after, **({"location_id": MAIN_ID} if filtered == "main" else {}))

    _, cursor = await ask(None)
    near, cursor = await ask(cursor)
    for _ in range(MANY // PAGE - 10):
        far, cursor = await ask(cursor)

    assert cursor is not None
    engine = ledger.stock.engine
    near_steps, far_steps = await near.steps(engine), await far.steps(engine)
    # A page of Postgres may lie on one more block of the index.
    assert far_steps <= near_steps * 1.2 + 2, (near_steps, far_steps)
