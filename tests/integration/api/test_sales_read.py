"""Looking at sales: one, the list, the receipt, the margin."""

from __future__ import annotations

import pytest

from app.domain.auth.roles import Role
from app.domain.common.money import UnitPrice
from tests.fixtures.people import PEOPLE
from tests.fixtures.till import Json, Till, line


def eur(amount: str) -> Json:
    return {"amount": amount, "currency": "EUR"}


class TestHistory:
    @pytest.mark.case("SAL-06")
    async def test_sale_stays_as_sold_whatever_becomes_of_the_product(self, till: Till) -> None:
        rate = await till.tax_rate(190_000)
        tea = await till.product("TEA", price="11.90", on_hand="5", tax_rate_id=rate)
        sale = (await till.sell(line(tea, "2"), cash="23.80")).json()
        receipt = (await till.get(f"/{sale['id']}/receipt")).json()

        headers = till.headers(Role.ADMIN)
        url = f"/api/v1/products/{tea}"
        await till.http.delete(url, headers=headers)
        off = await till.http.post(f"{url}/deactivate", headers=headers | {"If-Match": '"1"'})
        await till.change_product(tea, name="Other", price_micros=UnitPrice.parse("99.00"))
        await till.set_shop(name="Sold to a chain", time_zone="Asia/Tokyo")

        assert off.status_code == 200
        assert (await till.get(f"/{sale['id']}")).json() == sale
        assert (await till.get(f"/{sale['id']}/receipt")).json() == receipt
        voided = await till.post(f"/{sale['id']}/void", role=Role.MANAGER)
        assert voided.status_code == 200
        assert await till.on_hand(tea) == "5.000"


class TestReceipt:
    async def test_holds_all_that_a_printer_needs(self, till: Till) -> None:
        await till.set_shop(name="Corner shop", time_zone="Europe/Berlin")
        rate = await till.tax_rate(190_000)
        tea = await till.product("TEA", price="11.90", on_hand="5", tax_rate_id=rate)
        fee = await till.product("FEE", price="2.00", tracks_stock=False)
        sale = (
            await till.sell(
                line(tea, "2", discount={"percent": "10"}),
                line(fee),
                discount={"amount": "1.42"},
                tenders=[
                    {"kind": "card", "amount": "12.00", "reference": "slip 1"},
                    {"kind": "cash", "amount": "20.00"},
                ],
            )
        ).json()

        answer = await till.get(f"/{sale['id']}/receipt")

        assert answer.status_code == 200
        receipt = answer.json()
        assert receipt.pop("issued_at")[-6:] in ("+01:00", "+02:00")
        assert receipt.pop("occurred_at")[-6:] in ("+01:00", "+02:00")
        assert receipt == {
            "number": sale["number"],
            "sale_id": sale["id"],
            "shop_name": "Corner shop",
            "time_zone": "Europe/Berlin",
            "cashier_id": str(PEOPLE[Role.CASHIER].user_id),
            "customer_id": None,
            "customer_name": None,
            "currency": "EUR",
            "prices_include_tax": True,
            "lines": [
                {
                    "position": 1,
                    "sku": "TEA",
                    "name": "Product TEA",
                    "quantity": "2.000",
                    "unit": "piece",
                    "unit_price": eur("11.90"),
                    "full": eur("23.80"),
                    "discount": {"percent": "10.00", "amount": None},
                    "line_discount": eur("2.38"),
                    "amount": eur("21.42"),
                    "tax_code": "full",
                    "tax_percent": "19.00",
                },
                {
                    "position": 2,
                    "sku": "FEE",
                    "name": "Product FEE",
                    "quantity": "1.000",
                    "unit": "piece",
                    "unit_price": eur("2.00"),
                    "full": eur("2.00"),
                    "discount": None,
                    "line_discount": eur("0.00"),
                    "amount": eur("2.00"),
                    "tax_code": "standard",
                    "tax_percent": "0.00",
                },
            ],
            "subtotal": eur("23.42"),
            "discount": {"percent": None, "amount": eur("1.42")},
            "sale_discount": eur("1.42"),
            "net": eur("18.79"),
            "taxes": [
                {
                    "code": "full",
                    "percent": "19.00",
                    "net": eur("16.91"),
                    "tax": eur("3.21"),
                    "total": eur("20.12"),
                },
                {
                    "code": "standard",
                    "percent": "0.00",
                    "net": eur("1.88"),
                    "tax": eur("0.00"),
                    "total": eur("1.88"),
                },
            ],
            "tax": eur("3.21"),
            "total": eur("22.00"),
            "tenders": [
                {
                    "kind": "card",
                    "amount": eur("12.00"),
                    "change": eur("0.00"),
                    "reference": "slip 1",
                },
                {
                    "kind": "cash",
                    "amount": eur("20.00"),
                    "change": eur("10.00"),
                    "reference": None,
                },
            ],
            "paid": eur("32.00"),
            "change": eur("10.00"),
            "voided_at": None,
        }

    async def test_of_what_was_never_posted_does_not_exist(self, till: Till) -> None:
        fee = await till.product("FEE", tracks_stock=False)
        draft = (await till.draft(line(fee))).json()

        answer = await till.get(f"/{draft['id']}/receipt")

        assert (answer.status_code, answer.json()["code"]) == (409, "sale_not_posted")


