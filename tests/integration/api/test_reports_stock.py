"""Reports on stock over HTTP, by hand, in JSON and as files."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.auth.roles import Role
from app.domain.common.identifiers import CategoryId, LineId, ProductId
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import MAIN_ID, QUARANTINE_ID
from app.domain.inventory.movement import Move, MovementKind
from tests.fixtures.goods import Goods
from tests.fixtures.returning import Desk, back
from tests.fixtures.statements import recorded_statements
from tests.fixtures.till import Json, Till, line
from tests.integration.api.test_reports_sales import rows_of

REPORTS = "/reports/stock"


async def report(goods: Goods, name: str, *, role: Role = Role.MANAGER, **params: Any) -> Json:
    answer = await goods.get(f"{REPORTS}/{name}", role=role, **params)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def two_places(till: Till, goods: Goods) -> tuple[ProductId, datetime]:
    """Tea in two places, at first in one; returns the instant between."""
    food = await goods.category("Food")
    tea = await till.product("TEA", on_hand="3", value_minor=100,
                             category_id=CategoryId.parse(food["id"]))  # fmt: skip
    await till.product("RICE", on_hand="2", value_minor=500)
    newest = (await goods.get("/inventory/movements", limit=1)).json()["items"][0]
    between = datetime.fromisoformat(newest["recorded_at"])
    await till.stock.post(
        Move(
            product_id=tea,
            source=MAIN_ID,
            target=QUARANTINE_ID,
            quantity=Quantity.of(1),
            kind=MovementKind.TRANSFER,
            line_id=till.stock.ids.new(LineId),
        )
    )
    return tea, between


async def test_now_and_at_an_instant(till: Till, goods: Goods) -> None:
    tea, between = await two_places(till, goods)

    now = await report(goods, "products")
    places = await report(goods, "locations")
    then = await report(goods, "locations", at=between.isoformat())
    before = await report(goods, "products", at=(between - timedelta(days=1)).isoformat())
    categories = await report(goods, "categories")

    assert now["basis"] == "recorded"
    assert now["items"] == [
        {"product_id": now["items"][0]["product_id"], "sku": "RICE", "name": "Product RICE",
         "quantity": "2.000", "value": "5.00"},
        {"product_id": str(tea), "sku": "TEA", "name": "Product TEA",
         "quantity": "3.000", "value": "1.00"},
    ]  # fmt: skip
    assert now["total"] == {"quantity": "5.000", "value": "6.00"}
    assert [(r["location"], r["quantity"], r["value"]) for r in places["items"]] == [
        ("main", "4.000", "5.66"), ("quarantine", "1.000", "0.34"),
    ]  # fmt: skip
    assert [(r["location"], r["quantity"], r["value"]) for r in then["items"]] == [
        ("main", "5.000", "6.00"),
    ]  # fmt: skip
    assert (before["items"], before["total"]) == ([], {"quantity": "0.000", "value": "0.00"})
    assert [(r["category"], r["quantity"], r["value"]) for r in categories["items"]] == [
        ("Food", "3.000", "1.00"), (None, "2.000", "5.00"),
    ]  # fmt: skip
    stock = (await goods.get("/inventory/stock")).json()["items"]
    assert [(r["sku"], r["value"]["amount"]) for r in stock] == [("RICE", "5.00"), ("TEA", "1.00")]


async def test_pages_and_the_file_hold_all_products(till: Till, goods: Goods) -> None:
    for number in range(5):
        await till.product(f"P{number}", on_hand="1", value_minor=number)

    pages = [[r["sku"] for r in items] async for items in
             goods.walk(f"{REPORTS}/products", limit=2)]  # fmt: skip
    as_file = await goods.get(f"{REPORTS}/products", format="csv", limit=1)

    assert pages == [["P0", "P1"], ["P2", "P3"], ["P4"]]
    assert [(r["sku"], r["quantity"], r["value"]) for r in rows_of(as_file.text)] == [
        (f"P{number}", "1.000", f"0.0{number}") for number in range(5)
    ]


async def test_what_turns_and_what_does_not(till: Till, goods: Goods, desk: Desk) -> None:
    tea = await till.product("TEA", price="5.00", on_hand="10", value_minor=20_00)
    await till.product("DUST", on_hand="4", value_minor=99_99)
    gone = await till.product("GONE", price="1.00", on_hand="1", value_minor=1_00)
    sale = (await till.sell(line(tea, "6"), line(gone), cash="31.00")).json()
    assert (await desk.take(sale, back(sale), role=Role.MANAGER)).is_success

    turned = (await report(goods, "turnover"))["items"]
    none_sold = (await report(goods, "slow-movers"))["items"]
    few_sold = (await report(goods, "slow-movers", most=5))["items"]

    assert [
        (r["sku"], r["opening_value"], r["closing_value"], r["average_value"], r["cost_of_sales"],
         r["turns"]) for r in turned
    ] == [
        ("DUST", "0.00", "99.99", "50.00", "0.00", "0.00"),
        ("GONE", "0.00", "0.00", "0.00", "1.00", None),
        ("TEA", "0.00", "10.00", "5.00", "10.00", "2.00"),
    ]  # fmt: skip
    days = (await report(goods, "turnover"))["period"]
    length = (datetime.fromisoformat(days["last_day"])
              - datetime.fromisoformat(days["first_day"])).days + 1  # fmt: skip
    assert [r["days_held"] for r in turned] == [None, 0, (length + 1) // 2]
    assert [(r["sku"], r["quantity"], r["value"], r["sold"], r["last_sold_at"])
            for r in none_sold] == [("DUST", "4.000", "99.99", "0.000", None)]  # fmt: skip
    assert [(r["sku"], r["sold"], r["last_sold_at"]) for r in few_sold] == [
        ("DUST", "0.000", None), ("TEA", "5.000", sale["occurred_at"]),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["products", "locations", "categories", "turnover", "slow-movers"])
async def test_files_hold_the_same_figures(till: Till, goods: Goods, name: str) -> None:
    await two_places(till, goods)
    shown = (await report(goods, name))["items"]

    as_file = await goods.get(f"{REPORTS}/{name}", format="csv")

    assert shown
    assert rows_of(as_file.text) == [
        {member: "" if value is None else str(value) for member, value in item.items()}
        for item in shown
    ]


async def test_values_are_for_those_who_may_see_costs(till: Till, goods: Goods) -> None:
    await two_places(till, goods)

    for name in ("products", "locations", "categories", "slow-movers"):
        shown = await report(goods, name, role=Role.VIEWER)
        as_file = await goods.get(f"{REPORTS}/{name}", role=Role.VIEWER, format="csv")
        assert {item["value"] for item in shown["items"]} == {None}
        assert "value" not in rows_of(as_file.text)[0]
        if "total" in shown:
            assert shown["total"]["value"] is None
    refused = await goods.get(f"{REPORTS}/turnover", role=Role.VIEWER)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")


async def test_a_report_is_a_few_statements(till: Till, goods: Goods) -> None:
    for number in range(20):
        await till.product(f"P{number}", on_hand="1", value_minor=number)

    # The caller and the shop; then the rows, and what belongs to them.
    for name, most in (("products", 5), ("locations", 4), ("categories", 4), ("turnover", 6),
                       ("slow-movers", 3)):  # fmt: skip
        with recorded_statements() as statements:
            await report(goods, name, limit=100)
        assert len(statements) == most, "\n".join(statements)
