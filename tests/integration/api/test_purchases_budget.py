"""A purchase costs the same few statements whatever the number of its lines."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from app.domain.common.identifiers import LineId
from app.domain.common.quantity import Quantity
from app.infrastructure.db.tables.purchases import purchase_lines
from tests.fixtures.plans import seen_statements
from tests.fixtures.purchasing import Buyer, back, came, ordered
from tests.fixtures.statements import recorded_statements

# The caller; the supplier; shop, place and goods; what the supplier sells; header and lines; audit
# row.
DRAFT = 9
# The caller; the order in two; the supplier; shop and place; levels are opened; the number; lines
# and header; event and audit row.
ORDER = 12
# The caller; the key; the order in two; shop and place; the delivery note; shop and quarantine; the
# goods; seven of the ledger: open, lock and change levels, open, lock and change values, append
# movements; what lies where now; the number; header and lines of the receipt; of the order the
# lines, what came of them and the header; events, audit rows, answer.
RECEIPT_WITH_KEY = 27
# The caller; the order in two, what came of it; shop and place for two places; five of the ledger;
# what lies where now; the number; what went back, in two; header and lines; the order; event and
# audit row.
RETURN = 22
# The caller; the order in two; lines and header; event and audit row.
CLOSING = 7

ENOUGH = 20_000
EXPECTED = "purchase_lines.outstanding > 0"


@pytest.mark.parametrize("lines", [1, 40])
async def test_every_step(buyer: Buyer, lines: int) -> None:
    goods = [await buyer.product(f"P{n}") for n in range(lines)]
    supplier = await buyer.supplier()

    with recorded_statements() as drafting:
        draft = await buyer.draft(supplier, *(ordered(each, "3", "1.00") for each in goods))
    with recorded_statements() as ordering:
        placed = await buyer.step(draft, "order")
    arrived = [came(draft, "1", n, rejected="1") for n in range(lines)]
    with recorded_statements() as receiving:
        receipt = await buyer.received(draft, *arrived, key="one", reference="A1")
    with recorded_statements() as returning:
        returned = await buyer.give_back(draft, *(back(receipt, "1", n) for n in range(2 * lines)))
    with recorded_statements() as closing:
        closed = await buyer.step(draft, "close", {})

    assert (placed.status_code, returned.status_code, closed.status_code) == (200, 201, 200)
    assert len(drafting) <= DRAFT, "\n".join(drafting)
    assert len(ordering) <= ORDER, "\n".join(ordering)
    assert len(receiving) <= RECEIPT_WITH_KEY, "\n".join(receiving)
    assert len(returning) <= RETURN, "\n".join(returning)
    assert len(closing) <= CLOSING, "\n".join(closing)


async def test_the_second_delivery_costs_what_the_first_costs(buyer: Buyer) -> None:
    tea = await buyer.product("TEA")
    order = await buyer.order(await buyer.supplier(), ordered(tea, "9", "1.00"))

    with recorded_statements() as first:
        await buyer.received(order, came(order, "1"), reference="A1")
    with recorded_statements() as second:
        await buyer.received(order, came(order, "1"), reference="A2")

    assert len(second) == len(first)


@pytest.mark.leaves_damage
async def test_what_is_expected_is_read_off_the_index_of_what_is_expected(buyer: Buyer) -> None:
    """However much came in the years before: the index holds only lines that expect something."""
    tea = await buyer.product("TEA")
    await buyer.order(await buyer.supplier(), ordered(tea, "9", "1.00"))
    await came_long_ago(buyer, ENOUGH)
    await buyer.analyze()

    for path in (f"/products/{tea['id']}/stock", "/inventory/stock", "/inventory/levels"):
        with seen_statements(EXPECTED) as statements:
            answer = await buyer.get(path)
        assert answer.status_code == 200, answer.text
        assert statements, path
        for statement in statements:
            plan = await statement.plan(buyer.engine)
            assert "ix_purchase_lines_outstanding" in plan, plan
            assert "SCAN purchase_lines" not in plan, plan
            assert "Seq Scan on purchase_lines" not in plan, plan


async def came_long_ago(buyer: Buyer, lines: int) -> None:
    """Write lines of the same product of which all came straight into the table."""
    [row] = await buyer.rows(purchase_lines)
    all_came = dict(row) | {"received": row["ordered"], "outstanding": Quantity(0)}
    rows = [
        all_came | {"id": buyer.ids.new(LineId), "position": position}
        for position in range(2, lines + 2)
    ]
    async with buyer.engine.begin() as connection:
        await connection.execute(insert(purchase_lines), rows)