class TestMargin:
    async def test_is_revenue_without_tax_less_the_cost_that_left(self, till: Till) -> None:
        rate = await till.tax_rate(190_000)
        tea = await till.product(
            "TEA", price="11.90", on_hand="4", value_minor=16_00, tax_rate_id=rate
        )
        bag = await till.product(
            "BAG", price="0.10", tracks_stock=False, cost_micros=UnitPrice.parse("0.035")
        )
        sale = (await till.sell(line(tea), line(bag), cash="12.00")).json()
        await till.stock.receive(tea, "1", 99_00)

        answer = await till.get(f"/{sale['id']}/margin", role=Role.MANAGER)

        assert answer.status_code == 200
        assert answer.json() == {
            "sale_id": sale["id"],
            "net": eur("10.10"),
            "cost": eur("4.04"),
            "margin": eur("6.06"),
            "margin_percent": "60.00",
            "refunded_net": eur("0.00"),
            "returned_cost": eur("0.00"),
            "lines": [
                {
                    "line_id": sale["lines"][0]["id"],
                    "sku": "TEA",
                    "net": eur("10.00"),
                    "cost": eur("4.00"),
                    "margin": eur("6.00"),
                    "margin_percent": "60.00",
                    "refunded_net": eur("0.00"),
                    "returned_cost": eur("0.00"),
                },
                {
                    "line_id": sale["lines"][1]["id"],
                    "sku": "BAG",
                    "net": eur("0.10"),
                    "cost": eur("0.04"),
                    "margin": eur("0.06"),
                    "margin_percent": "60.00",
                    "refunded_net": eur("0.00"),
                    "returned_cost": eur("0.00"),
                },
            ],
        }

    async def test_is_unknown_where_the_cost_is(self, till: Till) -> None:
        fee = await till.product("FEE", tracks_stock=False)
        sale = (await till.sell(line(fee), cash="10.00")).json()

        margin = (await till.get(f"/{sale['id']}/margin", role=Role.MANAGER)).json()

        assert (margin["net"], margin["cost"], margin["margin"]) == (eur("10.00"), None, None)

    async def test_is_shown_only_to_who_may_see_costs(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="4", value_minor=16_37)
        sale = (await till.sell(line(tea, "4"), cash="40.00")).json()

        for path in ("", f"/{sale['id']}", f"/{sale['id']}/receipt"):
            assert "cost" not in (await till.get(path)).text
            assert "16.37" not in (await till.get(path)).text
        refused = await till.get(f"/{sale['id']}/margin")
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")


class TestList:
    async def test_goes_newest_first_page_by_page(self, till: Till) -> None:
        fee = await till.product("FEE", tracks_stock=False)
        made = [(await till.draft(line(fee))).json()["id"] for _ in range(5)]

        pages = []
        cursor: dict[str, str] = {}
        while True:
            page = (await till.get(limit="2", **cursor)).json()
            pages.append([item["id"] for item in page["items"]])
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}

        newest = made[::-1]
        assert pages == [newest[:2], newest[2:4], newest[4:]]

    async def test_keeps_what_all_filters_let_through(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="9")
        fee = await till.product("FEE", tracks_stock=False)
        store = await till.stock.location("store")
        draft = (await till.draft(line(fee), location_id=str(store))).json()["id"]
        first = (await till.sell(line(tea), cash="10.00")).json()
        late = (
            await till.draft(
                line(fee),
                role=Role.MANAGER,
                complete={
                    "tenders": [{"kind": "cash", "amount": "10.00"}],
                    "occurred_at": "2026-01-15T10:00:00Z",
                },
            )
        ).json()
        await till.post(f"/{late['id']}/void", role=Role.MANAGER)

        async def listed(**filters: str) -> list[str]:
            return [item["id"] for item in (await till.get(**filters)).json()["items"]]

        assert await listed() == [first["id"], draft, late["id"]]
        assert await listed(status="draft") == [draft]
        assert await listed(status="voided") == [late["id"]]
        assert await listed(number=first["number"].lower()) == [first["id"]]
        assert await listed(number="S-2026-999999") == []
        assert await listed(number="nonsense") == []
        assert await listed(user_id=str(PEOPLE[Role.MANAGER].user_id)) == [late["id"]]
        assert await listed(location_id=str(store)) == [draft]
        assert await listed(product_id=str(tea)) == [first["id"]]
        assert await listed(product_id=str(fee), status="draft") == [draft]
        assert await listed(since="2026-01-15T10:00:00Z", until="2026-01-15T10:00:01Z") == [
            late["id"]
        ]
        assert await listed(until="2026-01-15T12:00:00+02:00") == []
        assert await listed(needs_attention="true") == []

    async def test_refuses_filters_that_mean_nothing(self, till: Till) -> None:
        for filters in ({"status": "sold"}, {"since": "yesterday"}, {"user_id": "me"}):
            answer = await till.get(**filters)
            assert answer.status_code == 422
            (error,) = answer.json()["errors"]
            assert (error["source"], error["pointer"]) == ("query", next(iter(filters)))

    async def test_cursor_counts_for_its_filters_only(self, till: Till) -> None:
        fee = await till.product("FEE", tracks_stock=False)
        for _ in range(2):
            await till.draft(line(fee))
        cursor = (await till.get(limit="1")).json()["next_cursor"]

        answer = await till.get(limit="1", status="draft", cursor=cursor)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
