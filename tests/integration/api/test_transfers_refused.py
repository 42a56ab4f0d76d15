"""Transfers that are refused, the list of them, and what they cost."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.auth.roles import Role
from app.domain.common.identifiers import LocationId, ProductId
from app.domain.inventory.locations import (
    CUSTOMER_ID,
    MAIN_ID,
    SCRAP_ID,
    TRANSIT_ID,
)
from tests.fixtures.statements import recorded_statements
from tests.fixtures.till import Till
from tests.fixtures.till import line as sold_line
from tests.fixtures.transferring import Van, of, tea_on_shelf


class TestRefusals:
    @pytest.mark.parametrize(
        ("ends", "field", "code"),
        [
            ({"to_location_id": str(MAIN_ID)}, "to_location_id", 422),
            ({"to_location_id": str(CUSTOMER_ID)}, "to_location_id", 422),
            ({"to_location_id": str(TRANSIT_ID)}, "to_location_id", 422),
            ({"to_location_id": str(LocationId(int=99))}, "to_location_id", 422),
            ({"from_location_id": str(SCRAP_ID)}, "from_location_id", 422),
            ({"from_location_id": str(TRANSIT_ID)}, "from_location_id", 422),
            ({"from_location_id": str(LocationId(int=99))}, "from_location_id", 422),
        ],
    )
    async def test_ends_hold_goods_and_differ(
        self, till: Till, van: Van, ends: dict[str, str], field: str, code: int
    ) -> None:
        tea = await tea_on_shelf(till)
        before = await van.footprint()

        answer = await van.send(of(tea, "1"), **ends)

        assert answer.status_code == code
        assert [e["pointer"] for e in answer.json()["errors"]] == [f"/{field}"]
        assert await van.footprint() == before

    async def test_every_bad_line_is_named(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)
        fee = await till.product("FEE", tracks_stock=False)
        before = await van.footprint()

        answer = await van.send(of(tea, "0"), of(tea, "0.5"), of(fee, "1"))
        unknown = await van.send(of(till.stock.ids.new(ProductId), "1"))

        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
            ("/lines/0/quantity", "invalid_value"),
            ("/lines/1/quantity", "invalid_value"),
            ("/lines/2/product_id", "not_stocked"),
        ]
        assert unknown.json()["errors"][0]["pointer"] == "/lines/0/product_id"
        assert await van.footprint() == before

    async def test_every_bad_part_is_named(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)
        sent, other = await van.sent(of(tea, "2"), of(tea, "2")), await van.sent(of(tea, "1"))
        before = await van.footprint()

        answer = await van.step(
            sent,
            "receive",
            {
                "lines": [
                    {"line_id": sent["lines"][0]["id"]},
                    {"line_id": sent["lines"][1]["id"], "received": "0.5"},
                    {"line_id": other["lines"][0]["id"], "received": "1"},
                ]
            },
        )
        unexplained = await van.receive(sent, {"lost": "1"}, {"received": "1"})
        unsaid = await van.step(sent, "close", {"reason": "other"})

        assert answer.status_code == 422
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
            ("/lines/0", "invalid_value"),
            ("/lines/1/received", "invalid_value"),
            ("/lines/2/line_id", "unknown_reference"),
        ]
        assert [a.json()["errors"][0]["pointer"] for a in (unexplained, unsaid)] == [
            "/reason", "/note",
        ]  # fmt: skip
        assert await van.footprint() == before

    async def test_nothing_is_dated_on_a_closed_day(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)
        sent = await van.sent(of(tea, "4"))
        await till.set_shop(closed_through=date(2026, 10, 31))
        before, day = await van.footprint(), "2026-10-31T12:00:00Z"

        answers = [
            await van.send(of(tea, "1"), occurred_at=day),
            await van.receive(sent, {"received": "1"}, occurred_at=day),
            await van.step(sent, "close", {"reason": "loss", "occurred_at": day}),
            await van.step(sent, "cancel", {"occurred_at": day}),
            await van.scrap(of(tea, "1"), occurred_at=day),
        ]

        assert {(a.status_code, a.json()["code"]) for a in answers} == {(409, "period_closed")}
        assert await van.footprint() == before

    async def test_only_transfers_reach_transit(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)
        await van.sent(of(tea, "4"))
        before = await van.footprint()
        there, clerk = {"location_id": str(TRANSIT_ID)}, till.headers(Role.CLERK)

        answers = [
            await van.scrap(of(tea, "1"), **there),
            await till.http.post(
                "/api/v1/inventory/adjustments",
                json={"lines": [{"product_id": str(tea), "change": "1"}], "reason": "found"}
                | there,
                headers=clerk,
            ),
            await till.draft(sold_line(tea), **there),
            await till.http.post(
                "/api/v1/inventory/reservations",
                json={"lines": [of(tea, "1")], "reference": "Ann", **there},
                headers=clerk,
            ),
        ]

        assert [a.status_code for a in answers] == [422] * 4
        assert {a.json()["errors"][0]["pointer"] for a in answers} == {"/location_id"}
        assert await van.footprint() == before
        url, manager = f"/api/v1/locations/{TRANSIT_ID}", till.headers(Role.MANAGER)
        match = {"If-Match": '"1"'}
        answer = await till.http.patch(url, json={"name": "Road"}, headers=manager | match)
        assert (answer.status_code, answer.json()["code"]) == (409, "virtual_location")


class TestList:
    async def test_by_every_filter(self, till: Till, van: Van) -> None:
        tea, rice = await tea_on_shelf(till), await till.product("RICE", on_hand="5", value_minor=5)
        first = await van.sent(of(tea, "1"))
        second = await van.sent(of(rice, "1"), through_transit=False)
        third = await van.sent(
            of(tea, "1"), from_location_id=str(van.there), to_location_id=str(MAIN_ID),
            through_transit=False,
        ) if (await van.step(first, "receive")).is_success else {}  # fmt: skip
        fourth = await van.sent(of(tea, "1"))

        async def numbers(**where: str) -> list[str]:
            answer = await van.get(**where)
            assert answer.status_code == 200, answer.text
            return [item["number"] for item in answer.json()["items"]]

        every = [each["number"] for each in (fourth, third, second, first)]
        assert await numbers() == every
        assert await numbers(status="in_transit") == every[:1]
        assert await numbers(number=every[2].lower()) == [every[2]]
        assert await numbers(number="nonsense") == []
        assert await numbers(from_location_id=str(van.there)) == [every[1]]
        assert await numbers(to_location_id=str(van.there)) == [every[0], every[2], every[3]]
        assert await numbers(product_id=str(rice)) == [every[2]]
        assert await numbers(since=third["recorded_at"]) == every[:2]
        assert await numbers(until=third["recorded_at"]) == every[2:]
        page = (await van.get(limit="3")).json()
        rest = (await van.get(limit="3", cursor=page["next_cursor"])).json()
        assert [item["number"] for item in (*page["items"], *rest["items"])] == every
        assert rest["next_cursor"] is None
        head = {name: value for name, value in fourth.items() if name != "lines"}
        assert page["items"][0] == head

    async def test_movements_and_explanations_show_the_document(self, till: Till, van: Van) -> None:
        tea = await tea_on_shelf(till)
        sent = await van.sent(of(tea, "4"))
        await van.receive(sent, {"received": "1"})
        headers = till.headers(Role.CLERK)

        moved = await till.http.get(
            "/api/v1/inventory/movements", params={"document_id": sent["id"]}, headers=headers
        )
        explained = await till.http.get(
            f"/api/v1/products/{tea}/stock/explain",
            params={"location_id": str(TRANSIT_ID)},
            headers=headers,
        )

        assert [(m["kind"], m["document_kind"], m["quantity"]) for m in moved.json()["items"]] == [
            ("transfer", "transfer", "1.000"),
            ("transfer", "transfer", "4.000"),
        ]
        assert explained.json()["balance"] == "3.000"
        assert [
            (step["document_kind"], step["document_id"], step["change"])
            for step in explained.json()["items"]
        ] == [("transfer", sent["id"], "-1.000"), ("transfer", sent["id"], "4.000")]

    async def test_what_is_not_there_is_not_found(self, van: Van) -> None:
        missing = {"id": "0" * 26}
        assert (await van.get(f"/{missing['id']}")).status_code == 404
        for verb, body in (("receive", {}), ("close", {"reason": "loss"}), ("cancel", {})):
            assert (await van.step(missing, verb, body)).status_code == 404


class TestBudget:
    """The same few statements for one line and for a hundred."""

    async def test_of_each_step(self, till: Till, van: Van) -> None:
        products = [await till.product(f"P{n}", on_hand="3", value_minor=3) for n in range(100)]
        await van.sent(of(products[0], "1"))

        counts = []
        for lines in (1, 100):
            with recorded_statements() as sending:
                sent = await van.sent(*(of(product, "1") for product in products[:lines]))
            with recorded_statements() as receiving:
                answer = await van.step(sent, "receive")
            assert answer.json()["status"] == "received"
            counts.append((len(sending), len(receiving)))

        assert counts == [counts[0]] * 2
