"""Taking goods back at the till: goods, money and credit note in one call."""

from __future__ import annotations

import pytest

from app.domain.auth.roles import Role
from app.domain.common.identifiers import LocationId
from app.domain.common.money import UnitPrice
from app.domain.inventory.locations import CUSTOMER_ID, MAIN_ID, QUARANTINE_ID, SCRAP_ID
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.inventory import stock_movements
from tests.fixtures.returning import Desk, back
from tests.fixtures.till import Json, Till, line


def eur(amount: str) -> Json:
    return {"amount": amount, "currency": "EUR"}


def tender(kind: str, amount: str) -> Json:
    return {"kind": kind, "amount": amount}


class TestTakeBack:
    async def test_moves_goods_and_money_and_gives_a_number(self, till: Till, desk: Desk) -> None:
        rate = await till.tax_rate(190_000)
        tea = await till.product("TEA", price="11.90", on_hand="10", value_minor=40_00,
                                 tax_rate_id=rate)  # fmt: skip
        sale = (await till.sell(line(tea, "3"), cash="40.00")).json()

        answer = await desk.take(sale, back(sale, quantity="2"), role=Role.MANAGER)

        assert answer.status_code == 201
        taken = answer.json()
        assert answer.headers["ETag"] == '"1"'
        assert answer.headers["Location"] == f"/api/v1/returns/{taken['id']}"
        assert taken["number"] == f"CN-{taken['refunded_at'][:4]}-000001"
        assert (taken["status"], taken["sale_number"]) == ("refunded", sale["number"])
        assert (taken["net"], taken["tax"], taken["total"]) == (
            eur("20.00"), eur("3.80"), eur("23.80"),
        )  # fmt: skip
        assert taken["taxes"] == [
            {"code": "full", "percent": "19.00", "net": eur("20.00"), "tax": eur("3.80"),
             "total": eur("23.80")},
        ]  # fmt: skip
        assert taken["refunds"] == [{"kind": "cash", "amount": eur("23.80"), "reference": None}]
        assert (taken["lines"][0]["cost"], taken["withheld"]) == (eur("8.00"), eur("0.00"))
        assert (await till.stock.movements())[-1] == (tea, CUSTOMER_ID, MAIN_ID, "2.000", 8_00)
        assert await till.on_hand(tea) == "9.000"
        assert (await desk.get(f"/{taken['id']}", role=Role.MANAGER)).json() == taken

    @pytest.mark.case("RET-05")
    async def test_brings_back_one_piece_by_one_movement_of_its_line(
        self, till: Till, desk: Desk
    ) -> None:
        tea = await till.product("TEA", on_hand="10")
        sale = (await till.sell(line(tea), cash="10.00")).json()
        assert await till.on_hand(tea) == "9.000"

        taken = (await desk.take(sale, back(sale))).json()

        assert await till.on_hand(tea) == "10.000"
        moved = [row for row in await till.rows(stock_movements) if row["kind"] == "return"]
        assert [(str(row["document_id"]), str(row["line_id"])) for row in moved] == [
            (taken["id"], taken["lines"][0]["id"])
        ]
        assert taken["lines"][0]["sale_line_id"] == sale["lines"][0]["id"]

    async def test_is_noted_and_told(self, till: Till, desk: Desk) -> None:
        tea = await till.product("TEA", on_hand="1")
        sale = (await till.sell(line(tea), cash="10.00")).json()

        taken = (await desk.take(sale, back(sale), reason="Too small")).json()

        entry = (await till.rows(audit_log))[-1]
        assert (entry["action"], str(entry["object_id"])) == ("return.refunded", taken["id"])
        assert entry["note"] == {
            "number": taken["number"], "sale": sale["number"], "lines": 1, "total": "10.00",
            "withheld": "0.00", "currency": "EUR", "reason": "Too small",
        }  # fmt: skip
        names = [row["name"] for row in await till.rows(outbox)]
        assert names == ["sale.completed", "return.received", "return.refunded"]

    async def test_asked_again_with_the_same_key_is_done_once(self, till: Till, desk: Desk) -> None:
        tea = await till.product("TEA", on_hand="2")
        sale = (await till.sell(line(tea, "2"), cash="20.00")).json()

        answers = [await desk.take(sale, back(sale), key="one") for _ in range(2)]

        assert answers[0].json() == answers[1].json()
        assert answers[1].headers["Idempotency-Replayed"] == "true"
        assert await till.on_hand(tea) == "1.000"

    async def test_of_what_keeps_no_stock_moves_money_only(self, till: Till, desk: Desk) -> None:
        fee = await till.product("FEE", price="3.00", tracks_stock=False, cost_micros=None)
        sale = (await till.sell(line(fee, "2"), cash="6.00")).json()

        taken = (await desk.take(sale, back(sale, disposition="none"), role=Role.MANAGER)).json()

        assert (taken["total"], taken["lines"][0]["cost"]) == (eur("3.00"), None)
        assert await till.stock.movements() == []

    @pytest.mark.case("SAL-06")
    async def test_of_a_product_that_is_changed_and_no_longer_sold(
        self, till: Till, desk: Desk
    ) -> None:
        tea = await till.product("TEA", price="5.00", on_hand="2")
        sale = (await till.sell(line(tea, "2"), cash="10.00")).json()
        await till.change_product(tea, active=False, name="Coffee", price_micros=UnitPrice(1))

        taken = (await desk.take(sale, back(sale))).json()

        assert (taken["lines"][0]["name"], taken["total"]) == ("Product TEA", eur("5.00"))
        assert (await till.get(f"/{sale['id']}/receipt")).status_code == 200

    async def test_needs_the_rights(self, till: Till, desk: Desk) -> None:
        tea = await till.product("TEA", on_hand="2")
        sale = (await till.sell(line(tea, "2"), cash="20.00")).json()
        before = await till.stock.movements()

        for role in (Role.VIEWER, Role.CLERK):
            assert (await desk.take(sale, back(sale), role=role)).status_code == 403
        reduced = await desk.take(sale, back(sale, refund="9.00"))

        assert (reduced.status_code, reduced.json()["code"]) == (403, "permission_denied")
        assert await till.stock.movements() == before
        assert (await desk.take(sale, back(sale), role=Role.CASHIER)).status_code == 201

    async def test_costs_are_shown_to_those_who_may_see_them(self, till: Till, desk: Desk) -> None:
        tea = await till.product("TEA", on_hand="2", value_minor=4_00)
        sale = (await till.sell(line(tea, "2"), cash="20.00")).json()

        taken = (await desk.take(sale, back(sale))).json()
        seen = (await desk.get(f"/{taken['id']}", role=Role.MANAGER)).json()

        assert taken["lines"][0]["cost"] is None
        assert seen["lines"][0]["cost"] == eur("2.00")


