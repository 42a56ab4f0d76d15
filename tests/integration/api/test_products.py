"""Products over HTTP: made, changed, taken off sale and put back."""

from __future__ import annotations

import pytest
from httpx2 import Response

from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId, TaxRateId, UnitId
from app.infrastructure.db.tables.catalog import product_barcodes, products
from app.infrastructure.db.tables.foundation import outbox
from tests.fixtures.goods import Goods, Json, euro, faults
from tests.fixtures.stock import Stock

FULL: Json = {
    "sku": "00-Mug",
    "name": "Mug, blue",
    "price": euro("12.5"),
    "description": "Holds 300 ml.\nBlue.",
    "cost": euro("4.123456"),
    "tracks_stock": True,
    "barcodes": ["4006381333931", "shelf 7"],
    "reorder_point": "2.000",
    "reorder_quantity": "12.000",
    "attributes": {"colour": "blue"},
    "images": ["https://cdn.example.com/mug.jpg", "https://cdn.example.com/box.jpg"],
    "external_id": "gid://mugs/7",
}


class TestMaking:
    async def test_answers_all_that_was_given_and_where_it_is(self, goods: Goods) -> None:
        made = await goods.post("/products", FULL)

        product = made.json()
        assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
        assert made.headers["Location"] == f"/api/v1/products/{product['id']}"
        assert product == FULL | {
            "id": product["id"],
            "price": euro("12.50"),
            "category_id": None,
            "family_id": None,
            "unit_id": str(UnitId(int=1)),
            "tax_rate_id": str(TaxRateId(int=1)),
            "active": True,
            "version": 1,
            "created_at": product["created_at"],
            "updated_at": product["created_at"],
        }
        read = await goods.get(f"/products/{product['id']}")
        assert read.json() == product
        assert read.headers["ETag"] == '"1"'

    async def test_writes_one_audit_row_and_one_event(self, goods: Goods) -> None:
        await goods.post("/products", FULL)

        [(action, changes)] = await goods.audited()
        assert action == "product.created"
        assert changes["sku"] == {"before": None, "after": "00-Mug"}
        assert changes["barcodes"]["after"] == ["4006381333931", "shelf 7"]
        assert await goods.events() == ["product.created"]

    async def test_is_done_once_under_a_key(self, goods: Goods) -> None:
        first = await goods.post("/products", FULL, Idempotency_Key="mug")
        again = await goods.post("/products", FULL, Idempotency_Key="mug")

        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.json() == first.json()
        assert len(await goods.rows(products)) == 1

    async def test_zeros_at_the_head_of_a_sku_stay(self, goods: Goods) -> None:
        await goods.product("007")
        assert (await goods.product("7"))["sku"] == "7"
        assert sorted(await goods.skus()) == ["007", "7"]

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            ({"sku": ""}, [("/sku", "string_too_short")]),
            ({"sku": "  "}, [("/sku", "too_short")]),
            ({"sku": "a\u0000b"}, [("/sku", "control_character")]),
            ({"sku": "x" * 65}, [("/sku", "string_too_long")]),
            ({"name": None}, [("/name", "string_type")]),
            ({"price": "1"}, [("/price", "model_attributes_type")]),
            ({"price": euro("-1")}, [("/price/amount", "invalid_value")]),
            ({"price": euro("1.1234567")}, [("/price/amount", "invalid_value")]),
            ({"price": {"amount": 1, "currency": "EUR"}}, [("/price/amount", "string_type")]),
            ({"price": {"amount": "1", "currency": "USD"}}, [("/price/currency", None)]),
            ({"unit_id": None}, [("/unit_id", "string_type")]),
            ({"unit_id": str(UnitId(int=99))}, [("/unit_id", "unknown_reference")]),
            ({"tax_rate_id": str(TaxRateId(int=99))}, [("/tax_rate_id", "unknown_reference")]),
            ({"category_id": str(UnitId(int=99))}, [("/category_id", "unknown_reference")]),
            ({"reorder_point": "1.5"}, [("/reorder_point", "invalid_value")]),
            ({"reorder_point": "-1"}, [("/reorder_point", "invalid_value")]),
            ({"tracks_stock": "yes"}, [("/tracks_stock", "bool_type")]),
            ({"barcodes": ["1", " 1"]}, [("/barcodes/1", "duplicate")]),
            ({"barcodes": ["012345678905", "0012345678905"]}, [("/barcodes/1", "duplicate")]),
            ({"attributes": {"a/b": "\u0007"}}, [("/attributes/a~1b", "control_character")]),
            ({"images": ["mug.jpg"]}, [("/images/0", "invalid_image")]),
            ({"images": ["https://a.example"] * 2}, [("/images/1", "duplicate")]),
            ({"images": ["https://a.example"] * 51}, [("/images", "too_long")]),
            ({"images": None}, [("/images", "list_type")]),
            ({"stock": "20"}, [("/stock", "extra_forbidden")]),
            ({"active": False}, [("/active", "extra_forbidden")]),
            (
                {"sku": "\u0001", "name": " ", "external_id": " "},
                [
                    ("/sku", "control_character"),
                    ("/name", "too_short"),
                    ("/external_id", "too_short"),
                ],
            ),
        ],
    )
    async def test_a_fault_is_named_by_its_field_and_nothing_is_written(
        self, goods: Goods, members: Json, expected: list[tuple[str, str | None]]
    ) -> None:
        before = await goods.state()

        refused = await goods.post(
            "/products", {"sku": "A", "name": "A", "price": euro("1")} | members
        )

        assert refused.status_code == 422, refused.text
        found = [
            (pointer, code if wanted is not None else None)
            for (pointer, code), (_, wanted) in zip(faults(refused), expected, strict=True)
        ]
        assert found == expected
        assert await goods.state() == before

    @pytest.mark.parametrize(
        ("members", "pointer"),
        [
            ({"sku": "mug-1"}, "/sku"),
            ({"sku": " MUG-1 "}, "/sku"),
            ({"barcodes": ["new", "04006381333931"]}, "/barcodes/1"),
            ({"external_id": "seven"}, "/external_id"),
        ],
    )
    async def test_what_is_unique_is_taken_once(
        self, goods: Goods, members: Json, pointer: str
    ) -> None:
        await goods.product("Mug-1", barcodes=["4006381333931"], external_id="seven")
        before = await goods.state()

        refused = await goods.post(
            "/products", {"sku": "B", "name": "B", "price": euro("1")} | members
        )

        assert refused.status_code == 409, refused.text
        assert faults(refused) == [(pointer, "already_exists")]
        assert await goods.state() == before

    async def test_a_tax_rate_that_is_not_active_is_refused(self, goods: Goods) -> None:
        rate = (
            await goods.post("/tax-rates", {"code": "old", "name": "Old", "percent": "7"})
        ).json()
        await goods.patch(f"/tax-rates/{rate['id']}", {"active": False})

        refused = await goods.post(
            "/products",
            {"sku": "A", "name": "A", "price": euro("1"), "tax_rate_id": rate["id"]},
        )

        assert (refused.status_code, faults(refused)) == (422, [("/tax_rate_id", "inactive")])
        assert await goods.rows(products) == []

    async def test_needs_the_permission(self, goods: Goods) -> None:
        refused = await goods.post("/products", FULL, role=Role.CASHIER)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
        assert await goods.rows(products) == []


