"""Batches of a till that was offline: each sale for itself, each once, and beyond the stock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import Response

from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId
from app.domain.inventory.locations import CUSTOMER_ID, DISCREPANCY_ID, MAIN_ID
from app.infrastructure.db.tables.inventory import stock_movements
from app.infrastructure.db.tables.sales import sales
from tests.fixtures.till import SALES, Json, Till, line

NOW = datetime.now(UTC)
YESTERDAY = (NOW - timedelta(days=1)).date()


def moment(minute: int = 0) -> str:
    return f"{YESTERDAY}T12:{minute:02}:00Z"


def told(
    client_id: str, *lines: Json, cash: str = "10.00", register: str = "till-2", **members: object
) -> Json:
    """A sale that took place yesterday, paid in cash."""
    complete = {"tenders": [{"kind": "cash", "amount": cash}], "occurred_at": moment()}
    return {
        "register": register,
        "client_id": client_id,
        "lines": list(lines),
        "complete": complete,
        **members,
    }


async def send(
    till: Till, *batch: object, role: Role = Role.CASHIER, key: str | None = None
) -> Response:
    headers = till.headers(role, key=key)
    return await till.http.post(f"{SALES}/batch", json={"sales": list(batch)}, headers=headers)


def outcomes(answer: Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [result["outcome"] for result in answer.json()["results"]]


async def test_sales_count_when_they_took_place_in_the_order_told(till: Till) -> None:
    tea = await till.product("TEA", on_hand="9", value_minor=27_00)

    answer = await send(
        till, told("b", line(tea), client_number="T2-7"), told("a", line(tea, "2"), cash="20.00")
    )

    first, second = await till.rows(sales)
    assert answer.json() == {
        "created": 2,
        "already_there": 0,
        "failed": 0,
        "results": [
            {
                "register": "till-2",
                "client_id": client_id,
                "outcome": "created",
                "sale_id": str(row["id"]),
                "number": f"S-{YESTERDAY.year}-00000{number}",
                "needs_attention": False,
                "problem": None,
            }
            for client_id, row, number in (("b", first, 1), ("a", second, 2))
        ],
    }
    sale = (await till.get(f"/{first['id']}")).json()
    assert (sale["register"], sale["client_id"], sale["client_number"]) == ("till-2", "b", "T2-7")
    assert sale["occurred_at"] == sale["posted_at"] == moment()
    assert await till.on_hand(tea) == "6.000"


@pytest.mark.case("SAL-05")
class TestAgain:
    async def test_the_same_batch_changes_nothing(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        batch = [told(str(number), line(tea), client_number=f"T-{number}") for number in range(3)]
        first = await send(till, *batch)
        before = await till.footprint()

        again = await send(till, *batch)
        part = await send(till, batch[1], told("new", line(tea)), batch[1])

        assert outcomes(again) == ["already_there"] * 3
        assert [r["sale_id"] for r in again.json()["results"]] == [
            r["sale_id"] for r in first.json()["results"]
        ]
        assert outcomes(part) == ["already_there", "created", "already_there"]
        after = await till.footprint()
        assert (after["sales"], after["movements"]) == (4, before["movements"] + 1)

    async def test_a_sale_written_in_another_way_is_the_same(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        sale = told("a", line(tea), currency=None)
        sale["complete"]["occurred_at"] = f"{YESTERDAY}T14:00:00+02:00"
        assert outcomes(await send(till, sale)) == ["created"]

        assert outcomes(await send(till, told("a", line(tea, "1.000")))) == ["already_there"]

    async def test_other_content_fails_and_changes_nothing(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        sale = told("a", line(tea))
        await send(till, sale)
        before = await till.footprint()
        paid = {"tenders": [{"kind": "cash", "amount": "50.00"}], "occurred_at": moment()}

        answer = await send(
            till,
            told("a", line(tea, "2"), cash="20.00"),
            sale | {"client_number": "T-1"},
            sale | {"complete": paid},
            sale,
        )

        assert outcomes(answer) == ["failed"] * 3 + ["already_there"]
        assert answer.json()["results"][0]["problem"] == {
            "status": 409,
            "code": "client_id_reused",
            "title": "The client id stands for another sale",
            "detail": f"It stands for the sale S-{YESTERDAY.year}-000001.",
            "errors": [],
        }
        assert await till.footprint() == before

    async def test_a_client_id_is_that_of_its_register(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")

        both = [told("a", line(tea), register=register) for register in ("till-1", "till-2")]

        assert outcomes(await send(till, *both)) == ["created", "created"]

    async def test_two_devices_that_tell_at_once_make_each_sale_once(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        jam = await till.product("JAM", on_hand="9")
        batch = [
            told(str(number), line(product), client_number=f"T-{number}")
            for number, product in enumerate([tea, jam, tea])
        ]

        answers = await asyncio.gather(*(send(till, *batch) for _ in range(4)))

        made = [outcomes(answer) for answer in answers]
        for results in zip(*made, strict=True):
            assert sorted(results) == ["already_there"] * 3 + ["created"]
        assert [row["sequence"] for row in await till.rows(sales)] == [1, 2, 3]
        assert (await till.on_hand(tea), await till.on_hand(jam)) == ("7.000", "8.000")

    async def test_with_a_key_the_answer_is_given_again(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")

        first = await send(till, told("a", line(tea)), key="k")
        again = await send(till, told("a", line(tea)), key="k")
        other = await send(till, told("b", line(tea)), key="k")

        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.content == first.content
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
        assert len(await till.rows(sales)) == 1


class TestBeyondTheStock:
    async def test_what_was_sold_is_taken_and_marked(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="2", value_minor=6_00)

        answer = await send(till, told("a", line(tea, "5"), cash="50.00"))

        [result] = answer.json()["results"]
        assert (result["outcome"], result["needs_attention"]) == ("created", True)
        assert [
            (row["source_id"], row["target_id"], str(row["quantity"]), row["value_minor"])
            for row in (await till.rows(stock_movements))[1:]
        ] == [
            (MAIN_ID, CUSTOMER_ID, "2.000", 6_00),
            (DISCREPANCY_ID, CUSTOMER_ID, "3.000", 9_00),
        ]  # fmt: skip
        [listed] = (await till.get(needs_attention="true")).json()["items"]
        assert listed["id"] == result["sale_id"]

    async def test_is_for_those_who_sell(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="2")

        refused = await send(till, told("a", line(tea)), role=Role.CLERK)

        assert refused.status_code == 403
        assert await till.rows(sales) == []


class TestFaults:
    async def test_a_bad_sale_stops_no_other(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        nothing = ProductId(int=99)
        ahead = told("ahead", line(tea))
        ahead["complete"]["occurred_at"] = (NOW + timedelta(days=1)).isoformat()

        answer = await send(
            till,
            told("1", line(tea)),
            told("unknown", line(nothing)),
            told("unpaid", line(tea), cash="9.99"),
            ahead,
            told("2", line(tea)),
        )

        assert outcomes(answer) == ["created", "failed", "failed", "failed", "created"]
        found = [result["problem"] for result in answer.json()["results"]]
        assert [
            (p["status"], p["code"], [fault["pointer"] for fault in p["errors"]])
            for p in found if p
        ] == [
            (422, "unknown_reference", ["/lines/0/product_id"]),
            (422, "tender_mismatch", ["/complete/tenders"]),
            (422, "invalid_value", ["/complete/occurred_at"]),
        ]  # fmt: skip
        assert [row["sequence"] for row in await till.rows(sales)] == [1, 2]

    async def test_a_problem_is_told_as_of_the_sale_alone(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="2")
        unpaid = told("a", line(tea), cash="9.99")

        [result] = (await send(till, unpaid)).json()["results"]
        alone = (await till.draft(*unpaid["lines"], complete=unpaid["complete"])).json()

        assert result["problem"]["difference"] == {"amount": "0.01", "currency": "EUR"}
        faults = [
            {name: fault[name] for name in fault if name != "source"} for fault in alone["errors"]
        ]
        told_alone = {name: alone[name] for name in alone if name not in ("type", "trace_id")}
        assert result["problem"] == told_alone | {"errors": faults}

    async def test_a_sale_that_cannot_be_read_fails_by_itself(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        odd = told("odd", line(tea, "many"), colour="red")

        answer = await send(till, odd, 5, {"register": 7}, told("1", line(tea)))

        assert outcomes(answer) == ["failed", "failed", "failed", "created"]
        results = answer.json()["results"]
        assert [(r["register"], r["client_id"]) for r in results] == [
            ("till-2", "odd"),
            (None, None),
            (None, None),
            ("till-2", "1"),
        ]
        assert {result["problem"]["code"] for result in results[:3]} == {"invalid_request"}
        assert {fault["pointer"] for fault in results[0]["problem"]["errors"]} == {
            "/lines/0/quantity",
            "/colour",
        }

    async def test_a_number_of_the_till_stands_for_one_sale(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")

        answer = await send(
            till,
            told("1", line(tea), client_number="T-1"),
            told("2", line(tea), client_number="T-1"),
            told("3", line(tea), client_number="T-1", register="till-3"),
        )

        assert outcomes(answer) == ["created", "failed", "created"]
        problem = answer.json()["results"][1]["problem"]
        assert (problem["code"], [fault["pointer"] for fault in problem["errors"]]) == (
            "already_exists",
            ["/client_number"],
        )
        assert await till.on_hand(tea) == "7.000"

    @pytest.mark.parametrize("batch", [[], [{}] * 201])
    async def test_has_1_to_200_sales(self, till: Till, batch: list[Json]) -> None:
        refused = await send(till, *batch)

        assert refused.status_code == 422
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/sales"]


class TestOnline:
    async def test_one_sale_may_name_register_and_number(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        named = {"register": "till-2", "client_number": "T2-1"}

        sold_ = await till.sell(line(tea), cash="10.00", **named)
        twice = await till.sell(line(tea), cash="10.00", **named)
        nowhere = await till.sell(line(tea), cash="10.00", client_number="T2-2")

        assert (sold_.json()["register"], sold_.json()["client_number"]) == ("till-2", "T2-1")
        assert (twice.status_code, twice.json()["code"]) == (409, "already_exists")
        assert (nowhere.status_code, nowhere.json()["code"]) == (422, "invalid_request")
        assert [fault["pointer"] for fault in nowhere.json()["errors"]] == ["/client_number"]
        assert await till.on_hand(tea) == "8.000"
