"""Reports on sales over HTTP, by hand: what a day came to, in JSON and as a file."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from app.domain.auth.roles import Role
from app.domain.common.identifiers import CategoryId, ProductId
from tests.fixtures.goods import Goods
from tests.fixtures.people import PEOPLE
from tests.fixtures.posted import Journal, Line, Posted
from tests.fixtures.returning import Desk, back
from tests.fixtures.statements import recorded_statements
from tests.fixtures.till import Json, Till, line

REPORTS = "/reports/sales"
CASHIER, MANAGER = PEOPLE[Role.CASHIER].user_id, PEOPLE[Role.MANAGER].user_id


def july(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 7, day, hour, minute, tzinfo=UTC)


def sold_line(
    product: ProductId,
    *,
    units: int = 1000,
    net: int = 1000,
    tax: int = 190,
    discount: int = 0,
    cost: int | None = 400,
    disposition: str = "restock",
) -> Line:
    return Line(
        product=product, units=units, gross=net + tax + discount, discount=discount, net=net,
        tax=tax, cost=cost, code="full", disposition=disposition,
    )  # fmt: skip


def posted(at: datetime, *lines: Line, kind: str = "cash", **members: Any) -> Posted:
    total = sum(line.total for line in lines)
    return Posted(**{"at": at, "user": CASHIER, "lines": lines, "paid": ((kind, total),)} | members)


def rows_of(text: str) -> list[Json]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text[1:])))


async def report(goods: Goods, name: str, *, role: Role = Role.MANAGER, **params: Any) -> Json:
    asked = {"from": "2026-07-01", "to": "2026-07-31"} | params
    answer = await goods.get(f"{REPORTS}/{name}", role=role, **asked)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


@pytest.mark.case("REP-01")
async def test_an_evening_in_utc_is_the_next_day_of_the_shop(
    till: Till, goods: Goods, journal: Journal
) -> None:
    await till.set_shop(time_zone="Europe/Berlin")
    tea = await till.product("TEA")
    night = posted(july(1, 22, 30), sold_line(tea))
    await journal.post([posted(july(1, 12), sold_line(tea)), night])

    day = (await report(goods, "days", **{"from": "2026-07-02", "to": "2026-07-02"}))["items"]
    hours = (await report(goods, "hours", **{"from": "2026-07-02", "to": "2026-07-02"}))["items"]
    month = await report(goods, "days")

    assert [(row["day"], row["sold"]["documents"]) for row in day] == [("2026-07-02", 1)]
    assert [(row["since"], row["sold"]["documents"]) for row in hours][:2] == [
        ("2026-07-02T00:00:00+02:00", 1), ("2026-07-02T01:00:00+02:00", 0),
    ]  # fmt: skip
    assert [row["sold"]["total"] for row in month["items"]] == ["11.90", "11.90", *["0.00"] * 29]
    assert month["totals"]["sold"]["total"] == "23.80"
    for name in ("products", "categories", "cashiers", "taxes"):
        for first, last, documents in (("01", "01", 1), ("02", "02", 1), ("01", "02", 2)):
            days = {"from": f"2026-07-{first}", "to": f"2026-07-{last}"}
            found = await report(goods, name, **days)
            assert [row["sold"]["documents"] for row in found["items"]] == [documents]
            assert found["totals"]["sold"]["documents"] == documents
    tenders = await report(goods, "tenders", **{"from": "2026-07-02", "to": "2026-07-02"})
    assert [row["payments"] for row in tenders["items"]] == [1]
    for day_of_list, number in (("2026-07-01", 1), ("2026-07-02", 1), ("2026-06-30", 0)):
        listed = await goods.get("/sales", **{"from": day_of_list, "to": day_of_list})
        assert len(listed.json()["items"]) == number


@pytest.mark.case("REP-01")
@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-02", 24)]
)
async def test_days_of_23_and_25_hours(
    till: Till, goods: Goods, journal: Journal, day: str, hours: int
) -> None:
    await till.set_shop(time_zone="Europe/Berlin")
    tea = await till.product("TEA")
    noon = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    every_half_hour = [noon + timedelta(minutes=30 * number) for number in range(-48, 48)]
    await journal.post(posted(at, sold_line(tea)) for at in every_half_hour)

    by_day = await report(goods, "days", **{"from": day, "to": day})
    by_hour = await report(goods, "hours", **{"from": day, "to": day})

    assert [row["sold"]["documents"] for row in by_day["items"]] == [hours * 2]
    assert [row["sold"]["documents"] for row in by_hour["items"]] == [2] * hours
    assert by_hour["totals"] == by_day["totals"]
    assert len({row["since"] for row in by_hour["items"]}) == hours


@pytest.mark.case("SAL-01")
async def test_a_line_that_others_round_differently(till: Till, goods: Goods) -> None:
    await till.set_shop(prices_include_tax=False)
    rate = await till.tax_rate(220_000)
    tea = await till.product("TEA", price="348.35", on_hand="16", tax_rate_id=rate)
    sale = await till.sell(line(tea, "16", discount={"percent": "4"}),
                           tenders=[{"kind": "card", "amount": "6527.81"}])  # fmt: skip
    assert sale.status_code == 201, sale.text

    today = await goods.get(f"{REPORTS}/taxes")
    as_file = await goods.get(f"{REPORTS}/taxes", format="csv")

    (row,) = today.json()["items"]
    assert row["sold"] == {
        "documents": 1, "units": "16.000", "gross": "5573.60", "discount": "222.94",
        "net": "5350.66", "tax": "1177.15", "total": "6527.81",
    }  # fmt: skip
    (cells,) = rows_of(as_file.text)
    assert (cells["sold_net"], cells["sold_tax"], cells["sold_total"]) == (
        "5350.66", "1177.15", "6527.81",
    )  # fmt: skip


async def test_what_is_undone_later_leaves_the_day_of_the_sale_as_it_was(
    till: Till, goods: Goods, journal: Journal
) -> None:
    tea = await till.product("TEA")
    await journal.post([
        posted(july(1, 9), sold_line(tea)),
        posted(july(1, 10), sold_line(tea, units=2000), voided_at=july(2, 9)),
        posted(july(1, 11), sold_line(tea), voided_at=july(3, 9), goods_back=False),
        posted(july(4, 9), sold_line(tea, net=500, tax=95, cost=400), is_return=True),
        posted(july(5, 9), sold_line(tea, net=500, tax=95, cost=400, disposition="scrap"),
               is_return=True),
    ])  # fmt: skip

    found = await report(goods, "days", to="2026-07-05")

    first, second, third, fourth, fifth = found["items"]
    nothing = {"documents": 0, "units": "0.000", "net": "0.00", "tax": "0.00", "total": "0.00"}
    assert first == {
        "day": "2026-07-01",
        "since": "2026-07-01T00:00:00Z",
        "until": "2026-07-02T00:00:00Z",
        "sold": {"documents": 3, "units": "4.000", "gross": "35.70", "discount": "0.00",
                 "net": "30.00", "tax": "5.70", "total": "35.70"},
        "voided": nothing,
        "returned": nothing,
        "result": {"units": "4.000", "net": "30.00", "tax": "5.70", "total": "35.70"},
        "earned": {"cost": "12.00", "margin": "18.00", "margin_percent": "60.00",
                   "net_without_cost": "0.00"},
    }  # fmt: skip
    assert second["voided"] == {
        "documents": 1, "units": "2.000", "net": "10.00", "tax": "1.90", "total": "11.90",
    }  # fmt: skip
    assert second["result"] == {
        "units": "-2.000", "net": "-10.00", "tax": "-1.90", "total": "-11.90",
    }  # fmt: skip
    assert [(row["earned"]["cost"], row["earned"]["margin"]) for row in found["items"]] == [
        ("12.00", "18.00"), ("-4.00", "-6.00"), ("0.00", "-10.00"), ("-4.00", "-1.00"),
        ("0.00", "-5.00"),
    ]  # fmt: skip
    assert third["result"]["total"] == "-11.90"
    assert (fourth["returned"]["total"], fifth["returned"]["total"]) == ("5.95", "5.95")
    assert found["totals"]["result"] == {
        "units": "-1.000", "net": "0.00", "tax": "0.00", "total": "0.00",
    }  # fmt: skip
    tenders = await report(goods, "tenders")
    assert tenders["items"] == [{
        "tender": "cash", "payments": 3, "taken": "35.70", "voided": "23.80", "refunds": 2,
        "refunded": "11.90", "kept": "0.00",
    }]  # fmt: skip


async def test_what_the_program_itself_posts(till: Till, desk: Desk, goods: Goods) -> None:
    rate = await till.tax_rate(190_000)
    tea = await till.product("TEA", price="11.90", on_hand="10", value_minor=40_00,
                             tax_rate_id=rate)  # fmt: skip
    fee = await till.product("FEE", price="5.00", tracks_stock=False)
    first = (await till.sell(line(tea, "3"), line(fee), cash="41.00")).json()
    await till.draft(line(tea))
    second = (await till.sell(line(tea), cash="11.90", role=Role.MANAGER)).json()
    assert (await desk.take(first, back(first, quantity="1"), role=Role.MANAGER)).is_success
    assert (await till.post(f"/{second['id']}/void", role=Role.MANAGER)).is_success

    found = (await goods.get(f"{REPORTS}/products")).json()
    cashiers = (await goods.get(f"{REPORTS}/cashiers")).json()

    assert [(row["sku"], row["sold"]["documents"], row["result"]["total"], row["earned"])
            for row in found["items"]] == [
        ("TEA", 2, "23.80", {"cost": "8.00", "margin": "12.00", "margin_percent": "60.00",
                             "net_without_cost": "0.00"}),
        ("FEE", 1, "5.00", {"cost": "0.00", "margin": "0.00", "margin_percent": None,
                            "net_without_cost": "5.00"}),
    ]  # fmt: skip
    assert found["totals"]["sold"]["documents"] == 2
    assert [(row["user"], row["sold"]["documents"], row["voided"]["documents"],
             row["returned"]["documents"]) for row in cashiers["items"]] == [
        ("Cashier", 1, 0, 0), ("Manager", 1, 1, 1),
    ]  # fmt: skip


async def test_categories_count_what_lies_below(till: Till, goods: Goods, journal: Journal) -> None:
    food = await goods.category("Food")
    tea = await goods.category("Tea", food)
    pot = await till.product("POT")
    green = await till.product("GREEN", category_id=CategoryId.parse(tea["id"]))
    rice = await till.product("RICE", category_id=CategoryId.parse(food["id"]))
    await journal.post([posted(july(1, 9), sold_line(pot), sold_line(green), sold_line(rice))])

    whole = (await report(goods, "categories"))["items"]
    own = (await report(goods, "categories", own="true"))["items"]

    assert [(r["category"], r["sold"]["documents"], r["sold"]["net"]) for r in whole] == [
        ("Food", 1, "20.00"), ("Food > Tea", 1, "10.00"), (None, 1, "10.00"),
    ]  # fmt: skip
    assert [(r["category"], r["sold"]["documents"], r["sold"]["net"]) for r in own] == [
        ("Food", 1, "10.00"), ("Food > Tea", 1, "10.00"), (None, 1, "10.00"),
    ]  # fmt: skip


async def test_only_documents_of_a_place(till: Till, goods: Goods, journal: Journal) -> None:
    tea = await till.product("TEA")
    await journal.post([posted(july(1, 9), sold_line(tea))])
    shelf = await till.stock.location("shelf")

    at_main = await report(goods, "days", location_id="0" * 25 + "1")
    at_shelf = await report(goods, "days", location_id=str(shelf))

    assert at_main["totals"]["sold"]["documents"] == 1
    assert at_shelf["totals"]["sold"]["documents"] == 0


class TestFiles:
    @pytest.mark.parametrize("name", ["days", "hours", "products", "categories", "cashiers",
                                      "taxes", "tenders"])  # fmt: skip
    async def test_hold_the_same_figures(
        self, till: Till, goods: Goods, journal: Journal, name: str
    ) -> None:
        tea = await till.product("TEA")
        rice = await till.product("RICE")
        await journal.post([
            posted(july(1, 9), sold_line(tea), sold_line(rice), voided_at=july(2, 1)),
            posted(july(1, 9), sold_line(rice), is_return=True, user=MANAGER),
        ])  # fmt: skip
        days = {"from": "2026-07-01", "to": "2026-07-02"}
        shown = await report(goods, name, **days)

        answer = await goods.get(f"{REPORTS}/{name}", format="csv", **days)

        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"].startswith('attachment; filename="')
        assert rows_of(answer.text) == [dict(_flat(item)) for item in shown["items"]]

    async def test_come_when_they_are_accepted_first(self, goods: Goods) -> None:
        headers = goods.sign_in(Role.MANAGER)

        async def kind(accept: str, **params: str) -> str:
            answer = await goods.http.get(
                f"/api/v1{REPORTS}/days", headers=headers | {"Accept": accept}, params=params
            )
            return str(answer.headers["content-type"].partition(";")[0])

        assert await kind("text/csv") == "text/csv"
        assert await kind("text/csv;q=0.9, application/json;q=0.8") == "text/csv"
        assert await kind("application/json, text/csv") == "application/json"
        assert await kind("*/*") == "application/json"
        assert await kind("text/html") == "application/json"
        assert await kind("text/csv", format="json") == "application/json"

    async def test_cannot_run_formulas(self, till: Till, goods: Goods, journal: Journal) -> None:
        risky = await till.product("=1+1", name="@SUM(A1)")
        await journal.post([posted(july(1, 9), sold_line(risky), is_return=True)])

        days = {"from": "2026-07-01", "to": "2026-07-02"}
        answer = await goods.get(f"{REPORTS}/products", format="csv", **days)

        (row,) = rows_of(answer.text)
        assert (row["sku"], row["name"]) == ("'=1+1", "'@SUM(A1)")
        assert row["result_total"] == "-11.90"


def _flat(item: Json, prefix: str = "") -> Any:
    for name, value in item.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}_")
        else:
            yield f"{prefix}{name}", "" if value is None else str(value)


class TestPages:
    async def test_of_products_are_walked_to_the_end(
        self, till: Till, goods: Goods, journal: Journal
    ) -> None:
        products = [await till.product(f"P{number}") for number in range(5)]
        await journal.post([
            posted(july(1, 9), *(sold_line(p, net=100 * (n // 2), tax=0)
                                 for n, p in enumerate(products)))
        ])  # fmt: skip

        pages = [
            [row["sku"] for row in items]
            async for items in goods.walk(
                f"{REPORTS}/products", limit=2, **{"from": "2026-07-01", "to": "2026-07-01"}
            )
        ]

        assert pages == [["P4", "P3"], ["P2", "P1"], ["P0"]]


class TestAccess:
    async def test_costs_are_for_those_who_may_see_them(
        self, till: Till, goods: Goods, journal: Journal
    ) -> None:
        tea = await till.product("TEA")
        await journal.post([posted(july(1, 9), sold_line(tea))])

        shown = await report(goods, "products", role=Role.VIEWER)
        as_file = await goods.get(f"{REPORTS}/products", role=Role.VIEWER, format="csv",
                                  **{"from": "2026-07-01"})  # fmt: skip

        assert shown["items"][0]["earned"] is None
        assert shown["totals"]["earned"] is None
        assert [name for name in rows_of(as_file.text)[0] if "earned" in name] == []

    async def test_a_stranger_gets_none(self, goods: Goods) -> None:
        answer = await goods.http.get(f"/api/v1{REPORTS}/days")

        assert answer.status_code == 401


@pytest.mark.parametrize(("name", "params", "pointer"), [
    ("days", {"from": "2026-07-02", "to": "2026-07-01"}, "to"),
    ("days", {"from": "2020-07-02", "to": "2026-07-01"}, "to"),
    ("hours", {"from": "2026-01-01", "to": "2026-07-01"}, "to"),
    ("taxes", {"from": "1000-01-01", "to": "1000-01-02"}, "from"),
    ("taxes", {"from": "2026-07-01T00:00"}, "from"),
    ("taxes", {"to": "0"}, "to"),
])  # fmt: skip
async def test_days_that_are_refused(
    goods: Goods, name: str, params: dict[str, str], pointer: str
) -> None:
    answer = await goods.get(f"{REPORTS}/{name}", **params)

    assert answer.status_code == 422
    fault = answer.json()["errors"][0]
    assert (fault["source"], fault["pointer"]) == ("query", pointer)


async def test_a_report_is_a_few_statements(till: Till, goods: Goods, journal: Journal) -> None:
    products = [await till.product(f"P{number}") for number in range(20)]
    await journal.post(posted(july(1, 9), sold_line(product)) for product in products)

    for name in ("days", "hours", "products", "categories", "cashiers", "taxes"):
        with recorded_statements() as statements:
            await report(goods, name, limit=100)

        # The caller, the shop, the rows, the totals.
        assert len(statements) == 4, "\n".join(statements)
