"""Text search over HTTP: one rule for names, SKUs and barcodes, the same on both databases."""

from __future__ import annotations

import pytest

from tests.fixtures.goods import Goods


@pytest.mark.case("SEA-01")
async def test_accents_and_case_do_not_count_and_signs_stand_for_themselves(goods: Goods) -> None:
    await goods.product("1", name="Café crème")
    await goods.product("2", name="CAFE noir")
    await goods.product("3", name="Cafe\u0301")
    await goods.product("4", name="100% juice_box")
    await goods.product("5", name="1000 juice boxes")

    assert await goods.skus(q="cafe", sort="sku") == ["1", "2", "3"]
    assert await goods.skus(q="CAFÉ", sort="sku") == ["1", "2", "3"]
    assert await goods.skus(q="af\u00e9", sort="sku") == ["1", "2", "3"]
    assert await goods.skus(q="100%") == ["4"]
    assert await goods.skus(q="%") == ["4"]
    assert await goods.skus(q="e_b") == ["4"]
    assert await goods.skus(q="_") == ["4"]
    assert await goods.skus(q="juice", sort="sku") == ["4", "5"]


@pytest.mark.case("SEA-02")
async def test_parts_of_a_sku_a_barcode_and_a_name_are_found_by_one_rule(goods: Goods) -> None:
    await goods.product("KT-INS114-DRE", name="Dress")
    await goods.product("B", name="Kit kt-ins114 spare")
    await goods.product("C", name="Other", barcodes=["KT-INS114/7"])
    await goods.product("D", name="Nothing of it", barcodes=["4006381333931"])

    for part in ("kt-ins114", "ins114", "T-INS11", "114"):
        assert await goods.skus(q=part, sort="sku") == ["B", "C", "KT-INS114-DRE"], part
    assert await goods.skus(q="ins114-dre") == ["KT-INS114-DRE"]
    assert await goods.skus(q="381333") == ["D"]
    assert await goods.skus(q="04006381333931") == ["D"]


async def test_several_words_are_found_in_any_order_and_across_fields(goods: Goods) -> None:
    await goods.product("MUG-01", name="Large blue cup", barcodes=["12345"])
    await goods.product("MUG-02", name="Large red cup")
    await goods.product("POT-01", name="Blue pot")

    assert await goods.skus(q="blue large") == ["MUG-01"]
    assert await goods.skus(q="  cup   MUG ", sort="sku") == ["MUG-01", "MUG-02"]
    assert await goods.skus(q="345 lu mug") == ["MUG-01"]
    assert await goods.skus(q="01", sort="sku") == ["MUG-01", "POT-01"]
    assert await goods.skus(q="red blue") == []
    assert await goods.skus(q="01large") == []
    assert await goods.skus(q="   ", sort="sku") == ["MUG-01", "MUG-02", "POT-01"]


@pytest.mark.parametrize(
    "text", ['"', '""blue', "blue OR red", "NEAR(blue", "blu*", "-", "\\", "'"]
)
async def test_no_sign_is_a_command(goods: Goods, text: str) -> None:
    await goods.product("1", name="blue and red")

    assert await goods.skus(q=text) == []
    exact = await goods.product("2", name=f"x {text} y")
    assert await goods.skus(q=text) == [exact["sku"]]


async def test_follows_what_a_product_becomes(goods: Goods) -> None:
    product = await goods.product("A", name="Kettle", barcodes=["99999"])
    await goods.patch(f"/products/{product['id']}", {"name": "Teapot", "sku": "Zed-1"})

    assert await goods.skus(q="kettle") == []
    assert await goods.skus(q="teapot") == ["Zed-1"]
    assert await goods.skus(q="zed 999") == ["Zed-1"]


async def test_goes_along_with_filters_sort_and_pages(goods: Goods) -> None:
    for number in range(7):
        await goods.product(f"S{number}", name="same words", tracks_stock=number % 2 == 0)

    pages = [
        [item["sku"] for item in page]
        async for page in goods.walk(
            "/products", q="words same", tracks_stock="true", sort="-sku", limit=3
        )
    ]

    assert pages == [["S6", "S4", "S2"], ["S0"]]
