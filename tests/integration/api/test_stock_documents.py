"""Openings, goods receipts and adjustments: what they move, and what they refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import select

from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId
from app.domain.inventory.locations import (
    ADJUSTMENT_ID,
    CUSTOMER_ID,
    MAIN_ID,
    OPENING_ID,
    SUPPLIER_ID,
)
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.inventory import stock_documents, stock_movements
from tests.fixtures.people import SignIn
from tests.fixtures.statements import recorded_statements
from tests.fixtures.stock import Stock
from tests.fixtures.till import KILOGRAM, Till

RECEIPTS = "/api/v1/inventory/receipts"
OPENINGS = "/api/v1/inventory/openings"
ADJUSTMENTS = "/api/v1/inventory/adjustments"


@dataclass
class StoreRoom:
    """Posts stock documents as a clerk."""

    http: AsyncClient
    headers: dict[str, str]

    async def post(self, path: str, **body: Any) -> Response:
        return await self.http.post(path, json=body, headers=self.headers)

    async def receive(self, *lines: dict[str, Any], **head: Any) -> Response:
        return await self.post(RECEIPTS, lines=list(lines), **head)

    async def adjust(self, *lines: dict[str, Any], **head: Any) -> Response:
        return await self.post(ADJUSTMENTS, **{"lines": list(lines), "reason": "damage"} | head)


@pytest.fixture
async def room(client: AsyncClient, sign_in: SignIn) -> StoreRoom:
    return StoreRoom(client, sign_in(Role.CLERK))


def costed(product: ProductId, quantity: str, unit_cost: str) -> dict[str, Any]:
    return {"product_id": str(product), "quantity": quantity, "unit_cost": unit_cost}


def change(product: ProductId, by: str, **more: Any) -> dict[str, Any]:
    return {"product_id": str(product), "change": by, **more}


async def documents(stock: Stock) -> list[Any]:
    return list(await stock._all(select(stock_documents.c.id)))


async def assert_nothing_happened(stock: Stock) -> None:
    assert await documents(stock) == []
    assert await stock.movements() == []
    assert await stock._all(select(outbox.c.id)) == []


class TestReceipts:
    async def test_goods_come_in_at_their_cost(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea, rice = await till.product("TEA"), await till.product("RICE", unit=KILOGRAM)

        answer = await room.receive(
            costed(tea, "3", "1.333333"),
            costed(rice, "0.250", "8"),
            supplier="Hill & Sons",
            reference="DN 77",
        )

        assert answer.status_code == 201
        body = answer.json()
        assert answer.headers["Location"] == f"{RECEIPTS}/{body['id']}"
        assert body["number"].startswith("R-")
        assert body["number"].endswith("-000001")
        assert body["supplier"] == "Hill & Sons"
        assert body["reference"] == "DN 77"
        assert body["value"] == {"amount": "6.00", "currency": "EUR"}
        assert [
            (line["sku"], line["change"], line["unit_cost"]["amount"], line["value"]["amount"])
            for line in body["lines"]
        ] == [("TEA", "3.000", "1.333333", "4.00"), ("RICE", "0.250", "8.00", "2.00")]
        assert await stock.levels() == {(tea, MAIN_ID): "3.000", (rice, MAIN_ID): "0.250"}
        assert await stock.holdings() == {tea: ("3.000", 400), rice: ("0.250", 200)}
        assert await stock.movements() == [
            (tea, SUPPLIER_ID, MAIN_ID, "3.000", 400),
            (rice, SUPPLIER_ID, MAIN_ID, "0.250", 200),
        ]
        again = await room.http.get(answer.headers["Location"], headers=room.headers)
        assert again.json() == body
        listed = await room.http.get(RECEIPTS, headers=room.headers)
        assert [item["number"] for item in listed.json()["items"]] == [body["number"]]

    @pytest.mark.case("INV-14")
    async def test_the_cost_of_a_whole_line_is_kept_to_the_minor_unit(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA")
        line = {"product_id": str(tea), "quantity": "24", "line_cost": "27.98"}

        body = (await room.receive(line)).json()

        assert body["lines"][0]["value"]["amount"] == "27.98"
        assert body["lines"][0]["unit_cost"]["amount"] == "1.165833"
        assert await stock.holdings() == {tea: ("24.000", 2798)}
        await room.adjust(change(tea, "-24"))
        assert await stock.holdings() == {tea: ("0.000", 0)}

    async def test_numbers_have_no_gap_after_a_refusal(self, room: StoreRoom, till: Till) -> None:
        tea = await till.product("TEA")

        numbers = [(await room.receive(costed(tea, "1", "1"))).json()["number"]]
        assert (await room.receive(costed(tea, "0", "1"))).status_code == 422
        numbers.append((await room.receive(costed(tea, "1", "1"))).json()["number"])

        assert [number[-6:] for number in numbers] == ["000001", "000002"]

    async def test_the_same_key_receives_once(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA")
        room.headers["Idempotency-Key"] = "delivery-1"

        first = await room.receive(costed(tea, "5", "1"))
        second = await room.receive(costed(tea, "5", "1"))

        assert second.json() == first.json()
        assert second.headers["Idempotency-Replayed"] == "true"
        assert await stock.levels() == {(tea, MAIN_ID): "5.000"}
        assert len(await documents(stock)) == 1

    async def test_an_audit_row_holds_before_and_after(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA", on_hand="2", value_minor=200)

        await room.receive(costed(tea, "3", "1"))

        (row,) = await stock._all(
            select(audit_log.c.changes, audit_log.c.note).where(
                audit_log.c.action == "goods_receipt.posted"
            )
        )
        assert row[0] == {"TEA": {"before": "2.000", "after": "5.000"}}
        assert row[1]["location"] == "main"
        (event,) = await stock._all(select(outbox.c.name, outbox.c.payload))
        assert event[0] == "goods_receipt.posted"
        assert "cost" not in str(event[1])


class TestRefusals:
    async def test_every_bad_line_is_named(self, room: StoreRoom, stock: Stock, till: Till) -> None:
        tea = await till.product("TEA")
        fee = await till.product("FEE", tracks_stock=False)

        answer = await room.receive(costed(tea, "0.5", "1"), costed(fee, "1", "1"))

        assert answer.status_code == 422
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
            ("/lines/0/quantity", "invalid_value"),
            ("/lines/1/product_id", "not_stocked"),
        ]
        await assert_nothing_happened(stock)

    async def test_an_unknown_product_is_named(self, room: StoreRoom, stock: Stock) -> None:
        answer = await room.receive(costed(stock.ids.new(ProductId), "1", "1"))

        assert answer.status_code == 422
        assert answer.json()["code"] == "unknown_reference"
        assert answer.json()["errors"][0]["pointer"] == "/lines/0/product_id"
        await assert_nothing_happened(stock)

    @pytest.mark.parametrize("location", [CUSTOMER_ID, OPENING_ID])
    async def test_a_virtual_location_holds_no_goods(
        self, room: StoreRoom, stock: Stock, till: Till, location: object
    ) -> None:
        tea = await till.product("TEA")

        answer = await room.receive(costed(tea, "1", "1"), location_id=str(location))

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/location_id"
        await assert_nothing_happened(stock)

    async def test_both_costs_or_none_are_refused(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA")
        bare = {"product_id": str(tea), "quantity": "1"}

        for line in (bare, bare | {"unit_cost": "1", "line_cost": "1"}):
            answer = await room.receive(line)
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == "/lines/0"
        await assert_nothing_happened(stock)

    async def test_a_value_beyond_counting_is_refused(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA")

        answer = await room.receive(costed(tea, "9999999999", "999999999"))

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/lines/0/unit_cost"
        await assert_nothing_happened(stock)

    async def test_a_time_to_come_is_refused(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA")

        answer = await room.receive(costed(tea, "1", "1"), occurred_at="2999-01-01T00:00:00Z")

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/occurred_at"
        await assert_nothing_happened(stock)


class TestOpenings:
    async def test_goods_come_into_the_books(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA")

        answer = await room.post(OPENINGS, lines=[costed(tea, "7", "2.50")])

        assert answer.status_code == 201
        assert answer.json()["number"].startswith("O-")
        assert await stock.movements() == [(tea, OPENING_ID, MAIN_ID, "7.000", 1750)]
        # A document is found only among those of its kind.
        other = f"{RECEIPTS}/{answer.json()['id']}"
        assert (await room.http.get(other, headers=room.headers)).status_code == 404


class TestAdjustments:
    @pytest.mark.case("INV-13")
    async def test_a_loss_leaves_a_movement_with_actor_reason_and_time(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA", on_hand="10", value_minor=1000)

        answer = await room.adjust(change(tea, "-3"), reason="theft", note="Back door open")

        assert answer.status_code == 201
        assert await stock.levels() == {(tea, MAIN_ID): "7.000"}
        assert (await stock.movements())[-1] == (tea, MAIN_ID, ADJUSTMENT_ID, "3.000", 300)
        columns = stock_movements.c
        (movement,) = await stock._all(
            select(columns.user_id, columns.reason, columns.document_kind, columns.recorded_at)
            .where(columns.kind == "adjustment")
            .where(columns.reason.is_not(None))
        )
        assert str(movement[0]) == answer.json()["user_id"]
        assert movement[1:3] == ("theft", "adjustment")
        assert movement[3] is not None
        (row,) = await stock._all(
            select(audit_log.c.user_id, audit_log.c.changes, audit_log.c.note).where(
                audit_log.c.action == "adjustment.posted"
            )
        )
        assert str(row[0]) == answer.json()["user_id"]
        assert row[1] == {"TEA": {"before": "10.000", "after": "7.000"}}
        assert (row[2]["reason"], row[2]["note"]) == ("theft", "Back door open")

    @pytest.mark.case("INV-13")
    async def test_a_refused_loss_leaves_no_movement(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA", on_hand="2", value_minor=200)
        before = await stock.movements()

        assert (await room.adjust(change(tea, "-3"))).status_code == 409

        assert await stock.movements() == before
        assert await documents(stock) == []

    @pytest.mark.case("INV-16")
    @pytest.mark.parametrize("with_location", [False, True])
    async def test_bounds_of_a_change(
        self, room: StoreRoom, stock: Stock, till: Till, with_location: bool
    ) -> None:
        tea = await till.product("TEA", on_hand="4", value_minor=400)
        place = {"location_id": str(MAIN_ID)} if with_location else {}

        one_less = await room.adjust(change(tea, "-1"), **place)
        nothing = await room.adjust(change(tea, "0"), **place)
        too_much = await room.adjust(change(tea, "-4"), **place)

        assert one_less.status_code == 201
        assert (await stock.movements())[-1] == (tea, MAIN_ID, ADJUSTMENT_ID, "1.000", 100)
        assert nothing.status_code == 422
        assert nothing.json()["errors"][0]["pointer"] == "/lines/0/change"
        assert too_much.status_code == 409
        assert too_much.json()["code"] == "insufficient_stock"
        assert too_much.json()["shortages"] == [
            {
                "product_id": str(tea),
                "location_id": str(MAIN_ID),
                "requested": "4.000",
                "available": "3.000",
            }
        ]
        assert await stock.levels() == {(tea, MAIN_ID): "3.000"}
        assert len(await documents(stock)) == 1

    async def test_what_is_found_comes_in_at_the_average_or_at_its_cost(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA", on_hand="4", value_minor=1000)

        await room.adjust(change(tea, "2"), reason="found")
        assert await stock.holdings() == {tea: ("6.000", 1500)}
        await room.adjust(change(tea, "1", unit_cost="9"), reason="found")
        assert await stock.holdings() == {tea: ("7.000", 2400)}

    async def test_goods_that_leave_have_no_cost_of_their_own(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA", on_hand="4", value_minor=1000)

        answer = await room.adjust(change(tea, "-1", unit_cost="9"))

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/lines/0/unit_cost"
        assert await documents(stock) == []

    async def test_another_reason_needs_a_note(
        self, room: StoreRoom, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA", on_hand="4", value_minor=1000)

        answer = await room.adjust(change(tea, "-1"), reason="other")

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/note"
        assert await documents(stock) == []


class TestBudget:
    """The same few statements for one line and for a hundred."""

    async def test_of_a_receipt(self, room: StoreRoom, stock: Stock) -> None:
        products = [await stock.product(f"P{number}") for number in range(100)]
        await room.receive(costed(products[0], "1", "1"))

        counts = []
        for lines in (1, 100):
            with recorded_statements() as statements:
                answer = await room.receive(*(costed(p, "1", "1") for p in products[:lines]))
            assert answer.status_code == 201
            counts.append(len(statements))

        # Session, shop, place, goods; seven of the ledger; levels after; number, document, lines;
        # event and audit row.
        assert counts == [17, 17]


class TestCosts:
    async def test_are_shown_only_to_those_who_may_see_them(
        self, room: StoreRoom, till: Till, sign_in: SignIn
    ) -> None:
        tea = await till.product("TEA")
        receipt = (await room.receive(costed(tea, "3", "1.50"))).json()
        viewer = sign_in(Role.VIEWER)

        shown = (await room.http.get(f"{RECEIPTS}/{receipt['id']}", headers=viewer)).json()
        assert shown["value"] is None
        assert shown["lines"][0]["unit_cost"] is None
        assert shown["lines"][0]["value"] is None

    @pytest.mark.parametrize("path", [RECEIPTS, OPENINGS, ADJUSTMENTS])
    async def test_a_viewer_posts_nothing(
        self, client: AsyncClient, stock: Stock, till: Till, sign_in: SignIn, path: str
    ) -> None:
        tea = await till.product("TEA")
        body = {"lines": [costed(tea, "1", "1")]}

        answer = await client.post(path, json=body, headers=sign_in(Role.VIEWER))

        assert answer.status_code == 403
        await assert_nothing_happened(stock)
