"""Requests that come twice or all at once: sold once, and never more than there is."""

from __future__ import annotations

import asyncio

import pytest
from httpx2 import Response
from sqlalchemy import func, select, text

from app.domain.auth.roles import Role
from app.infrastructure.db.tables.foundation import idempotency_keys
from app.infrastructure.db.tables.sales import sales
from tests.fixtures.people import PEOPLE
from tests.fixtures.till import Till, line


def replayed(answer: Response) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


class TestOneKey:
    @pytest.mark.case("SAL-05")
    async def test_sent_again_it_gets_the_same_sale(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")

        first = await till.sell(line(tea), cash="10.00", key="K")
        after = await till.footprint()
        again = await till.sell(line(tea), cash="10.00", key="K")

        assert (first.status_code, again.status_code) == (201, 201)
        assert (replayed(first), replayed(again)) == (False, True)
        assert again.content == first.content
        assert await till.footprint() == after

    @pytest.mark.case("SAL-05")
    async def test_answer_that_was_never_read_is_given_again(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")

        cut_off = asyncio.create_task(till.sell(line(tea), cash="10.00", key="K"))
        while not await count(till):
            pass  # asking the database gives the sale its turn
        cut_off.cancel()
        await asyncio.gather(cut_off, return_exceptions=True)
        again = await till.sell(line(tea), cash="10.00", key="K")

        assert (again.status_code, replayed(again)) == (201, True)
        assert await count(till) == 1
        assert await till.on_hand(tea) == "8.000"

    @pytest.mark.case("SAL-05")
    async def test_with_another_body_it_is_refused(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        await till.sell(line(tea), cash="10.00", key="K")
        after = await till.footprint()

        other = await till.sell(line(tea, "2"), cash="20.00", key="K")

        assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
        assert await till.footprint() == after

    @pytest.mark.case("SAL-05")
    async def test_while_the_first_is_at_work_it_is_told_to_come_back(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        scope = f"{PEOPLE[Role.CASHIER].user_id} POST /api/v1/sales"

        async with till.stock.engine.begin() as first:
            if till.stock.engine.dialect.name == "postgresql":
                await first.execute(text("SET LOCAL lock_timeout = 0"))
            await first.execute(
                idempotency_keys.insert().values(
                    scope=scope, key="K", fingerprint=b"", created_at=func.now()
                )
            )
            twin = await till.sell(line(tea), cash="10.00", key="K")
            await first.rollback()

        # SQLite has one writer: the twin cannot even look whether the key is taken.
        on_postgres = till.stock.engine.dialect.name == "postgresql"
        expected = (409, "idempotency_in_progress") if on_postgres else (503, "busy")
        assert (twin.status_code, twin.json()["code"]) == expected
        assert twin.headers["Retry-After"] == "1"
        retried = await till.sell(line(tea), cash="10.00", key="K")
        assert (retried.status_code, replayed(retried)) == (201, False)

    @pytest.mark.case("SAL-05")
    async def test_counts_for_its_sender_and_route_alone(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")

        cashiers = await till.sell(line(tea), cash="10.00", key="K")
        managers = await till.sell(line(tea), cash="10.00", key="K", role=Role.MANAGER)
        void = await till.post(
            f"/{cashiers.json()['id']}/void", role=Role.MANAGER, Idempotency_Key="K"
        )

        assert [replayed(answer) for answer in (cashiers, managers, void)] == [False] * 3
        assert cashiers.json()["id"] != managers.json()["id"]
        assert void.json()["status"] == "voided"

    async def test_what_was_refused_may_be_tried_again(self, till: Till) -> None:
        tea = await till.product("TEA")

        refused = await till.sell(line(tea), cash="10.00", key="K")
        await till.stock.receive(tea, "1", 5_00)
        done = await till.sell(line(tea), cash="10.00", key="K")

        assert (refused.status_code, done.status_code) == (409, 201)

    @pytest.mark.case("INV-05")
    async def test_ten_at_once_make_one_sale(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="50")
        jam = await till.product("JAM", on_hand="50")

        answers = await asyncio.gather(
            *(till.sell(line(tea, "2"), line(jam), cash="30.00", key="K") for _ in range(10))
        )

        assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
        assert sorted(replayed(answer) for answer in answers) == [False] + [True] * 9
        assert await count(till) == 1
        assert len(await till.stock.movements()) == 2 + 2


@pytest.mark.case("INV-01")
async def test_last_unit_is_sold_once(till: Till) -> None:
    tea = await till.product("TEA", on_hand="1")

    answers = await asyncio.gather(*(till.sell(line(tea), cash="10.00") for _ in range(20)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["code"] for problem in refused} == {"insufficient_stock"}
    assert {problem["shortages"][0]["available"] for problem in refused} == {"0.000"}
    assert await till.on_hand(tea) == "0.000"
    assert len(await till.stock.movements()) == 1 + 1
    assert await count(till) == 1


async def count(till: Till) -> int:
    async with till.stock.engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(sales)) or 0)