class TestChanging:
    async def change(self, goods: Goods, product: Json, **members: object) -> Response:
        return await goods.patch(f"/products/{product['id']}", members, version=product["version"])

    async def test_changes_what_is_given_and_leaves_the_rest(self, goods: Goods) -> None:
        product = (await goods.post("/products", FULL)).json()

        changed = await self.change(goods, product, name="Mug, red", price=euro("13"))

        assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
        assert changed.json() == product | {
            "name": "Mug, red",
            "price": euro("13.00"),
            "version": 2,
            "updated_at": changed.json()["updated_at"],
        }
        assert (await goods.get(f"/products/{product['id']}")).json() == changed.json()
        action, changes = (await goods.audited())[-1]
        assert (action, sorted(changes)) == ("product.updated", ["name", "price"])
        assert changes["name"] == {"before": "Mug, blue", "after": "Mug, red"}
        assert await goods.events() == ["product.created", "product.updated"]

    async def test_null_clears_what_may_be_empty(self, goods: Goods) -> None:
        category = await goods.category("Mugs")
        product = (await goods.post("/products", FULL | {"category_id": category["id"]})).json()
        cleared = (
            *("description", "category_id", "cost", "external_id"),
            *("reorder_point", "reorder_quantity"),
        )

        changed = await self.change(goods, product, **dict.fromkeys(cleared))

        assert changed.status_code == 200, changed.text
        assert [changed.json()[field] for field in cleared] == [None] * len(cleared)
        assert changed.json()["sku"] == "00-Mug"

    @pytest.mark.parametrize(
        "field",
        [
            *("sku", "name", "price", "unit_id", "tax_rate_id"),
            *("tracks_stock", "barcodes", "attributes"),
        ],
    )
    async def test_null_is_refused_where_something_must_be(self, goods: Goods, field: str) -> None:
        product = await goods.product("A")
        before = await goods.state()

        refused = await self.change(goods, product, **{field: None})

        assert refused.status_code == 422
        assert [pointer for pointer, _ in faults(refused)] == [f"/{field}"]
        assert await goods.state() == before

    async def test_barcodes_are_replaced_as_a_whole(self, goods: Goods) -> None:
        product = await goods.product("A", barcodes=["one", "two", "three"])

        changed = (await self.change(goods, product, barcodes=["three", "four"])).json()

        assert (changed["barcodes"], changed["version"]) == (["three", "four"], 2)
        assert sorted(row["code"] for row in await goods.rows(product_barcodes)) == [
            "four",
            "three",
        ]
        assert await goods.skus(q="four") == ["A"]
        assert await goods.skus(q="two") == []
        assert (await goods.audited())[-1][1] == {
            "barcodes": {"before": ["one", "two", "three"], "after": ["three", "four"]}
        }

    async def test_what_changes_nothing_writes_nothing(self, goods: Goods) -> None:
        product = (await goods.post("/products", FULL)).json()
        before = await goods.state()

        same = await self.change(goods, product, **FULL)
        empty = await self.change(goods, product)

        assert [same.status_code, same.json(), same.headers["ETag"]] == [200, product, '"1"']
        assert empty.json() == product
        assert await goods.state() == before

    async def test_the_version_that_was_read_must_be_named(self, goods: Goods) -> None:
        product = await goods.product("A")
        await self.change(goods, product, name="B")
        before = await goods.state()

        stale = await self.change(goods, product, name="C")
        unnamed = await goods.http.patch(
            f"/api/v1/products/{product['id']}", json={"name": "C"}, headers=goods.sign_in()
        )

        assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
        assert stale.json()["current_version"] == 2
        assert (unnamed.status_code, unnamed.json()["code"]) == (428, "precondition_required")
        assert await goods.state() == before

    async def test_what_is_not_there_is_not_found(self, goods: Goods) -> None:
        path = f"/products/{ProductId(int=99)}"
        assert (await goods.get(path)).status_code == 404
        assert (await goods.patch(path, {"name": "A"})).status_code == 404
        gone = await goods.post(f"{path}/deactivate", If_Match='"1"')
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")

    @pytest.mark.case("INV-03")
    async def test_an_old_form_cannot_bring_back_stock_that_was_sold(
        self, goods: Goods, stock: Stock
    ) -> None:
        product = await goods.product("A")
        identifier = ProductId.parse(product["id"])
        await stock.receive(identifier, "20", 2000)
        sold = await goods.post(
            "/sales",
            {
                "lines": [{"product_id": product["id"], "quantity": "15"}],
                "complete": {"tenders": [{"kind": "cash", "amount": "150.00"}]},
            },
        )
        assert sold.status_code == 201, sold.text

        form = {"name": "New name", "description": "New"}
        refused = await self.change(goods, product, **form, stock="20")
        saved = await self.change(goods, product, **form)
        stale = await self.change(goods, product, name="Older")

        assert (refused.status_code, faults(refused)) == (422, [("/stock", "extra_forbidden")])
        assert (saved.status_code, saved.json()["name"]) == (200, "New name")
        assert stale.status_code == 412
        assert [str(held) for held in (await stock.levels()).values()] == ["5.000"]

    async def test_the_unit_stays_once_there_are_movements(
        self, goods: Goods, stock: Stock
    ) -> None:
        product = await goods.product("A")
        await stock.receive(ProductId.parse(product["id"]), "1", 100)
        before = await goods.state()

        unit = await self.change(goods, product, unit_id=str(UnitId(int=2)))
        kind = await self.change(goods, product, tracks_stock=False)

        assert (unit.status_code, unit.json()["code"]) == (409, "product_has_history")
        assert (kind.status_code, kind.json()["code"]) == (409, "product_has_history")
        assert await goods.state() == before


