"""Families of products over HTTP: made, changed, filled with variants, removed when empty."""

from __future__ import annotations

import pytest
from httpx2 import Response

from app.domain.auth.roles import Role
from app.domain.common.identifiers import FamilyId
from app.infrastructure.db.tables.catalog import product_families
from tests.fixtures.goods import Goods, Json, euro, faults

SHIRT: Json = {
    "key": "Linen-Shirt",
    "name": "Linen shirt",
    "options": ["Colour", "Size"],
    "images": ["https://cdn.example.com/shirt.jpg"],
}


async def family(goods: Goods, **members: object) -> Json:
    made = await goods.post("/product-families", SHIRT | members)
    assert made.status_code == 201, made.text
    found: Json = made.json()
    return found


async def remove(goods: Goods, of: Json, *, version: int = 1, key: str | None = None) -> Response:
    headers = {"If-Match": f'"{version}"'} | ({"Idempotency-Key": key} if key else {})
    return await goods.http.delete(
        f"/api/v1/product-families/{of['id']}", headers=goods.sign_in(Role.MANAGER) | headers
    )


class TestMaking:
    async def test_answers_all_that_was_given_and_where_it_is(self, goods: Goods) -> None:
        made = await goods.post("/product-families", SHIRT)

        shown = made.json()
        assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
        assert made.headers["Location"] == f"/api/v1/product-families/{shown['id']}"
        assert shown == SHIRT | {
            "id": shown["id"],
            "version": 1,
            "created_at": shown["created_at"],
            "updated_at": shown["created_at"],
            "variants": [],
            "more_variants": False,
        }
        read = await goods.get(f"/product-families/{shown['id']}")
        assert read.json() == shown
        assert read.headers["ETag"] == '"1"'
        assert await goods.audited() == [
            ("family.created", {n: {"before": None, "after": v} for n, v in SHIRT.items()})
        ]
        assert await goods.events() == ["family.created"]

    async def test_is_done_once_under_a_key(self, goods: Goods) -> None:
        first = await goods.post("/product-families", SHIRT, Idempotency_Key="shirt")
        again = await goods.post("/product-families", SHIRT, Idempotency_Key="shirt")

        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.json() == first.json()
        assert len(await goods.rows(product_families)) == 1

    @pytest.mark.parametrize(
        ("members", "status", "expected"),
        [
            ({"key": " "}, 422, [("/key", "too_short")]),
            ({"key": "x" * 256}, 422, [("/key", "string_too_long")]),
            ({"key": " LINEN-shirt"}, 409, [("/key", "already_exists")]),
            ({"name": None}, 422, [("/name", "string_type")]),
            ({"options": list("abcdef")}, 422, [("/options", "too_long")]),
            ({"options": ["a", " a"]}, 422, [("/options/1", "duplicate")]),
            ({"images": ["shirt.jpg"]}, 422, [("/images/0", "invalid_image")]),
            ({"images": ["https://a.example/1"] * 2}, 422, [("/images/1", "duplicate")]),
            ({"variants": []}, 422, [("/variants", "extra_forbidden")]),
        ],
    )
    async def test_a_fault_is_named_and_nothing_is_written(
        self, goods: Goods, members: Json, status: int, expected: list[tuple[str, str]]
    ) -> None:
        await family(goods)
        before = await goods.state()

        refused = await goods.post("/product-families", SHIRT | {"key": "Other"} | members)

        assert (refused.status_code, faults(refused)) == (status, expected)
        assert await goods.state() == before

    async def test_needs_the_permission(self, goods: Goods) -> None:
        refused = await goods.post("/product-families", SHIRT, role=Role.CASHIER)

        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
        assert await goods.rows(product_families) == []


class TestChanging:
    async def test_changes_what_is_given_and_leaves_the_rest(self, goods: Goods) -> None:
        made = await family(goods)

        changed = await goods.patch(
            f"/product-families/{made['id']}", {"name": "Shirt", "options": ["Size"]}
        )

        assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
        assert changed.json() == made | {
            "name": "Shirt",
            "options": ["Size"],
            "version": 2,
            "updated_at": changed.json()["updated_at"],
        }
        assert (await goods.audited())[-1] == (
            "family.updated",
            {
                "name": {"before": "Linen shirt", "after": "Shirt"},
                "options": {"before": ["Colour", "Size"], "after": ["Size"]},
            },
        )
        assert await goods.events() == ["family.created", "family.updated"]

    async def test_a_change_that_changes_nothing_writes_nothing(self, goods: Goods) -> None:
        made = await family(goods)
        before = await goods.state()

        same = await goods.patch(f"/product-families/{made['id']}", SHIRT)

        assert (same.status_code, same.json()) == (200, made)
        assert await goods.state() == before

    async def test_an_old_version_and_a_key_that_is_taken_are_refused(self, goods: Goods) -> None:
        made = await family(goods)
        other = await family(goods, key="Other")
        before = await goods.state()

        stale = await goods.patch(f"/product-families/{made['id']}", {"name": "A"}, version=2)
        taken = await goods.patch(f"/product-families/{other['id']}", {"key": "linen-SHIRT"})
        unknown = await goods.patch(f"/product-families/{FamilyId(int=9)}", {"name": "A"})

        assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
        assert (taken.status_code, faults(taken)) == (409, [("/key", "already_exists")])
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
        assert await goods.state() == before


