"""A sale costs the same few statements whatever the number of its lines."""

from __future__ import annotations

import pytest

from app.domain.auth.roles import Role
from tests.fixtures.statements import recorded_statements
from tests.fixtures.till import SALES, Till, line

# One to know the caller; one to take the key, one for shop, place and goods; five of the ledger:
# lock and change levels, lock and change values, append movements; levels for the audit row; the
# number; header, lines and tenders; event, audit row, answer.
SALE_WITH_KEY = 16
# Without a key; but the draft is read in three and written in three, header, lines and tenders.
COMPLETION = 17
# It asks for the open period, and for returns of the sale, too, and writes what it pays back.
VOIDING = 19


@pytest.mark.parametrize("lines", [1, 40])
async def test_ringing_up(till: Till, lines: int) -> None:
    goods = [await till.product(f"P{n}", price="1.00", on_hand="1") for n in range(lines)]

    with recorded_statements() as statements:
        answer = await till.sell(*map(line, goods), cash=f"{lines}.00", key="one")

    assert answer.status_code == 201
    assert len(statements) <= SALE_WITH_KEY, "\n".join(statements)


@pytest.mark.parametrize("lines", [1, 40])
async def test_completing_and_voiding_a_draft(till: Till, lines: int) -> None:
    goods = [await till.product(f"P{n}", price="1.00", on_hand="1") for n in range(lines)]
    draft = (await till.draft(*map(line, goods))).json()
    tenders = [{"kind": "cash", "amount": f"{lines}.00"}]

    with recorded_statements() as completing:
        done = await till.post(f"/{draft['id']}/complete", {"tenders": tenders})
    with recorded_statements() as voiding:
        undone = await till.post(f"/{draft['id']}/void", role=Role.MANAGER)

    assert (done.status_code, undone.status_code) == (200, 200)
    assert len(completing) <= COMPLETION, "\n".join(completing)
    assert len(voiding) <= VOIDING, "\n".join(voiding)


async def test_reading(till: Till) -> None:
    product = await till.product("P", on_hand="9")
    sale = (await till.sell(line(product), line(product, "2"), cash="30.00")).json()

    with recorded_statements() as listing:
        await till.http.get(SALES, headers=till.headers(Role.VIEWER))
    with recorded_statements() as reading:
        await till.get(f"/{sale['id']}")

    assert len(listing) == 2  # the caller, the page
    assert len(reading) == 5  # the caller, the header, the lines, the tenders, what came back
