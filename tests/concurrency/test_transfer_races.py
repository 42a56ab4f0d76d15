"""Transfers race: the last goods leave once, and nothing in transit becomes two things."""

from __future__ import annotations

import asyncio

import pytest

from app.application.services import Services
from app.domain.auth.roles import Role
from tests.fixtures.till import Till
from tests.fixtures.transferring import Van, of

ROUNDS = 12


async def drifts(services: Services) -> list[str]:
    # The goods of these tests came in without a document.
    verification = await services.verifier.verify()
    found = [check.name for check in verification.checks if check.findings]
    return [name for name in found if name != "orphan_movements_adjustment"]


@pytest.mark.parametrize("through_transit", [True, False])
async def test_the_last_goods_leave_once(
    till: Till, van: Van, services: Services, through_transit: bool
) -> None:
    tea = await till.product("TEA", on_hand="10", value_minor=33_33)

    answers = await asyncio.gather(
        *(van.send(of(tea, "3"), through_transit=through_transit) for _ in range(5))
    )

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 2
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"insufficient_stock"}
    numbers = sorted(a.json()["number"][-6:] for a in answers if a.status_code == 201)
    assert numbers == ["000001", "000002", "000003"]
    there = "transit" if through_transit else "B"
    assert await van.lies(tea) == {"A": "1.000", there: "9.000"}
    assert await drifts(services) == []


async def test_no_more_arrives_than_was_sent(till: Till, van: Van, services: Services) -> None:
    tea = await till.product("TEA", on_hand=str(10 * ROUNDS), value_minor=33_33)
    for number in range(ROUNDS):
        sent = await van.sent(of(tea, "10"))
        parts = [{"received": "4"}, {"rejected": "4"}, {"received": "2", "rejected": "2"}]

        answers = await asyncio.gather(*(van.receive(sent, part) for part in parts))

        assert sorted(answer.status_code for answer in answers) == [200, 200, 409]
        (refused,) = [a.json() for a in answers if a.status_code == 409]
        assert refused["code"] == "exceeds_transit"
        assert refused["lines"][0]["in_transit"] == "2.000"
        (line,) = (await van.get(f"/{sent['id']}")).json()["lines"]
        assert line["in_transit"] == "2.000"
        assert (await van.lies(tea))["transit"] == f"{2 * (number + 1)}.000"
    assert await till.on_hand(tea) == f"{10 * ROUNDS}.000"
    assert await drifts(services) == []


async def test_what_is_under_way_arrives_is_lost_or_goes_back(
    till: Till, van: Van, services: Services
) -> None:
    tea = await till.product("TEA", on_hand=str(ROUNDS), value_minor=33_33)
    ends = set()
    for number in range(ROUNDS):
        sent = await van.sent(of(tea, "1"))
        asking = [
            van.step(sent, "receive"),
            van.step(sent, "cancel"),
            van.step(sent, "close", {"reason": "loss"}, role=Role.MANAGER),
        ]

        answers = await asyncio.gather(*asking[number % 3 :], *asking[: number % 3])

        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        (done,) = [a.json() for a in answers if a.status_code == 200]
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {
            "wrong_transfer_status"
        }
        ends.add(done["status"])
        if done["status"] == "cancelled":
            # The goods are here again, so that the next round has as many as this one.
            assert "transit" not in await van.lies(tea)
    assert len(ends) > 1
    assert await drifts(services) == []
