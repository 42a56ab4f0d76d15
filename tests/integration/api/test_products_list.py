"""The list of products over HTTP: filters, sorts, look-up by code."""

from __future__ import annotations

import pytest

from app.domain.common.identifiers import CategoryId
from tests.fixtures.goods import Goods, Json, euro, faults
from tests.fixtures.statements import recorded_statements


@pytest.fixture
async def shelf(goods: Goods) -> dict[str, Json]:
    """Four products that differ in whatever the list can tell apart."""
    garden = await goods.category("Garden")
    tools = await goods.category("Tools", garden)
    indoor = await goods.category("Garden furniture")
    reduced = {"code": "reduced", "name": "Reduced", "percent": "7"}
    rate = (await goods.post("/tax-rates", reduced)).json()
    return {
        "garden": garden,
        "tools": tools,
        "rate": rate,
        "b": await goods.product("B-1", name="spade", price=euro("20"), category_id=tools["id"]),
        "a": await goods.product("a-2", name="Éclair", price=euro("5"), tax_rate_id=rate["id"]),
        "d": await goods.product(
            "D-1", name="Delivery", price=euro("5.000001"), tracks_stock=False, barcodes=["one"]
        ),
        "c": await goods.product(
            "C_1", name="chair", price=euro("99.99"), category_id=indoor["id"]
        ),
        "e": await goods.product("b-2", name="Soil", price=euro("5"), category_id=garden["id"]),
    }


class TestFilters:
    async def test_each_narrows_the_list(self, goods: Goods, shelf: dict[str, Json]) -> None:
        await goods.set_active(shelf["c"], active=False)
        expected: list[tuple[Json, list[str]]] = [
            ({}, ["B-1", "C_1", "D-1", "a-2", "b-2"]),
            ({"active": "true"}, ["B-1", "D-1", "a-2", "b-2"]),
            ({"active": "false"}, ["C_1"]),
            ({"tracks_stock": "false"}, ["D-1"]),
            ({"tax_rate_id": shelf["rate"]["id"]}, ["a-2"]),
            ({"category_id": shelf["garden"]["id"]}, ["B-1", "b-2"]),
            ({"category_id": shelf["tools"]["id"]}, ["B-1"]),
            ({"category_id": str(CategoryId(int=99))}, []),
            ({"price_min": "5.000001"}, ["B-1", "C_1", "D-1"]),
            ({"price_max": "5.000001"}, ["D-1", "a-2", "b-2"]),
            ({"price_min": "5", "price_max": "5"}, ["a-2", "b-2"]),
            ({"sku_prefix": "B-"}, ["B-1", "b-2"]),
            ({"sku_prefix": "c_"}, ["C_1"]),
            ({"sku_prefix": "_"}, []),
            ({"barcode": "one"}, ["D-1"]),
            ({"barcode": "on"}, []),
            ({"updated_since": shelf["d"]["updated_at"]}, ["C_1", "D-1", "b-2"]),
            ({"updated_since": "2100-01-01T00:00:00Z"}, []),
            ({"active": "true", "price_max": "5", "sku_prefix": "b"}, ["b-2"]),
        ]

        for params, skus in expected:
            assert sorted(await goods.skus(**params)) == skus, params

    async def test_what_cannot_be_read_is_named(self, goods: Goods) -> None:
        wrong: list[tuple[Json, str]] = [
            ({"price_min": "-1"}, "price_min"),
            ({"price_max": "1,5"}, "price_max"),
            ({"category_id": "garden"}, "category_id"),
            ({"active": "maybe"}, "active"),
            ({"updated_since": "2026-11-25T12:00:00"}, "updated_since"),
            ({"sort": "colour"}, "sort"),
            ({"limit": "201"}, "limit"),
            ({"q": "a\u0000"}, "q"),
            ({"sku_prefix": "\u0007"}, "sku_prefix"),
            ({"barcode": "\u0000"}, "barcode"),
        ]
        for params, pointer in wrong:
            refused = await goods.get("/products", **params)
            assert refused.status_code == 422, params
            assert [place for place, _ in faults(refused)] == [pointer]


class TestSorts:
    async def test_each_turns_round(self, goods: Goods, shelf: dict[str, Json]) -> None:
        orders = {
            "name": ["C_1", "D-1", "a-2", "b-2", "B-1"],
            "sku": ["a-2", "B-1", "b-2", "C_1", "D-1"],
            "price": ["a-2", "b-2", "D-1", "B-1", "C_1"],
            "created_at": ["B-1", "a-2", "D-1", "C_1", "b-2"],
            "updated_at": ["B-1", "a-2", "D-1", "C_1", "b-2"],
        }
        assert await goods.skus() == orders["name"]
        for sort, skus in orders.items():
            assert await goods.skus(sort=sort) == skus
            assert await goods.skus(sort=f"-{sort}") == skus[::-1]


