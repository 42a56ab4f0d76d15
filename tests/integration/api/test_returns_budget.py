"""A return costs the same few statements whatever the number of its lines."""

from __future__ import annotations

import pytest

from app.domain.auth.roles import Role
from tests.fixtures.returning import RETURNS, Desk, back
from tests.fixtures.statements import recorded_statements
from tests.fixtures.till import Till, line

# One to know the caller; one to take the key; three for the sale; shop and place; what returns
# hold; two for the room; seven of the ledger: open, lock and change levels, open, lock and change
# values, append movements; what was refunded; the number; header, lines and refunds; event, audit
# row, answer.
RETURN_WITH_KEY = 24
# The caller; the return in three; the room and the ledger; costs and header; event and audit row.
RECEIPT = 17
# The caller; return and sale in three each; the shop; what was refunded; the number; header and
# refunds; event and audit row.
REFUND = 14


@pytest.mark.parametrize("lines", [1, 40])
async def test_taking_back(till: Till, desk: Desk, lines: int) -> None:
    goods = [await till.product(f"P{n}", price="1.00", on_hand="1") for n in range(lines)]
    sale = (await till.sell(*map(line, goods), cash=f"{lines}.00")).json()

    with recorded_statements() as statements:
        answer = await desk.take(sale, *(back(sale, n) for n in range(lines)), key="one")

    assert answer.status_code == 201
    assert len(statements) <= RETURN_WITH_KEY, "\n".join(statements)


@pytest.mark.parametrize("lines", [1, 40])
async def test_receiving_and_refunding(till: Till, desk: Desk, lines: int) -> None:
    goods = [await till.product(f"P{n}", price="1.00", on_hand="1") for n in range(lines)]
    sale = (await till.sell(*map(line, goods), cash=f"{lines}.00")).json()
    document = (await desk.ask(sale, *(back(sale, n) for n in range(lines)))).json()
    assert (await desk.step(document, "approve")).status_code == 200

    with recorded_statements() as receiving:
        received = await desk.step(document, "receive")
    with recorded_statements() as refunding:
        refunded = await desk.step(document, "refund")

    assert (received.status_code, refunded.status_code) == (200, 200)
    assert len(receiving) <= RECEIPT, "\n".join(receiving)
    assert len(refunding) <= REFUND, "\n".join(refunding)


async def test_reading(till: Till, desk: Desk) -> None:
    product = await till.product("P", on_hand="9")
    sale = (await till.sell(line(product), line(product, "2"), cash="30.00")).json()
    taken = (await desk.take(sale, back(sale))).json()

    with recorded_statements() as listing:
        await till.http.get(RETURNS, headers=till.headers(Role.VIEWER))
    with recorded_statements() as reading:
        await desk.get(f"/{taken['id']}")

    assert len(listing) == 2  # the caller, the page
    assert len(reading) == 4  # the caller, the header, the lines, the refunds