class TestDisposition:
    @pytest.mark.case("RET-04")
    async def test_decides_where_each_piece_goes(self, till: Till, desk: Desk) -> None:
        tea = await till.product("TEA", price="5.00", on_hand="10", value_minor=30_00)
        sale = (await till.sell(line(tea, "5"), cash="25.00")).json()

        taken = await desk.take(
            sale,
            back(sale, quantity="2"),
            back(sale, disposition="quarantine"),
            back(sale, disposition="scrap"),
            back(sale, disposition="none"),
        )

        assert taken.status_code == 201
        assert taken.json()["total"] == eur("25.00")
        assert (await till.stock.movements())[2:] == [
            (tea, CUSTOMER_ID, MAIN_ID, "2.000", 6_00),
            (tea, CUSTOMER_ID, QUARANTINE_ID, "1.000", 3_00),
            (tea, CUSTOMER_ID, SCRAP_ID, "1.000", 3_00),
        ]
        shown = await till.http.get(
            f"/api/v1/products/{tea}/stock", headers=till.headers(Role.MANAGER)
        )
        stock = shown.json()
        assert (stock["on_hand"], stock["available"]) == ("8.000", "7.000")
        assert stock["value"] == eur("24.00")

    @pytest.mark.case("RET-04")
    async def test_is_required_for_each_line(self, till: Till, desk: Desk) -> None:
        tea = await till.product("TEA", on_hand="2")
        sale = (await till.sell(line(tea, "2"), cash="20.00")).json()
        before = await desk.footprint()
        without = {"sale_line_id": sale["lines"][0]["id"], "quantity": "1"}

        refused = await desk.take(sale, without)

        assert refused.status_code == 422
        assert [e["pointer"] for e in refused.json()["errors"]] == ["/lines/0/disposition"]
        assert await desk.footprint() == before

    async def test_what_lies_in_quarantine_is_not_sold(self, till: Till, desk: Desk) -> None:
        tea = await till.product("TEA", on_hand="1")
        sale = (await till.sell(line(tea), cash="10.00")).json()
        assert (await desk.take(sale, back(sale, disposition="quarantine"))).status_code == 201

        again = await till.sell(line(tea), cash="10.00")
        there = await till.sell(line(tea), cash="10.00", location_id=str(QUARANTINE_ID))

        assert (again.status_code, again.json()["code"]) == (409, "insufficient_stock")
        assert (there.status_code, there.json()["errors"][0]["pointer"]) == (422, "/location_id")

    async def test_goods_go_where_the_return_says(self, till: Till, desk: Desk) -> None:
        cellar = await till.stock.location("cellar")
        tea = await till.product("TEA", on_hand="2")
        sale = (await till.sell(line(tea, "2"), cash="20.00")).json()

        assert (await desk.take(sale, back(sale), location_id=str(cellar))).status_code == 201
        for place in (CUSTOMER_ID, QUARANTINE_ID, LocationId(int=99)):
            refused = await desk.take(sale, back(sale), location_id=str(place))
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["pointer"] == "/location_id"

        assert (await till.stock.levels())[tea, cellar] == "1.000"

    async def test_nothing_comes_into_a_closed_place(self, till: Till, desk: Desk) -> None:
        tea = await till.product("TEA", on_hand="1")
        cellar = await till.stock.location("cellar")
        sale = (await till.sell(line(tea), cash="10.00")).json()
        closed = await till.http.post(
            f"/api/v1/locations/{cellar}/deactivate",
            headers=till.headers(Role.MANAGER) | {"If-Match": '"1"'},
        )
        assert closed.status_code == 200
        before = await desk.footprint()

        refused = await desk.take(sale, back(sale), location_id=str(cellar))

        assert (refused.status_code, refused.json()["code"]) == (409, "location_closed")
        assert await desk.footprint() == before
