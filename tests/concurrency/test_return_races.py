"""Returns race each other and voids: whoever comes second sees what the first one left."""

from __future__ import annotations

import asyncio

import pytest

from app.application.services import Services
from app.domain.auth.roles import Role
from tests.fixtures.returning import Desk, back
from tests.fixtures.till import Json, Till, line

ROUNDS = 20


async def sold(till: Till, number: int, quantity: str = "1", **members: object) -> Json:
    tea = await till.product(f"TEA-{number}", on_hand=quantity, value_minor=3_33)
    answer = await till.sell(line(tea, quantity), **members)  # type: ignore[arg-type]
    assert answer.status_code == 201, answer.text
    sale: Json = answer.json()
    return sale


async def drifts(services: Services) -> list[str]:
    # The goods of these tests came in without a document.
    verification = await services.verifier.verify()
    found = [check.name for check in verification.checks if check.findings]
    return [name for name in found if name != "orphan_movements_adjustment"]


@pytest.mark.case("RET-01")
async def test_the_last_piece_comes_back_once(till: Till, desk: Desk, services: Services) -> None:
    for number in range(ROUNDS):
        sale = await sold(till, number, "2", cash="20.00")

        answers = await asyncio.gather(
            *(
                desk.take(sale, back(sale, quantity="2"), role=role)
                for role in (Role.CASHIER, Role.MANAGER, Role.ADMIN)
            )
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        refused = [a.json() for a in answers if a.status_code == 409]
        assert {(each["code"], each["lines"][0]["remaining"]) for each in refused} == {
            ("return_exceeds_sale", "0.000")
        }
        shown = (await till.get(f"/{sale['id']}")).json()
        assert (shown["returned"], shown["refunded"]["amount"]) == ("fully", "20.00")
    assert await drifts(services) == []


async def test_a_sale_comes_back_once_by_a_return_or_a_void(
    till: Till, desk: Desk, services: Services
) -> None:
    won = set()
    for number in range(ROUNDS):
        sale = await sold(till, number, cash="10.00")
        asking = [
            desk.take(sale, back(sale)),
            till.post(f"/{sale['id']}/void", role=Role.MANAGER),
        ]

        first, second = await asyncio.gather(*asking[:: 1 if number % 2 else -1])

        returned, voided = (first, second) if number % 2 else (second, first)
        codes = (returned.status_code, voided.status_code)
        won.add(codes)
        if codes == (201, 200):
            assert (voided.json()["returned"], voided.json()["void_refunds"]) == ("fully", [])
        else:
            assert codes == (409, 200)
            assert returned.json()["code"] == "sale_not_returnable"
        levels = (await till.stock.levels()).values()
        assert list(levels) == ["1.000"] * (number + 1)
    assert await drifts(services) == []


async def test_a_tender_is_refunded_once(till: Till, desk: Desk, services: Services) -> None:
    """Two returns were received; both ask for the cash, of which there is enough for one."""
    for number in range(ROUNDS):
        tenders = [{"kind": "card", "amount": "10.00"}, {"kind": "cash", "amount": "10.00"}]
        sale = await sold(till, number, "2", tenders=tenders)
        documents = [(await desk.ask(sale, back(sale))).json() for _ in range(2)]
        for document in documents:
            for verb in ("approve", "receive"):
                assert (await desk.step(document, verb)).status_code == 200
        cash = {"refunds": [{"kind": "cash", "amount": "10.00"}]}

        answers = await asyncio.gather(*(desk.step(each, "refund", cash) for each in documents))

        assert sorted(answer.status_code for answer in answers) == [200, 422]
        (refused,) = [answer.json() for answer in answers if answer.status_code == 422]
        assert refused["code"] == "refund_too_large"
        assert [m["amount"] for m in refused["maximum_refundable"]] == ["10.00", "0.00"]
    assert await drifts(services) == []


async def test_a_return_is_received_or_cancelled(
    till: Till, desk: Desk, services: Services
) -> None:
    for number in range(ROUNDS):
        sale = await sold(till, number, cash="10.00")
        document = (await desk.ask(sale, back(sale))).json()
        assert (await desk.step(document, "approve")).status_code == 200

        answers = await asyncio.gather(
            desk.step(document, "receive"), desk.step(document, "cancel"),
            desk.step(document, "receive", role=Role.ADMIN),
        )  # fmt: skip

        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert await drifts(services) == []
