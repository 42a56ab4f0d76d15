"""Orders that lack goods, and orders that walk at random: stock is always what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import update

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.quantity import Quantity
from app.infrastructure.db.tables.reservations import stock_reservations
from app.infrastructure.db.tables.sales import sales
from tests.fixtures.ordering import (
    CASH,
    available,
    drifts,
    edit,
    fulfilling,
    order,
    states,
)
from tests.fixtures.till import Json, Till, line


class TestAttention:
    async def test_goods_that_are_gone_leave_the_newest_order_short(
        self, till: Till, services: Services
    ) -> None:
        tea = await till.product("TEA", on_hand="6")
        first, second = await order(till, line(tea, "3")), await order(till, line(tea, "3"))

        lost = await till.http.post(
            "/api/v1/inventory/adjustments",
            json={"reason": "damage", "lines": [{"product_id": str(tea), "change": "-2"}]},
            headers=till.headers(Role.MANAGER),
        )

        assert lost.status_code == 201, lost.text
        short = (await till.get(f"/{second['id']}")).json()
        assert (short["needs_attention"], states(short)) == (
            True,
            [("3.000", "1.000", "0.000")],
        )
        assert not (await till.get(f"/{first['id']}")).json()["needs_attention"]
        for wanted, found in (("true", [second["id"]]), ("false", [first["id"]])):
            listed = (await till.get(needs_attention=wanted)).json()["items"]
            assert [one["id"] for one in listed] == found
            assert [one["needs_attention"] for one in listed] == [wanted == "true"]
        assert await drifts(services) == set()

        refused = await till.post(f"/{second['id']}/complete", {"tenders": CASH})
        assert (refused.status_code, refused.json()["shortages"][0]["available"]) == (409, "1.000")
        await till.stock.receive(tea, "2", 0)
        kept = await till.post(f"/{second['id']}/confirm")
        assert (kept.status_code, kept.json()["needs_attention"]) == (200, False)
        assert await drifts(services) == set()

    async def test_time_that_is_over_leaves_it_short(self, till: Till, services: Services) -> None:
        tea = await till.product("TEA", on_hand="3")
        soon = datetime.now(UTC) + timedelta(seconds=2)
        sale = await order(till, line(tea, "3"), reserved_until=soon.isoformat())
        await expire(till)

        short = (await till.get(f"/{sale['id']}")).json()
        assert (short["needs_attention"], states(short)) == (True, [("3.000", "0.000", "0.000")])
        assert await available(till, tea) == ("3.000", "0.000", "3.000")
        assert (await till.sell(line(tea), cash="10.00")).status_code == 201
        assert await drifts(services) == set()
        refused = await till.post(f"/{sale['id']}/complete", {"tenders": CASH})
        assert (refused.status_code, refused.json()["shortages"][0]["available"]) == (409, "2.000")
        fewer = (await edit(till, short, "2")).json()
        assert states(fewer) == [("2.000", "0.000", "0.000")]
        done = await till.post(f"/{sale['id']}/complete", {"tenders": CASH})
        assert done.status_code == 200, done.text
        assert await available(till, tea) == ("0.000", "0.000", "0.000")
        assert await drifts(services) == set()


async def expire(till: Till) -> None:
    """Let the time of every reservation and order be over."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with till.stock.engine.begin() as connection:
        await connection.execute(
            update(stock_reservations)
            .where(stock_reservations.c.expires_at.is_not(None))
            .values(expires_at=past)
        )
        await connection.execute(
            update(sales).where(sales.c.reserved_until.is_not(None)).values(reserved_until=past)
        )


class TestWalk:
    @pytest.mark.case("INV-15")
    @pytest.mark.parametrize("seed", range(2))
    async def test_after_every_step_stock_is_what_the_order_says(
        self, till: Till, services: Services, seed: int
    ) -> None:
        """Movements and reservations of a document always sum to what its state says."""
        dice = Random(seed)
        tea = await till.product("TEA", on_hand="10", value_minor=999)
        sale = (await till.draft(line(tea, "4"))).json()
        for _ in range(20):
            sale = await step(till, sale, dice)
            status, (ordered, kept, left) = sale["status"], states(sale)[0]
            out = {
                "draft": ("0.000", "0.000"),
                "confirmed": (left, subtract(ordered, left)),
                "completed": (ordered, "0.000"),
                "voided": ("0.000", "0.000"),
            }[status]
            on_hand = subtract("10.000", out[0])
            assert await available(till, tea) == (on_hand, out[1], subtract(on_hand, out[1]))
            assert kept == out[1]
            assert await drifts(services) == set()
            if status == "voided":
                sale = (await till.draft(line(tea, "3"))).json()


async def step(till: Till, sale: Json, dice: Random) -> Json:
    """Try one step, possible or not, once or twice, and return the sale as it is then."""
    verb = dice.choice(["confirm", "reopen", "fulfil", "edit", "edit", "complete", "void"])
    if verb == "complete" and dice.random() < 0.7:
        verb = "fulfil"
    for _ in range(dice.choice([1, 2])):
        if verb == "edit":
            answer = await edit(till, sale, str(dice.randint(1, 10)))
        else:
            bodies = {"fulfil": fulfilling(sale, "1"), "complete": {"tenders": CASH}}
            path = f"/{sale['id']}/{verb}"
            answer = await till.post(path, bodies.get(verb), role=Role.MANAGER)
        assert answer.status_code in (200, 409, 412), answer.text
    found: Json = (await till.get(f"/{sale['id']}")).json()
    return found


def subtract(whole: str, part: str) -> str:
    left = Quantity.parse(whole).thousandths - Quantity.parse(part).thousandths
    return str(Quantity(left))
