"""Deliveries and supplier returns race each other: the second sees what the first one left."""

from __future__ import annotations

import asyncio

import pytest

from app.application.services import Services
from app.domain.auth.roles import Role
from tests.fixtures.goods import Json
from tests.fixtures.purchasing import Buyer, back, came, ordered

ROUNDS = 15
ROLES = (Role.CLERK, Role.MANAGER, Role.ADMIN)


async def drifts(services: Services) -> list[str]:
    verification = await services.verifier.verify()
    return [check.name for check in verification.checks if check.findings]


async def goods_of(buyer: Buyer) -> tuple[Json, Json]:
    return await buyer.supplier(over_receipt_percent="10"), await buyer.product("TEA")


@pytest.mark.case("PUR-02")
async def test_no_more_comes_than_was_ordered_and_its_tolerance(
    buyer: Buyer, services: Services
) -> None:
    supplier, tea = await goods_of(buyer)
    for _ in range(ROUNDS):
        purchase = await buyer.order(supplier, ordered(tea, "10", "1"))

        answers = await asyncio.gather(
            *(buyer.receive(purchase, came(purchase, "5", rejected="1"), role=r) for r in ROLES)
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        refused = [answer.json() for answer in answers if answer.status_code == 409]
        assert {(each["code"], each["lines"][0]["receivable"]) for each in refused} == {
            ("over_receipt", "5.000")
        }
        assert (await buyer.read(purchase))["lines"][0]["received"] == "6.000"
    assert await drifts(services) == []


async def test_a_delivery_note_is_received_once(buyer: Buyer, services: Services) -> None:
    """Of two orders, whose headers do not make one wait for the other."""
    supplier, tea = await goods_of(buyer)
    for number in range(ROUNDS):
        orders = [await buyer.order(supplier, ordered(tea, "10", "1")) for _ in range(2)]

        answers = await asyncio.gather(
            *(buyer.receive(each, came(each, "1"), reference=f"LS {number}") for each in orders)
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409]
        (refused,) = [answer.json() for answer in answers if answer.status_code == 409]
        assert refused["code"] == "delivery_already_received"
    assert (await buyer.stock(tea))["on_hand"] == f"{ROUNDS}.000"
    assert await drifts(services) == []


async def test_the_last_piece_goes_back_once(buyer: Buyer, services: Services) -> None:
    supplier, tea = await goods_of(buyer)
    for _ in range(ROUNDS):
        purchase = await buyer.order(supplier, ordered(tea, "3", "1"))
        receipt = await buyer.received(purchase, came(purchase, "3"))

        answers = await asyncio.gather(
            *(buyer.give_back(purchase, back(receipt, "2"), role=role) for role in ROLES)
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        refused = [answer.json() for answer in answers if answer.status_code == 409]
        assert {(each["code"], each["lines"][0]["remaining"]) for each in refused} == {
            ("return_exceeds_receipt", "1.000")
        }
    assert await drifts(services) == []


async def test_an_order_is_received_or_cancelled(buyer: Buyer, services: Services) -> None:
    supplier, tea = await goods_of(buyer)
    ends = set()
    for number in range(ROUNDS):
        purchase = await buyer.order(supplier, ordered(tea, "3", "1"))
        asking = [buyer.receive(purchase, came(purchase, "1")), buyer.step(purchase, "cancel")]

        first, second = await asyncio.gather(*asking[:: 1 if number % 2 else -1])

        received, cancelled = (first, second) if number % 2 else (second, first)
        assert cancelled.status_code == 200
        status = (await buyer.read(purchase))["status"]
        ends.add((received.status_code, status))
    assert ends <= {(201, "closed"), (409, "cancelled")}
    assert (await buyer.stock(tea))["incoming"] == "0.000"
    assert await drifts(services) == []
