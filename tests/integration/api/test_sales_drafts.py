"""Drafts: quoted, changed under their version, completed once."""

from __future__ import annotations

import asyncio

import pytest

from app.domain.auth.roles import Role
from app.domain.common.money import UnitPrice
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.sales import sale_lines, sales
from tests.fixtures.till import KILOGRAM, SALES, Json, Till, line


def paid(amount: str) -> Json:
    return {"tenders": [{"kind": "cash", "amount": amount}]}


def kept(sale: Json, index: int, quantity: str) -> Json:
    return {"id": sale["lines"][index]["id"], "quantity": quantity}


class TestDraft:
    async def test_moves_nothing_and_has_no_number(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="1")

        answer = await till.draft(line(tea, "5"))

        assert answer.status_code == 201
        sale = answer.json()
        assert (sale["status"], sale["number"], sale["completed_at"]) == ("draft", None, None)
        assert sale["total"]["amount"] == "50.00"
        assert await till.on_hand(tea) == "1.000"
        assert (await till.get(f"/{sale['id']}/receipt")).json()["code"] == "sale_not_posted"


class TestRevise:
    async def test_kept_line_keeps_the_price_it_was_quoted_at(self, till: Till) -> None:
        tea = await till.product("TEA", price="10.00")
        jam = await till.product("JAM", price="3.00")
        draft = (await till.draft(line(tea))).json()
        await till.change_product(tea, price_micros=UnitPrice.parse("12.00"), name="Finer tea")

        answer = await till.patch(draft, {"lines": [kept(draft, 0, "2"), line(jam), line(tea)]})

        assert answer.status_code == 200
        sale = answer.json()
        assert answer.headers["ETag"] == '"2"'
        assert [(each["name"], each["unit_price"]["amount"]) for each in sale["lines"]] == [
            ("Product TEA", "10.00"),
            ("Product JAM", "3.00"),
            ("Finer tea", "12.00"),
        ]
        assert sale["lines"][0]["id"] == draft["lines"][0]["id"]
        assert sale["total"]["amount"] == "35.00"
        assert (await till.get(f"/{draft['id']}")).json() == sale

    async def test_what_is_absent_stays(self, till: Till) -> None:
        tea = await till.product("TEA", price="10.00")
        draft = (await till.draft(line(tea), discount={"percent": "10"})).json()
        store = await till.stock.location("store")

        moved = (await till.patch(draft, {"location_id": str(store)})).json()
        dearer = (await till.patch(moved, {"discount": None})).json()

        assert (moved["location_id"], moved["total"]["amount"]) == (str(store), "9.00")
        assert (dearer["location_id"], dearer["total"]["amount"]) == (str(store), "10.00")
        assert dearer["lines"] == [
            draft["lines"][0]
            | {"sale_discount": dearer["lines"][0]["sale_discount"]}
            | {name: dearer["lines"][0][name] for name in ("net", "tax", "total")}
        ]

    async def test_changes_are_audited_and_none_costs_no_version(self, till: Till) -> None:
        tea = await till.product("TEA", price="10.00")
        draft = (await till.draft(line(tea))).json()

        same = await till.patch(draft, {"lines": [kept(draft, 0, "1")]})
        changed = await till.patch(draft, {"lines": [kept(draft, 0, "3")]})

        assert (same.json()["version"], changed.json()["version"]) == (1, 2)
        assert [
            (entry["action"], entry["changes"].get("total")) for entry in await till.rows(audit_log)
        ] == [
            ("sale.draft_created", None),
            ("sale.draft_updated", {"before": "10.00", "after": "30.00"}),
        ]

    async def test_a_new_line_that_looks_the_same_is_stored(self, till: Till) -> None:
        tea = await till.product("TEA", price="10.00")
        draft = (await till.draft(line(tea))).json()

        sale = (await till.patch(draft, {"lines": [line(tea)]})).json()

        assert sale["lines"][0]["id"] != draft["lines"][0]["id"]
        assert (await till.get(f"/{draft['id']}")).json() == sale

    async def test_needs_the_version_it_was_read_at(self, till: Till) -> None:
        tea = await till.product("TEA")
        draft = (await till.draft(line(tea))).json()
        change = {"lines": [kept(draft, 0, "2")]}

        missing = await till.http.patch(
            f"{SALES}/{draft['id']}", json=change, headers=till.headers(Role.CASHIER)
        )
        first = await till.patch(draft, change)
        stale = await till.patch(draft, {"lines": [kept(draft, 0, "9")]})

        assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
        assert first.status_code == 200
        assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
        assert (await till.get(f"/{draft['id']}")).json() == first.json()

    async def test_only_one_of_two_at_once_gets_through(self, till: Till) -> None:
        tea = await till.product("TEA")
        draft = (await till.draft(line(tea))).json()

        answers = await asyncio.gather(
            *(till.patch(draft, {"lines": [kept(draft, 0, f"{n}")]}) for n in range(2, 7))
        )

        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]
        (row,) = await till.rows(sales)
        assert row["version"] == 2

    async def test_refuses_lines_of_another_draft_and_lines_named_twice(self, till: Till) -> None:
        tea = await till.product("TEA")
        draft = (await till.draft(line(tea))).json()
        other = (await till.draft(line(tea))).json()
        rows = await till.rows(sale_lines)

        foreign = await till.patch(draft, {"lines": [kept(other, 0, "2")]})
        twice = await till.patch(draft, {"lines": [kept(draft, 0, "2"), kept(draft, 0, "3")]})
        nameless = await till.patch(draft, {"lines": [{"quantity": "2"}]})

        refused = (foreign, twice, nameless)
        assert [(a.status_code, a.json()["errors"][0]["pointer"]) for a in refused] == [
            (422, "/lines/0/id"),
            (422, "/lines/1/id"),
            (422, "/lines/0/product_id"),
        ]
        assert await till.rows(sale_lines) == rows

    async def test_of_a_posted_sale_is_refused(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="1")
        sale = (await till.sell(line(tea), cash="10.00")).json()

        answer = await till.patch(sale, {"discount": {"percent": "50"}})

        assert (answer.status_code, answer.json()["code"]) == (409, "sale_not_draft")
        assert (await till.get(f"/{sale['id']}")).json() == sale