class TestTakingOffSale:
    async def test_goes_and_comes_back(self, goods: Goods) -> None:
        product = await goods.product("A")

        off = await goods.set_active(product, active=False)
        on = await goods.set_active(off, active=True)

        assert (off["active"], off["version"]) == (False, 2)
        assert (on["active"], on["version"]) == (True, 3)
        assert [action for action, _ in await goods.audited()][1:] == [
            "product.deactivated",
            "product.reactivated",
        ]
        assert (await goods.events())[1:] == ["product.deactivated", "product.reactivated"]

    async def test_twice_changes_nothing(self, goods: Goods) -> None:
        off = await goods.set_active(await goods.product("A"), active=False)
        before = await goods.state()

        assert await goods.set_active(off, active=False) == off
        assert await goods.state() == before


class TestCosts:
    async def test_are_shown_only_to_those_who_may_see_them(self, goods: Goods) -> None:
        product = await goods.product("A", cost=euro("4.00"), barcodes=["one"])

        for role, shown in ((Role.CLERK, euro("4.00")), (Role.CASHIER, None), (Role.VIEWER, None)):
            listed = (await goods.get("/products", role=role)).json()["items"][0]
            read = (await goods.get(f"/products/{product['id']}", role=role)).json()
            found = (await goods.get("/products/lookup", role=role, code="one")).json()
            assert [listed["cost"], read["cost"], found["cost"]] == [shown] * 3

    async def test_are_in_no_event(self, goods: Goods) -> None:
        from_event = await goods.product("A", cost=euro("4.321"))
        await goods.patch(f"/products/{from_event['id']}", {"cost": euro("5.432")})

        payloads = str([row["payload"] for row in await goods.rows(outbox)])
        assert "4.321" not in payloads
        assert "5.432" not in payloads
