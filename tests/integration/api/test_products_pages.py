"""Pages of products: nothing is lost or repeated, and no page costs more than the first."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from tests.fixtures.goods import Goods
from tests.fixtures.plans import Statement, seen_statements

MANY = 4_000
# As many as make Postgres prefer an index for a page, as it does in any shop of some size.
ENOUGH = 20_000
LISTS = "FROM products"


async def listed(goods: Goods, **params: Any) -> tuple[Statement, str | None]:
    """Ask for a page; returns the statement that read it, and the next cursor."""
    with seen_statements(LISTS) as statements:
        page = await goods.get("/products", **params)
    assert page.status_code == 200, page.text
    return statements[-1], page.json()["next_cursor"]


async def filled(goods: Goods, many: int = MANY) -> None:
    await goods.fill(
        [
            {"sku": f"KT-INS{n:05}", "price_micros": UnitPrice(1_000_000 + n % 50)}
            for n in range(many)
        ]
    )
    await goods.analyze()


@pytest.mark.case("PAG-01")
@pytest.mark.parametrize("sort", ["price", "-price", "name", "-updated_at"])
async def test_every_product_of_a_thousand_that_tie_is_seen_once(goods: Goods, sort: str) -> None:
    made = await goods.fill([{"sku": f"S{n}", "name": "Same"} for n in range(1_000)])

    seen = [
        item["id"] async for page in goods.walk("/products", sort=sort, limit=37) for item in page
    ]

    down = sort.startswith("-")
    assert seen == sorted(map(str, made), reverse=down)


@pytest.mark.case("PAG-03")
async def test_every_order_is_read_off_its_index_and_nothing_is_counted(goods: Goods) -> None:
    await filled(goods, ENOUGH)
    indexes = {
        "name": "ix_products_name_folded_id",
        "sku": "sku_key",
        "price": "ix_products_price_micros_id",
        "created_at": "ix_products_created_at_id",
        "updated_at": "ix_products_updated_at_id",
    }

    for sort, index in [(sign + sort, index) for sort, index in indexes.items() for sign in "+-"]:
        order = sort.removeprefix("+")
        first, cursor = await listed(goods, sort=order)
        second, _ = await listed(goods, sort=order, cursor=cursor)
        for statement in (first, second):
            plan = await statement.plan(goods.engine)
            assert index in plan or "sqlite_autoindex_products" in plan, plan
            assert "Seq Scan on products" not in plan, plan
            assert "Seq Scan" not in plan.partition("Limit")[2].partition("SubPlan")[0], plan
            assert "count(" not in statement.text.lower()
            assert "OFFSET" not in statement.text.upper().replace("LIMIT ? OFFSET ?", "")


@pytest.mark.case("PAG-04")
@pytest.mark.parametrize("sort", ["name", "-price"])
async def test_a_page_far_down_costs_what_the_second_costs(goods: Goods, sort: str) -> None:
    await filled(goods)
    _, second = await listed(goods, sort=sort, limit=20)
    cursor = second
    for _ in range(MANY // 200 - 2):
        _, cursor = await listed(goods, sort=sort, limit=200, cursor=cursor)

    near, _ = await listed(goods, sort=sort, limit=20, cursor=second)
    far, following = await listed(goods, sort=sort, limit=20, cursor=cursor)

    assert following is not None
    near_steps, far_steps = await near.steps(goods.engine), await far.steps(goods.engine)
    assert far_steps <= near_steps * 1.2, (near_steps, far_steps)


@pytest.mark.case("SEA-01", "SEA-02")
async def test_a_rare_text_is_found_by_the_index_of_trigrams(goods: Goods) -> None:
    await filled(goods, ENOUGH)
    await goods.fill([{"sku": "RARE", "name": "Café xylophone"}])

    for text in ("kt-ins01234", "ins01234", "XYLO cafe"):
        with seen_statements(LISTS) as statements:
            found = await goods.skus(q=text)
        assert found == (["RARE"] if "XYLO" in text else ["KT-INS01234"])
        plan = await statements[-1].plan(goods.engine)
        if goods.engine.dialect.name == "sqlite":
            assert "SCAN product_search VIRTUAL TABLE INDEX" in plan, plan
            assert "SCAN products" not in plan, plan
        else:
            assert "Bitmap Index Scan on ix_products_search_text" in plan, plan


async def test_a_common_text_goes_along_the_order(goods: Goods) -> None:
    await goods.fill([{"sku": f"C{n:05}", "name": "Common"} for n in range(5_100)])
    await goods.analyze()

    statement, cursor = await listed(goods, q="common", sort="sku", limit=10)

    assert cursor is not None
    plan = await statement.plan(goods.engine)
    assert "product_search" not in plan, plan
    assert "ix_products_search_text" not in plan, plan


async def test_a_look_up_reads_by_unique_keys(goods: Goods) -> None:
    await filled(goods, ENOUGH)
    with seen_statements(LISTS) as statements:
        found = await goods.get("/products/lookup", code="kt-ins00007")

    assert found.json()["sku"] == "KT-INS00007"
    plan = await statements[-1].plan(goods.engine)
    assert "Seq Scan on products" not in plan, plan
    assert "SCAN products" not in plan, plan
    assert "SCAN by_sku" not in plan, plan


async def test_quantities_that_have_no_value_stay_null(goods: Goods) -> None:
    await goods.fill([{"sku": "A", "reorder_point": Quantity(1500)}])
    [item] = (await goods.get("/products")).json()["items"]
    assert (item["reorder_point"], item["reorder_quantity"]) == ("1.500", None)
