"""The reorder list over HTTP, by hand."""

from __future__ import annotations

from typing import Any

from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId
from app.domain.common.quantity import Quantity
from tests.fixtures.goods import Goods
from tests.fixtures.plans import seen_statements
from tests.fixtures.statements import recorded_statements
from tests.fixtures.till import Json, Till, line
from tests.integration.api.test_reports_sales import rows_of

REORDER = "/reports/reorder"


async def low(till: Till, sku: str, on_hand: str, point: str, **columns: Any) -> ProductId:
    return await till.product(
        sku, price="1.00", on_hand=on_hand, value_minor=100, reorder_point=Quantity.parse(point),
        **columns,
    )  # fmt: skip


async def bought_of(goods: Goods, product: ProductId, **members: Any) -> Json:
    supplier = (await goods.post("/suppliers", {"name": "Wholesaler", "code": "W"})).json()
    asked = {"product_id": str(product), "preferred": True} | members
    item = await goods.post(f"/suppliers/{supplier['id']}/items", asked)
    assert item.status_code == 201, item.text
    found: Json = item.json()
    return found


async def test_what_is_low_and_how_much_of_it(till: Till, goods: Goods) -> None:
    tea = await low(till, "TEA", "33", "5")
    await low(till, "OK", "6", "5")
    await low(till, "RICE", "5", "5", reorder_quantity=Quantity.of(20))
    await low(till, "OLD", "1", "5", active=False)
    await till.product("NEVER", on_hand="1", value_minor=1)
    item = await bought_of(goods, tea, pack_size="6", minimum_order="2", lead_time_days=14,
                           sku="W-1", cost={"amount": "3.00", "currency": "EUR"})  # fmt: skip
    assert (await till.sell(line(tea, "29"), cash="29.00")).is_success

    found = (await goods.get(REORDER)).json()

    assert found["items"] == [
        {
            "product_id": found["items"][0]["product_id"], "sku": "RICE", "name": "Product RICE",
            "available": "5.000", "incoming": "0.000", "reorder_point": "5.000",
            "reorder_quantity": "20.000", "sold": "0.000", "proposed": "20.000",
            "proposed_packs": None, "source": None,
        },
        {
            # One lacks, and 14 days take 14.5 at 29 in 28 days: 16 are three packs of 6.
            "product_id": str(tea), "sku": "TEA", "name": "Product TEA",
            "available": "4.000", "incoming": "0.000", "reorder_point": "5.000",
            "reorder_quantity": None, "sold": "29.000", "proposed": "18.000",
            "proposed_packs": 3,
            "source": {
                "supplier_id": item["supplier_id"], "supplier": "W", "supplier_name": "Wholesaler",
                "supplier_sku": "W-1", "pack_size": "6.000", "minimum_packs": "2.000",
                "lead_time_days": 14, "pack_cost": "3.00", "currency": "EUR",
            },
        },
    ]  # fmt: skip
    (tea_of_week, _) = reversed((await goods.get(REORDER, days=7)).json()["items"])
    assert tea_of_week["proposed"] == "60.000"


async def test_suppliers_and_costs_are_for_those_who_may_see_them(till: Till, goods: Goods) -> None:
    tea = await low(till, "TEA", "1", "5")
    await bought_of(goods, tea, pack_size="6", cost={"amount": "3.00", "currency": "EUR"})

    async def shown(role: Role) -> tuple[Json, Json]:
        (item,) = (await goods.get(REORDER, role=role)).json()["items"]
        (row,) = rows_of((await goods.get(REORDER, role=role, format="csv")).text)
        return item, row

    manager, of_manager = await shown(Role.MANAGER)
    cashier, of_cashier = await shown(Role.CASHIER)
    viewer, of_viewer = await shown(Role.VIEWER)

    assert (manager["source"]["pack_cost"], of_manager["source_pack_cost"]) == ("3.00", "3.00")
    assert cashier["source"]["pack_cost"] is None
    assert "source_pack_cost" not in of_cashier
    assert of_cashier["source_supplier"] == "W"
    assert viewer["source"] is None
    assert [name for name in of_viewer if "source" in name] == []
    assert viewer["proposed"] == of_viewer["proposed"] == "6.000"


async def test_pages_and_statements(till: Till, goods: Goods) -> None:
    for number in range(5):
        await low(till, f"P{number}", "1", "5", active=number != 1)

    with recorded_statements() as statements:
        pages = [[r["sku"] for r in items] async for items in goods.walk(REORDER, limit=2)]

    assert pages == [["P0"], ["P2", "P3"], ["P4"]]
    # Each page: the caller, the shop, what is low, sales, suppliers.
    assert len(statements) == 3 * 5, "\n".join(statements)


async def test_only_products_with_a_reorder_point_are_read(goods: Goods) -> None:
    rows = [{"sku": f"N{number}", "reorder_point": None} for number in range(2_000)]
    await goods.fill([*rows, {"sku": "LOW", "reorder_point": Quantity.of(1)}])
    await goods.analyze()

    with seen_statements("reorder_point") as statements:
        found = await goods.get("/inventory/stock", low="true")

    assert [item["sku"] for item in found.json()["items"]] == ["LOW"]
    (statement,) = statements
    assert "ix_products_reordered" in await statement.plan(goods.engine)
