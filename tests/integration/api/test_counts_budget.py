"""A count costs the same few statements whatever the number of its rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.common.identifiers import ProductId
from app.domain.inventory.locations import ADJUSTMENT_ID, MAIN_ID
from app.infrastructure.db.tables.inventory import stock_movements
from tests.fixtures.counting import Counter, row
from tests.fixtures.statements import recorded_statements

# The caller; shop and place; head and rows; shop, place and totals for the answer; event and audit.
OPENING = 11
# The caller; head; products, held and new; entries; what holds now, before and after.
RECORDING = 15
# The caller; head; rows; shop and place; levels, what moved since and what is drawn; who differs;
# rows and head; shop, place and totals; event and audit.
REVIEWING = 17
# As reviewing; sales that wait; opening, locking, changing and marking levels; the same of values;
# movements; the number; rows and head; events and audit.
POSTING = 28
# A late sale looks for the count, opens the value that comes in, and appends to it, once for all.
LATE = 2


async def goods(counter: Counter, number: int) -> list[ProductId]:
    found = [await counter.till.product(f"P{n}") for n in range(number)]
    moves = (counter.till.stock.moves_in(product, "5", 10_00) for product in found)
    await counter.till.stock.post(*moves)
    return found


@pytest.mark.parametrize("rows", [1, 40])
async def test_from_opening_to_posting(counter: Counter, rows: int) -> None:
    products = await goods(counter, rows)

    with recorded_statements() as opening:
        count = await counter.open()
    with recorded_statements() as recording:
        await counter.count(count, *(row(product, "4") for product in products))
    with recorded_statements() as reviewing:
        assert (await counter.step(count, "review")).is_success
    with recorded_statements() as posting:
        posted = (await counter.step(count, "post")).json()

    assert posted["totals"]["differing"] == rows
    assert len(opening) <= OPENING, "\n".join(opening)
    assert len(recording) <= RECORDING, "\n".join(recording)
    assert len(reviewing) <= REVIEWING, "\n".join(reviewing)
    assert len(posting) <= POSTING, "\n".join(posting)


async def test_only_what_is_late_looks_for_counts(counter: Counter) -> None:
    (tea,) = await goods(counter, 1)
    await counter.posted(row(tea, "9"))

    with recorded_statements() as plain:
        await counter.sold(tea)
    with recorded_statements() as late:
        await counter.sold(tea, at=datetime.now(UTC) - timedelta(hours=1))

    assert not any("stocktake" in statement for statement in plain), "\n".join(plain)
    assert len(late) <= len(plain) + LATE, "\n".join(late)
    moved = [r for r in await counter.till.rows(stock_movements) if r["reason"] == "late"]
    assert [(r["source_id"], r["target_id"]) for r in moved] == [(ADJUSTMENT_ID, MAIN_ID)]