class TestVariants:
    async def test_are_the_products_of_the_family_with_their_values(self, goods: Goods) -> None:
        shirt = await family(goods)
        other = await family(goods, key="Other")
        blue = {"Colour": "blue", "Size": "M", "Fabric": "linen"}
        second = await goods.product("S-2", family_id=shirt["id"], attributes=blue)
        first = await goods.product("S-1", family_id=shirt["id"], attributes={"Colour": "blue"})
        await goods.product("T", family_id=other["id"])
        await goods.product("U")

        shown = (await goods.get(f"/product-families/{shirt['id']}")).json()

        assert first["family_id"] == shirt["id"]
        assert shown["variants"] == [
            {"id": first["id"], "sku": "S-1", "values": {"Colour": "blue", "Size": None}},
            {"id": second["id"], "sku": "S-2", "values": {"Colour": "blue", "Size": "M"}},
        ]
        assert shown["more_variants"] is False
        changed = await goods.patch(f"/product-families/{shirt['id']}", {"options": ["Size"]})
        assert [variant["values"] for variant in changed.json()["variants"]] == [
            {"Size": None},
            {"Size": "M"},
        ]
        assert sorted(await goods.skus(family_id=shirt["id"])) == ["S-1", "S-2"]
        assert await goods.skus(family_id=str(FamilyId(int=9))) == []

    async def test_no_more_than_two_hundred_are_shown(self, goods: Goods) -> None:
        shirt = await family(goods)
        of = FamilyId.parse(shirt["id"])
        await goods.fill([{"sku": f"S{number:03}", "family_id": of} for number in range(201)])

        shown = (await goods.get(f"/product-families/{shirt['id']}")).json()

        assert [variant["sku"] for variant in shown["variants"]] == [
            f"S{number:03}" for number in range(200)
        ]
        assert shown["more_variants"] is True

    async def test_a_product_moves_between_families_and_out(self, goods: Goods) -> None:
        shirt, other = await family(goods), await family(goods, key="Other")
        product = await goods.product("S-1", family_id=shirt["id"])
        path = f"/products/{product['id']}"

        moved = await goods.patch(path, {"family_id": other["id"]})
        out = await goods.patch(path, {"family_id": None}, version=2)

        assert (moved.json()["family_id"], out.json()["family_id"]) == (other["id"], None)
        assert (await goods.audited())[-1] == (
            "product.updated",
            {"family_id": {"before": other["id"], "after": None}},
        )

    async def test_a_family_that_is_not_there_is_refused(self, goods: Goods) -> None:
        product = await goods.product("S-1")
        before = await goods.state()
        nowhere = {"family_id": str(FamilyId(int=9))}

        made = await goods.post(
            "/products", {"sku": "S-2", "name": "S", "price": euro("1")} | nowhere
        )
        changed = await goods.patch(f"/products/{product['id']}", nowhere)

        for refused in (made, changed):
            assert refused.status_code == 422, refused.text
            assert faults(refused) == [("/family_id", "unknown_reference")]
        assert await goods.state() == before


class TestRemoving:
    async def test_goes_when_no_product_belongs_to_it(self, goods: Goods) -> None:
        shirt = await family(goods)
        product = await goods.product("S-1", family_id=shirt["id"])
        before = await goods.state()

        kept = await remove(goods, shirt)
        assert (kept.status_code, kept.json()["code"]) == (409, "family_in_use")
        assert await goods.state() == before

        await goods.patch(f"/products/{product['id']}", {"family_id": None})
        gone = await remove(goods, shirt, key="gone")
        again = await remove(goods, shirt, key="gone")

        assert (gone.status_code, gone.content) == (204, b"")
        assert (again.status_code, again.headers["Idempotency-Replayed"]) == (204, "true")
        assert (await goods.get(f"/product-families/{shirt['id']}")).status_code == 404
        assert await goods.rows(product_families) == []
        assert (await goods.audited())[-1] == (
            "family.removed",
            {name: {"before": value, "after": None} for name, value in SHIRT.items()},
        )
        assert (await goods.events())[-1] == "family.removed"

    async def test_an_old_version_is_refused(self, goods: Goods) -> None:
        shirt = await family(goods)
        before = await goods.state()

        stale = await remove(goods, shirt, version=2)

        assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
        assert await goods.state() == before


class TestList:
    async def test_goes_by_key_page_by_page(self, goods: Goods) -> None:
        for name in ("b", "A", "c", "D"):
            await family(goods, key=name)

        pages = [page async for page in goods.walk("/product-families", limit=3)]

        assert [[item["key"] for item in page] for page in pages] == [["A", "b", "c"], ["D"]]

    async def test_is_found_by_words_and_by_key(self, goods: Goods) -> None:
        await family(goods, key="linen-shirt", name="Chemise d'été")
        await family(goods, key="linen", name="100% trousers")

        async def found(**params: str) -> list[str]:
            answer = await goods.get("/product-families", **params)
            return [item["key"] for item in answer.json()["items"]]

        assert await found(q="linen") == ["linen", "linen-shirt"]
        assert await found(q="ETE shirt") == ["linen-shirt"]
        assert await found(q="100%") == ["linen"]
        assert await found(q="%") == ["linen"]
        assert await found(key="LINEN") == ["linen"]
        assert await found(key="lin") == []
