"""Lists of returns, the credit note, and what sales show of their returns."""

from __future__ import annotations

from app.domain.auth.roles import Role
from app.domain.common.identifiers import ReturnId
from tests.fixtures.returning import Desk, back, free
from tests.fixtures.till import Json, Till, line


def eur(amount: str) -> Json:
    return {"amount": amount, "currency": "EUR"}


async def numbers(desk: Desk, **params: str) -> list[str]:
    answer = await desk.get(**params)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


class TestList:
    async def test_is_newest_first_and_goes_on_from_page_to_page(
        self, till: Till, desk: Desk
    ) -> None:
        tea = await till.product("TEA", on_hand="9")
        sale = (await till.sell(line(tea, "5"), cash="50.00")).json()
        made = [(await desk.take(sale, back(sale))).json()["id"] for _ in range(5)]

        found: list[str] = []
        params = {"limit": "2"}
        for _ in range(3):
            page = (await desk.get(**params)).json()
            found += [item["id"] for item in page["items"]]
            params["cursor"] = page["next_cursor"]

        assert found == made[::-1]
        assert page["next_cursor"] is None

    async def test_shows_the_figures_of_each(self, till: Till, desk: Desk) -> None:
        tea = await till.product("TEA", on_hand="9")
        sale = (await till.sell(line(tea), cash="10.00")).json()
        taken = (await desk.take(sale, back(sale))).json()

        (item,) = (await desk.get()).json()["items"]

        assert item == {
            name: taken[name]
            for name in (
                "id", "number", "status", "sale_id", "sale_number", "location_id", "net", "tax",
                "total", "user_id", "created_at", "refunded_at", "posted_at", "version",
            )
        }  # fmt: skip

    async def test_is_narrowed_by_filters(self, till: Till, desk: Desk) -> None:
        tea, jam = [await till.product(name, on_hand="9") for name in ("TEA", "JAM")]
        sales = [(await till.sell(line(tea, "2"), cash="20.00")).json() for _ in range(2)]
        first = (await desk.take(sales[0], back(sales[0]))).json()
        second = (await desk.ask(sales[1], back(sales[1]))).json()
        third = (await desk.ask(None, free(jam), reason="No receipt", role=Role.MANAGER)).json()

        assert await numbers(desk, status="requested") == [third["id"], second["id"]]
        assert await numbers(desk, number=first["number"].lower()) == [first["id"]]
        assert await numbers(desk, number="nonsense") == []
        assert await numbers(desk, sale_id=sales[1]["id"]) == [second["id"]]
        assert await numbers(desk, product_id=str(jam)) == [third["id"]]
        assert await numbers(desk, without_sale="true") == [third["id"]]
        assert await numbers(desk, without_sale="false") == [second["id"], first["id"]]
        assert await numbers(desk, since=second["created_at"]) == [third["id"], second["id"]]
        assert await numbers(desk, until=second["created_at"]) == [first["id"]]


class TestOne:
    async def test_not_there(self, desk: Desk) -> None:
        nothing = ReturnId(int=99)
        answers = [await desk.get(f"/{nothing}"), await desk.get(f"/{nothing}/receipt")]
        answers += [
            await desk.step({"id": str(nothing)}, verb)
            for verb in ("approve", "reject", "cancel", "receive", "refund")
        ]

        assert {(a.status_code, a.json()["code"]) for a in answers} == {(404, "not_found")}

    async def test_credit_note_says_all_that_is_printed(self, till: Till, desk: Desk) -> None:
        await till.set_shop(name="Corner", time_zone="Europe/Berlin")
        rate = await till.tax_rate(190_000)
        tea = await till.product("TEA", price="11.90", on_hand="9", tax_rate_id=rate)
        sale = (await till.sell(line(tea, "2"), cash="23.80")).json()
        taken = (await desk.take(sale, back(sale, refund="9.00"), role=Role.MANAGER)).json()
        await till.set_shop(name="Another name")

        note = (await desk.get(f"/{taken['id']}/receipt")).json()

        assert (note.pop("issued_at")[-6:], note.pop("cashier_id")) == ("+01:00", taken["user_id"])
        assert note == {
            "number": taken["number"],
            "return_id": taken["id"],
            "sale_number": sale["number"],
            "shop_name": "Corner",
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "prices_include_tax": True,
            "lines": [
                {
                    "position": 1,
                    "sku": "TEA",
                    "name": "Product TEA",
                    "quantity": "1.000",
                    "unit": "piece",
                    "unit_price": eur("11.90"),
                    "net": eur("7.56"),
                    "tax": eur("1.44"),
                    "total": eur("9.00"),
                    "tax_code": "full",
                    "tax_percent": "19.00",
                }
            ],
            "net": eur("7.56"),
            "taxes": [
                {"code": "full", "percent": "19.00", "net": eur("7.56"), "tax": eur("1.44"),
                 "total": eur("9.00")},
            ],
            "tax": eur("1.44"),
            "total": eur("9.00"),
            "refunds": [{"kind": "cash", "amount": eur("9.00"), "reference": None}],
        }  # fmt: skip

    async def test_there_is_no_credit_note_before_the_money_is_back(
        self, till: Till, desk: Desk
    ) -> None:
        tea = await till.product("TEA", on_hand="9")
        sale = (await till.sell(line(tea), cash="10.00")).json()
        document = (await desk.ask(sale, back(sale))).json()

        answer = await desk.get(f"/{document['id']}/receipt")

        assert (answer.status_code, answer.json()["code"]) == (409, "return_not_posted")


async def test_sales_tell_what_came_back_of_them(till: Till, desk: Desk) -> None:
    tea = await till.product("TEA", on_hand="9")
    sales = [(await till.sell(line(tea), line(tea, "2"), cash="30.00")).json() for _ in range(3)]
    assert (await desk.take(sales[1], back(sales[1], 1))).status_code == 201
    whole = await desk.take(sales[2], back(sales[2]), back(sales[2], 1, "2"))
    assert whole.status_code == 201
    # What is only asked for does not count.
    assert (await desk.ask(sales[0], back(sales[0]))).status_code == 201

    listed = (await till.get()).json()["items"]
    shown = [(await till.get(f"/{sale['id']}")).json() for sale in sales]

    assert [item["returned"] for item in listed] == ["fully", "partly", "none"]
    assert [each["returned"] for each in shown] == ["none", "partly", "fully"]
    assert [each["refunded"] for each in shown] == [eur("0.00"), eur("10.00"), eur("30.00")]
    assert [[line_["returned"] for line_ in each["lines"]] for each in shown] == [
        ["0.000", "0.000"], ["0.000", "1.000"], ["1.000", "2.000"],
    ]  # fmt: skip
    assert {each["status"] for each in shown} == {"completed"}
