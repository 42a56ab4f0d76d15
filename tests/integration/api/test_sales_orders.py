"""Orders: confirmed sales keep their goods, change by the difference, and leave in parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.money import UnitPrice
from app.domain.inventory.locations import MAIN_ID
from app.infrastructure.db.tables.foundation import outbox
from tests.fixtures.ordering import (
    CASH,
    available,
    drifts,
    edit,
    fulfilling,
    order,
    states,
)
from tests.fixtures.statements import recorded_statements
from tests.fixtures.till import Till, line


class TestConfirm:
    async def test_goods_are_kept_and_no_number_is_given(
        self, till: Till, services: Services
    ) -> None:
        tea = await till.product("TEA", on_hand="10", value_minor=1000)
        fee = await till.product("FEE", tracks_stock=False)

        sale = await order(till, line(tea, "4"), line(fee))

        assert (sale["status"], sale["number"], sale["version"]) == ("confirmed", None, 2)
        assert (sale["needs_attention"], sale["reserved_until"]) == (False, None)
        assert states(sale) == [("4.000", "4.000", "0.000"), ("1.000", "0.000", "0.000")]
        assert await available(till, tea) == ("10.000", "4.000", "6.000")
        assert (await till.get(f"/{sale['id']}")).json() == sale
        assert len(await till.stock.movements()) == 1
        refused = await till.sell(line(tea, "7"), cash="70.00")
        assert refused.json()["shortages"][0]["available"] == "6.000"
        assert await drifts(services) == set()

    async def test_all_goods_or_none(self, till: Till, services: Services) -> None:
        tea, rice = await till.product("TEA", on_hand="2"), await till.product("RICE", on_hand="9")
        draft = (await till.draft(line(rice, "2"), line(tea, "2"), line(tea))).json()
        before = await till.footprint()

        refused = await till.post(f"/{draft['id']}/confirm")

        assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_stock")
        assert [
            (s["product_id"], s["requested"], s["available"]) for s in refused.json()["shortages"]
        ] == [(str(tea), "3.000", "2.000")]
        assert await till.footprint() == before
        assert await till.stock.reserved() == {}
        assert (await till.get(f"/{draft['id']}")).json() == draft
        assert await drifts(services) == set()

    async def test_completion_takes_goods_and_money_and_gives_the_number(
        self, till: Till, services: Services
    ) -> None:
        tea = await till.product("TEA", on_hand="10", value_minor=1000)
        sale = await order(till, line(tea, "4"))

        done = await till.post(f"/{sale['id']}/complete", {"tenders": CASH})

        assert done.status_code == 200, done.text
        assert done.json()["number"].startswith("S-")
        assert states(done.json()) == [("4.000", "0.000", "4.000")]
        assert await available(till, tea) == ("6.000", "0.000", "6.000")
        margin = await till.get(f"/{sale['id']}/margin", role=Role.MANAGER)
        assert margin.json()["cost"]["amount"] == "4.00"
        assert await drifts(services) == set()

    async def test_the_last_goods_are_kept_for_the_sale_itself(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="4")
        sale = await order(till, line(tea, "4"))

        done = await till.post(f"/{sale['id']}/complete", {"tenders": CASH})

        assert done.status_code == 200
        assert await available(till, tea) == ("0.000", "0.000", "0.000")

    async def test_confirming_again_changes_nothing_but_the_time(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="4")
        sale = await order(till, line(tea, "4"))
        until = (datetime.now(UTC) + timedelta(days=1)).isoformat()

        same = await till.post(f"/{sale['id']}/confirm")
        later = await till.post(f"/{sale['id']}/confirm", {"reserved_until": until})

        assert same.json() == sale
        assert later.json()["version"] == sale["version"] + 1
        assert datetime.fromisoformat(later.json()["reserved_until"]).isoformat() == until
        assert await till.stock.reserved() == {(tea, MAIN_ID): "4.000"}
        assert len(await till.stock.reservations()) == 1

    async def test_a_time_that_is_over_is_refused(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="4")
        draft = (await till.draft(line(tea))).json()

        refused = await till.post(
            f"/{draft['id']}/confirm", {"reserved_until": "2020-01-01T00:00:00Z"}
        )

        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/reserved_until"

    async def test_posted_and_voided_sales_are_no_orders(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="4")
        sold = (await till.sell(line(tea), cash="10.00")).json()
        draft = (await till.draft(line(tea))).json()

        assert (await till.post(f"/{sold['id']}/confirm")).json()["code"] == "sale_not_draft"
        for verb, body in (("reopen", None), ("fulfil", fulfilling(draft, "1"))):
            refused = await till.post(f"/{draft['id']}/{verb}", body)
            assert (refused.status_code, refused.json()["code"]) == (409, "sale_not_confirmed")

    @pytest.mark.parametrize("lines", [1, 40])
    async def test_costs_the_same_few_statements(self, till: Till, lines: int) -> None:
        goods = [await till.product(f"P{n}", price="1.00", on_hand="2") for n in range(lines)]
        draft = (await till.draft(*map(line, goods))).json()

        with recorded_statements() as confirming:
            sale = (await till.post(f"/{draft['id']}/confirm")).json()
        with recorded_statements() as fulfilling_all:
            done = await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, *["1"] * lines))

        assert done.status_code == 200, done.text
        # The caller; header, lines, tenders; the offer; levels locked and changed, reservations
        # written; lines twice and header; event, audit row.
        assert len(confirming) <= 13, confirming
        # Instead of the offer the ledger: levels, what is kept, its end, values, movements; and
        # levels for the audit row.
        assert len(fulfilling_all) <= 17, fulfilling_all


class TestReopen:
    @pytest.mark.case("INV-15")
    async def test_there_and_back_and_there_again(self, till: Till, services: Services) -> None:
        tea = await till.product("TEA", on_hand="10")
        sale = await order(till, line(tea, "2"))
        assert await available(till, tea) == ("10.000", "2.000", "8.000")

        opened = await till.post(f"/{sale['id']}/reopen")
        assert (opened.status_code, opened.json()["status"]) == (200, "draft")
        assert await available(till, tea) == ("10.000", "0.000", "10.000")

        again = (await till.post(f"/{sale['id']}/confirm")).json()
        assert await available(till, tea) == ("10.000", "2.000", "8.000")
        header_only = await till.patch(again, {"discount": {"percent": "10"}})
        assert header_only.status_code == 200
        assert await available(till, tea) == ("10.000", "2.000", "8.000")
        await till.post(f"/{sale['id']}/complete", {"tenders": CASH})
        assert await available(till, tea) == ("8.000", "0.000", "8.000")
        assert await drifts(services) == set()

    async def test_not_once_part_has_left(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="10")
        sale = await order(till, line(tea, "2"))
        await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "1"))

        refused = await till.post(f"/{sale['id']}/reopen")

        assert (refused.status_code, refused.json()["code"]) == (409, "sale_partly_fulfilled")
        assert await available(till, tea) == ("9.000", "1.000", "8.000")


class TestEdit:
    @pytest.mark.case("SAL-11")
    async def test_only_the_difference_is_checked_and_kept(
        self, till: Till, services: Services
    ) -> None:
        tea = await till.product("TEA", on_hand="12")
        sale = await order(till, line(tea, "10"))
        assert (await available(till, tea))[2] == "2.000"

        fewer = await edit(till, sale, "9")
        assert fewer.status_code == 200
        assert (await available(till, tea))[2] == "3.000"

        more = await edit(till, fewer.json(), "12")
        assert more.status_code == 200
        assert (await available(till, tea))[2] == "0.000"

        before = await till.footprint(), await till.stock.reservations()
        beyond = await edit(till, more.json(), "13")
        assert (beyond.status_code, beyond.json()["code"]) == (409, "insufficient_stock")
        assert beyond.json()["shortages"] == [
            {
                "product_id": str(tea),
                "location_id": str(MAIN_ID),
                "requested": "13.000",
                "available": "12.000",
            }
        ]
        assert (await till.footprint(), await till.stock.reservations()) == before

        told = [row["name"] for row in await till.rows(outbox)]
        assert told == ["sale.confirmed", *["sale.order_updated"] * 2]
        header = await till.patch(more.json(), {"discount": {"amount": "5.00"}})
        assert header.status_code == 200
        assert states(header.json()) == [("12.000", "12.000", "0.000")]
        assert (await available(till, tea))[2] == "0.000"
        assert await till.stock.reservations() == before[1]
        assert len(await till.stock.movements()) == 1
        assert await drifts(services) == set()

    async def test_lines_come_and_go(self, till: Till, services: Services) -> None:
        tea, rice = await till.product("TEA", on_hand="5"), await till.product("RICE", on_hand="5")
        sale = await order(till, line(tea, "5"))

        answer = await till.patch(sale, {"lines": [line(rice, "3")]})

        assert answer.status_code == 200, answer.text
        assert await till.stock.reserved() == {(rice, MAIN_ID): "3.000"}
        assert await drifts(services) == set()

    async def test_another_place(self, till: Till, services: Services) -> None:
        cellar = await till.stock.location("cellar")
        tea = await till.product("TEA", on_hand="5")
        await till.stock.post(till.stock.moves_in(tea, "4", 0, to=cellar))
        sale = await order(till, line(tea, "4"))

        answer = await till.patch(sale, {"location_id": str(cellar)})

        assert answer.status_code == 200, answer.text
        assert await till.stock.reserved() == {(tea, cellar): "4.000"}
        assert await drifts(services) == set()
        await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "1"))
        version = answer.json()["version"] + 1
        back = await till.patch(sale, {"location_id": str(MAIN_ID)}, version=version)
        assert (back.status_code, back.json()["code"]) == (409, "sale_partly_fulfilled")

    async def test_never_below_what_has_left(self, till: Till, services: Services) -> None:
        tea, rice = await till.product("TEA", on_hand="5"), await till.product("RICE", on_hand="5")
        sale = await order(till, line(tea, "4"))
        sale = (await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "3"))).json()
        before = await till.footprint(), await till.stock.reservations()

        for refused in (
            await edit(till, sale, "2"),
            await till.patch(sale, {"lines": [line(rice)]}),
        ):
            assert (refused.status_code, refused.json()["code"]) == (409, "sale_partly_fulfilled")

        assert (await till.footprint(), await till.stock.reservations()) == before
        enough = await edit(till, sale, "3")
        assert states(enough.json()) == [("3.000", "0.000", "3.000")]
        assert await available(till, tea) == ("2.000", "0.000", "2.000")
        assert await drifts(services) == set()


class TestPrices:
    @pytest.mark.case("SAL-08")
    async def test_a_quote_stands_until_it_is_priced_anew(self, till: Till) -> None:
        tea = await till.product("TEA", price="10.00", on_hand="5")
        draft = (await till.draft(line(tea))).json()
        await till.change_product(tea, price_micros=UnitPrice.parse("12.00"))

        sale = (await till.post(f"/{draft['id']}/confirm")).json()
        two = (await edit(till, sale, "2")).json()

        assert [(one["unit_price"]["amount"], one["quoted"]) for one in two["lines"]] == [
            ("10.00", True)
        ]
        assert two["total"]["amount"] == "20.00"
        answer = await till.post(f"/{sale['id']}/reprice")
        assert answer.status_code == 200, answer.text
        assert answer.json()["repriced"] == [
            {
                "line_id": two["lines"][0]["id"],
                "sku": "TEA",
                "old_unit_price": {"amount": "10.00", "currency": "EUR"},
                "new_unit_price": {"amount": "12.00", "currency": "EUR"},
                "old_total": {"amount": "20.00", "currency": "EUR"},
                "new_total": {"amount": "24.00", "currency": "EUR"},
            }
        ]
        now = answer.json()["sale"]
        assert (now["total"]["amount"], states(now)) == ("24.00", [("2.000", "2.000", "0.000")])
        assert (await till.get(f"/{sale['id']}")).json() == now
        again = (await till.post(f"/{sale['id']}/reprice")).json()
        assert (again["repriced"], again["sale"]) == ([], now)
        done = await till.post(f"/{sale['id']}/complete", {"tenders": CASH})
        assert not done.json()["lines"][0]["quoted"]
        late = await till.post(f"/{sale['id']}/reprice")
        assert (late.status_code, late.json()["code"]) == (409, "sale_not_draft")


class TestFulfil:
    async def test_in_parts_until_it_is_completed(self, till: Till, services: Services) -> None:
        tea = await till.product("TEA", on_hand="10", value_minor=1001)
        rice = await till.product("RICE", on_hand="3", value_minor=100)
        sale = await order(till, line(tea, "5"), line(rice, "3"))

        first = await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "2"))
        second = await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "1", "3"))

        assert states(first.json()) == [("5.000", "3.000", "2.000"), ("3.000", "3.000", "0.000")]
        assert states(second.json()) == [("5.000", "2.000", "3.000"), ("3.000", "0.000", "3.000")]
        assert await available(till, tea) == ("7.000", "2.000", "5.000")
        assert second.json()["number"] is None
        assert await drifts(services) == set()
        done = await till.post(f"/{sale['id']}/complete", {"tenders": CASH})
        assert states(done.json()) == [("5.000", "0.000", "5.000"), ("3.000", "0.000", "3.000")]
        assert await available(till, tea) == ("5.000", "0.000", "5.000")
        # 2, 1 and 2 of 10 for 10.01: 2.00, 1.00 and 2.00, each at the average of its moment.
        margin = await till.get(f"/{sale['id']}/margin", role=Role.MANAGER)
        assert [one["cost"]["amount"] for one in margin.json()["lines"]] == ["5.00", "1.00"]
        assert await drifts(services) == set()

    async def test_never_more_than_is_left(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="10")
        sale = await order(till, line(tea, "3"))
        await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "2"))
        before = await till.footprint()

        refused = await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "2"))

        assert (refused.status_code, refused.json()["code"]) == (409, "fulfilment_exceeds_order")
        assert refused.json()["lines"] == [
            {"line_id": sale["lines"][0]["id"], "remaining": "1.000"}
        ]
        assert await till.footprint() == before

    async def test_faulty_parts(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="10")
        sale = await order(till, line(tea, "3"))
        mine = sale["lines"][0]["id"]
        faults = [
            ([{"line_id": sale["id"], "quantity": "1"}], "/lines/0/line_id"),
            ([{"line_id": mine, "quantity": "0"}], "/lines/0/quantity"),
            ([{"line_id": mine, "quantity": "0.5"}], "/lines/0/quantity"),
            ([{"line_id": mine, "quantity": "1"}] * 2, "/lines"),
        ]
        for lines, pointer in faults:
            refused = await till.post(f"/{sale['id']}/fulfil", {"lines": lines})
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)

    async def test_a_key_lets_goods_leave_once(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="10")
        sale = await order(till, line(tea, "3"))

        answers = [
            await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "1"), Idempotency_Key="k")
            for _ in range(2)
        ]

        assert answers[0].json() == answers[1].json()
        assert await till.on_hand(tea) == "9.000"


class TestCancel:
    async def test_what_was_kept_is_let_go(self, till: Till, services: Services) -> None:
        tea = await till.product("TEA", on_hand="4")
        sale = await order(till, line(tea, "4"))

        gone = await till.post(f"/{sale['id']}/void")

        assert gone.status_code == 200, gone.text
        assert (gone.json()["status"], gone.json()["goods_back"]) == ("voided", None)
        assert states(gone.json()) == [("4.000", "0.000", "0.000")]
        assert await available(till, tea) == ("4.000", "0.000", "4.000")
        assert await drifts(services) == set()

    async def test_what_has_left_comes_back_at_what_it_cost(
        self, till: Till, services: Services
    ) -> None:
        tea = await till.product("TEA", on_hand="4", value_minor=401)
        sale = await order(till, line(tea, "4"))
        for _ in range(3):
            await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "1"))

        as_cashier = await till.post(f"/{sale['id']}/void")
        assert as_cashier.status_code == 403
        gone = await till.post(f"/{sale['id']}/void", role=Role.MANAGER)

        assert gone.status_code == 200, gone.text
        assert (gone.json()["number"], gone.json()["goods_back"]) == (None, True)
        assert await available(till, tea) == ("4.000", "0.000", "4.000")
        assert await till.stock.holdings() == {tea: ("4.000", 401)}
        assert len(await till.stock.movements()) == 7
        assert await drifts(services) == set()
        told = [(row["name"], row["payload"].get("goods_back")) for row in await till.rows(outbox)]
        assert told == [
            ("sale.confirmed", None),
            *[("sale.fulfilled", None)] * 3,
            ("sale.order_cancelled", True),
        ]
        twice = await till.post(f"/{sale['id']}/void", role=Role.MANAGER)
        assert twice.json()["code"] == "sale_already_voided"

    async def test_what_has_left_may_stay_away(self, till: Till, services: Services) -> None:
        tea = await till.product("TEA", on_hand="4")
        sale = await order(till, line(tea, "4"))
        await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "1"))

        await till.post(f"/{sale['id']}/void", {"goods_back": False}, role=Role.MANAGER)

        assert await available(till, tea) == ("3.000", "0.000", "3.000")
        assert await drifts(services) == set()

    @pytest.mark.parametrize(("goods_back", "cost", "back"), [(True, "0", "2"), (False, "2", "0")])
    async def test_what_was_given_up_earns_nothing(
        self, till: Till, goods_back: bool, cost: str, back: str
    ) -> None:
        tea = await till.product("TEA", on_hand="4", value_minor=4_00)
        sale = await order(till, line(tea, "4"))
        await till.post(f"/{sale['id']}/fulfil", fulfilling(sale, "2"))

        await till.post(f"/{sale['id']}/void", {"goods_back": goods_back}, role=Role.MANAGER)

        margin = (await till.get(f"/{sale['id']}/margin", role=Role.MANAGER)).json()
        figures = ("net", "cost", "margin", "refunded_net", "returned_cost")
        assert {name: margin[name]["amount"] for name in figures} == {
            "net": "0.00",
            "cost": f"{cost}.00",
            "margin": "0.00" if goods_back else "-2.00",
            "refunded_net": "40.00",
            "returned_cost": f"{back}.00",
        }
        assert margin["margin_percent"] is None