class TestComplete:
    async def test_takes_goods_and_money_at_the_prices_quoted(self, till: Till) -> None:
        tea = await till.product("TEA", price="10.00", on_hand="3", value_minor=9_00)
        draft = (await till.draft(line(tea, "2"))).json()
        await till.change_product(tea, price_micros=UnitPrice.parse("12.00"))

        answer = await till.post(f"/{draft['id']}/complete", paid("20.00"))

        assert answer.status_code == 200
        sale = answer.json()
        assert answer.headers["ETag"] == '"2"'
        assert (sale["status"], sale["number"][-6:]) == ("completed", "000001")
        assert sale["total"]["amount"] == "20.00"
        assert await till.on_hand(tea) == "1.000"
        assert (await till.get(f"/{draft['id']}")).json() == sale

    async def test_leaves_a_draft_that_cannot_be_served(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="1")
        draft = (await till.draft(line(tea, "2"))).json()
        before = await till.footprint()

        answer = await till.post(f"/{draft['id']}/complete", paid("20.00"))

        assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
        assert await till.footprint() == before
        assert (await till.get(f"/{draft['id']}")).json() == draft

    async def test_only_the_version_that_was_seen_if_one_is_named(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        draft = (await till.draft(line(tea))).json()
        await till.patch(draft, {"lines": [kept(draft, 0, "2")]})

        stale = await till.post(f"/{draft['id']}/complete", paid("20.00"), If_Match='"1"')
        fresh = await till.post(f"/{draft['id']}/complete", paid("20.00"), If_Match='"2"')

        assert (stale.status_code, fresh.status_code) == (412, 200)

    @pytest.mark.case("INV-05")
    async def test_ten_at_once_complete_it_once(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="50")
        jam = await till.product("JAM", on_hand="50")
        draft = (await till.draft(line(tea, "2"), line(jam))).json()

        answers = await asyncio.gather(
            *(till.post(f"/{draft['id']}/complete", paid("30.00")) for _ in range(10))
        )

        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
        assert {a.json()["code"] for a in answers if a.status_code == 409} == {"sale_not_draft"}
        assert len(await till.stock.movements()) == 2 + 2
        assert (await till.on_hand(tea), await till.on_hand(jam)) == ("48.000", "49.000")

    @pytest.mark.case("INV-05")
    async def test_ten_at_once_with_one_key_get_the_same_answer(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="50")
        draft = (await till.draft(line(tea, "2"))).json()

        answers = await asyncio.gather(
            *(
                till.post(f"/{draft['id']}/complete", paid("20.00"), Idempotency_Key="once")
                for _ in range(10)
            )
        )

        assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
        assert await till.on_hand(tea) == "48.000"

    async def test_of_goods_that_are_kept_otherwise_now_is_refused(self, till: Till) -> None:
        tea = await till.product("TEA")
        jam = await till.product("JAM")
        draft = (await till.draft(line(tea), line(jam))).json()
        await till.change_product(jam, unit_id=KILOGRAM)

        answer = await till.post(
            f"/{draft['id']}/complete",
            paid("20.00"),
        )

        assert (answer.status_code, answer.json()["code"]) == (409, "draft_outdated")
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/lines/1"]

    async def test_in_another_currency_than_the_shop_is_refused(self, till: Till) -> None:
        tea = await till.product("TEA")
        draft = (await till.draft(line(tea))).json()
        await till.set_shop(currency="USD")

        answer = await till.post(f"/{draft['id']}/complete", paid("10.00"))

        assert (answer.status_code, answer.json()["code"]) == (409, "draft_outdated")

    async def test_of_a_sale_told_late_keeps_when_it_took_place(self, till: Till) -> None:
        fee = await till.product("FEE", tracks_stock=False)
        draft = (await till.draft(line(fee))).json()

        sale = (
            await till.post(
                f"/{draft['id']}/complete",
                paid("10.00") | {"occurred_at": "2026-01-31T23:30:00+02:00"},
            )
        ).json()

        assert sale["occurred_at"] == "2026-01-31T21:30:00Z"
        assert sale["completed_at"] > sale["occurred_at"]
        assert (await till.get(f"/{draft['id']}")).json() == sale

    async def test_of_what_does_not_exist(self, till: Till) -> None:
        answer = await till.post("/01JZ8Q4T7W3N5R9X2B6C8D0E1F/complete", paid("1.00"))

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