class TestCursors:
    async def test_count_for_their_own_list_only(
        self, goods: Goods, shelf: dict[str, Json]
    ) -> None:
        first = (await goods.get("/products", limit=2, sort="sku")).json()
        cursor = first["next_cursor"]

        second = await goods.get("/products", limit=1, sort="sku", cursor=cursor)
        assert [item["sku"] for item in second.json()["items"]] == ["b-2"]
        others: list[Json] = [
            {"sort": "-sku"},
            {"sort": "name"},
            {"sort": "sku", "active": "true"},
        ]
        for params in others:
            other = await goods.get("/products", limit=2, cursor=cursor, **params)
            assert (other.status_code, other.json()["code"]) == (400, "invalid_cursor")
        forged = await goods.get("/products", sort="sku", cursor=cursor[:-2] + "AA")
        assert (forged.status_code, forged.json()["code"]) == (400, "invalid_cursor")


class TestLookup:
    @pytest.mark.case("IMP-17")
    @pytest.mark.parametrize("typed", ["012345678905", "0012345678905"])
    async def test_a_till_that_drops_or_adds_a_zero_finds_the_same(
        self, goods: Goods, typed: str
    ) -> None:
        mug = await goods.product("Mug-1", barcodes=[typed])
        before = await goods.state()

        for code in ("012345678905", "0012345678905", "00012345678905"):
            assert (await goods.get("/products/lookup", code=code)).json() == mug, code
            body = {"sku": "Cup", "name": "Cup", "price": euro("1.00"), "barcodes": [code]}
            taken = await goods.post("/products", body)
            assert (taken.status_code, taken.json()["code"]) == (409, "already_exists"), code

        assert mug["barcodes"] == [typed]
        assert await goods.state() == before

    async def test_finds_by_barcode_in_any_length_and_by_sku_in_any_case(
        self, goods: Goods
    ) -> None:
        mug = await goods.product("Mug-1", barcodes=["012345678905", "Shelf-7"])

        for code in ("012345678905", "0012345678905", "00012345678905", "Shelf-7", " mUG-1 "):
            found = await goods.get("/products/lookup", code=code)
            assert found.json() == mug, code
            assert found.headers["ETag"] == '"1"'
        for code in ("shelf-7", "Mug", "12345678905", "%"):
            missing = await goods.get("/products/lookup", code=code)
            assert (missing.status_code, missing.json()["code"]) == (404, "not_found"), code

    async def test_a_barcode_goes_before_a_sku(self, goods: Goods) -> None:
        await goods.product("777")
        scanned = await goods.product("other", barcodes=["777"])

        assert (await goods.get("/products/lookup", code="777")).json() == scanned

    async def test_finds_what_is_off_sale(self, goods: Goods) -> None:
        off = await goods.set_active(await goods.product("A"), active=False)
        assert (await goods.get("/products/lookup", code="A")).json() == off

    @pytest.mark.parametrize("code", ["", "\u0000", "x" * 65])
    async def test_what_no_code_can_be_is_refused(self, goods: Goods, code: str) -> None:
        refused = await goods.get("/products/lookup", code=code)
        assert [place for place, _ in faults(refused)] == ["code"]
        assert refused.status_code == 422


async def test_a_list_is_one_statement_and_so_is_a_look_up(
    goods: Goods, shelf: dict[str, Json]
) -> None:
    counts = {}
    for name, path, params in (
        ("list", "/products", {"limit": 2}),
        ("filtered", "/products", {"category_id": shelf["garden"]["id"], "price_max": "9"}),
        ("searched", "/products", {"q": "delivery one"}),
        ("look-up", "/products/lookup", {"code": "one"}),
        ("detail", f"/products/{shelf['a']['id']}", {}),
        ("tree", "/categories", {}),
    ):
        with recorded_statements() as statements:
            assert (await goods.get(path, **params)).status_code == 200
        # One of them tells who is calling.
        counts[name] = len(statements) - 1

    # SQLite first asks whether a text is common.
    searched = 2 if goods.engine.dialect.name == "sqlite" else 1
    assert counts == {
        "list": 1,
        "filtered": 1,
        "searched": searched,
        "look-up": 1,
        "detail": 1,
        "tree": 1,
    }
