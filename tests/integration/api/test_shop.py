"""The shop, its tax rates and units over HTTP."""

from __future__ import annotations

import pytest

from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId, TaxRateId, UnitId
from tests.fixtures.goods import Goods, Json, euro, faults
from tests.fixtures.stock import Stock

STANDARD = str(TaxRateId(int=1))


class TestShop:
    async def test_is_there_from_the_start(self, goods: Goods) -> None:
        found = await goods.get("/shop", role=Role.VIEWER)

        assert found.headers["ETag"] == '"1"'
        assert found.json() == {
            "id": "00000000000000000000000001",
            "name": "My shop",
            "currency": "EUR",
            "time_zone": "UTC",
            "prices_include_tax": True,
            "default_tax_rate_id": STANDARD,
            "closed_through": None,
            "version": 1,
        }

    async def test_takes_what_is_given(self, goods: Goods) -> None:
        changed = await goods.patch("/shop", {"name": "Corner", "time_zone": "Europe/Berlin"})

        assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
        assert (await goods.get("/shop")).json() == changed.json()
        assert changed.json()["currency"] == "EUR"
        assert await goods.audited() == [
            (
                "shop.updated",
                {
                    "name": {"before": "My shop", "after": "Corner"},
                    "time_zone": {"before": "UTC", "after": "Europe/Berlin"},
                },
            )
        ]
        assert await goods.events() == ["shop.updated"]

    async def test_what_changes_nothing_writes_nothing(self, goods: Goods) -> None:
        before = await goods.state()

        same = await goods.patch("/shop", {"name": "My shop", "currency": "EUR"})

        assert (same.status_code, same.json()["version"]) == (200, 1)
        assert await goods.state() == before

    @pytest.mark.parametrize(
        ("members", "pointer"),
        [
            ({"name": " "}, "/name"),
            ({"name": None}, "/name"),
            ({"currency": "eur"}, "/currency"),
            ({"currency": "ZZZ"}, "/currency"),
            ({"time_zone": "Mars/Base"}, "/time_zone"),
            ({"time_zone": "../etc/passwd"}, "/time_zone"),
            ({"time_zone": ""}, "/time_zone"),
            ({"time_zone": "\u0000"}, "/time_zone"),
            ({"prices_include_tax": "true"}, "/prices_include_tax"),
            ({"default_tax_rate_id": str(TaxRateId(int=9))}, "/default_tax_rate_id"),
            ({"default_tax_rate_id": None}, "/default_tax_rate_id"),
            ({"colour": "red"}, "/colour"),
        ],
    )
    async def test_a_fault_is_named_and_nothing_is_written(
        self, goods: Goods, members: Json, pointer: str
    ) -> None:
        before = await goods.state()

        refused = await goods.patch("/shop", members)

        assert refused.status_code == 422, refused.text
        assert [place for place, _ in faults(refused)] == [pointer]
        assert await goods.state() == before

    async def test_a_stale_version_and_a_clerk_are_refused(self, goods: Goods) -> None:
        assert (await goods.patch("/shop", {"name": "A"}, version=2)).status_code == 412
        assert (await goods.patch("/shop", {"name": "A"}, role=Role.CLERK)).status_code == 403
        assert (await goods.get("/shop")).json()["name"] == "My shop"

    async def test_the_currency_is_fixed_by_the_first_movement(
        self, goods: Goods, stock: Stock
    ) -> None:
        changed = await goods.patch("/shop", {"currency": "JPY"})
        assert changed.json()["currency"] == "JPY"
        product = await goods.product("A", price={"amount": "10", "currency": "JPY"})
        await stock.receive(ProductId.parse(product["id"]), "1", 100)
        before = await goods.state()

        refused = await goods.patch("/shop", {"currency": "EUR"}, version=2)

        assert (refused.status_code, refused.json()["code"]) == (409, "currency_frozen")
        assert await goods.state() == before


class TestTaxRates:
    async def make(self, goods: Goods, **members: object) -> Json:
        body = {"code": "reduced", "name": "Reduced", "percent": "7"} | members
        made = await goods.post("/tax-rates", body)
        assert made.status_code == 201, made.text
        rate: Json = made.json()
        assert made.headers["Location"] == f"/api/v1/tax-rates/{rate['id']}"
        return rate

    async def test_are_made_read_and_listed_by_code(self, goods: Goods) -> None:
        rate = await self.make(goods, percent="7.125")

        assert rate == {
            "id": rate["id"],
            "code": "reduced",
            "name": "Reduced",
            "percent": "7.125",
            "active": True,
            "version": 1,
        }
        assert (await goods.get(f"/tax-rates/{rate['id']}")).json() == rate
        pages = [page async for page in goods.walk("/tax-rates", limit=1)]
        assert [[item["code"] for item in page] for page in pages] == [["reduced"], ["standard"]]
        assert await goods.events() == ["tax_rate.created"]

    async def test_change_but_keep_their_code(self, goods: Goods) -> None:
        rate = await self.make(goods)
        path = f"/tax-rates/{rate['id']}"

        changed = await goods.patch(path, {"percent": "8", "active": False})
        refused = await goods.patch(path, {"code": "other"}, version=2)

        assert changed.json() == rate | {"percent": "8.00", "active": False, "version": 2}
        assert faults(refused) == [("/code", "extra_forbidden")]
        assert [action for action, _ in await goods.audited()] == [
            "tax_rate.created",
            "tax_rate.updated",
        ]
        before = await goods.state()
        assert (await goods.patch(path, {"percent": "8.0000"}, version=2)).json()["version"] == 2
        assert await goods.state() == before

    async def test_the_default_stays_active(self, goods: Goods) -> None:
        before = await goods.state()

        refused = await goods.patch(f"/tax-rates/{STANDARD}", {"active": False})

        assert (refused.status_code, refused.json()["code"]) == (409, "default_tax_rate")
        assert await goods.state() == before

    async def test_one_that_is_not_active_becomes_no_default(self, goods: Goods) -> None:
        rate = await self.make(goods)
        await goods.patch(f"/tax-rates/{rate['id']}", {"active": False})

        refused = await goods.patch("/shop", {"default_tax_rate_id": rate["id"]})

        assert refused.status_code == 422
        assert [place for place, _ in faults(refused)] == ["/default_tax_rate_id"]
        assert (await goods.get("/shop")).json()["default_tax_rate_id"] == STANDARD

    @pytest.mark.parametrize(
        ("members", "status", "pointer"),
        [
            ({"code": "standard"}, 409, "/code"),
            ({"code": "Up"}, 422, "/code"),
            ({"code": "x\n"}, 422, "/code"),
            ({"name": " "}, 422, "/name"),
            ({"percent": "100.0001"}, 422, "/percent"),
            ({"percent": "-1"}, 422, "/percent"),
            ({"percent": "1.00001"}, 422, "/percent"),
            ({"percent": 19}, 422, "/percent"),
            ({"percent": "1e1"}, 422, "/percent"),
        ],
    )
    async def test_a_fault_is_named_and_nothing_is_written(
        self, goods: Goods, members: Json, status: int, pointer: str
    ) -> None:
        before = await goods.state()

        refused = await goods.post(
            "/tax-rates", {"code": "new", "name": "New", "percent": "1"} | members
        )

        assert refused.status_code == status, refused.text
        assert [place for place, _ in faults(refused)] == [pointer]
        assert await goods.state() == before


class TestUnits:
    async def test_are_made_renamed_and_listed_by_code(self, goods: Goods) -> None:
        made = await goods.post("/units", {"code": "box", "name": "Box", "decimals": 0})
        unit = made.json()
        assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
        assert made.headers["Location"] == f"/api/v1/units/{unit['id']}"
        assert unit == {
            "id": unit["id"],
            "code": "box",
            "name": "Box",
            "decimals": 0,
            "version": 1,
        }

        renamed = await goods.patch(f"/units/{unit['id']}", {"name": "Carton"})

        assert renamed.json() == unit | {"name": "Carton", "version": 2}
        assert (await goods.get(f"/units/{unit['id']}")).json() == renamed.json()
        pages = [page async for page in goods.walk("/units", limit=4)]
        assert [[item["code"] for item in page] for page in pages] == [
            ["box", "cm", "g", "hour"],
            ["kg", "l", "m", "m2"],
            ["ml", "piece"],
        ]
        assert await goods.events() == ["unit.created", "unit.updated"]

    async def test_the_same_name_again_writes_nothing(self, goods: Goods) -> None:
        before = await goods.state()
        same = await goods.patch(f"/units/{UnitId(int=1)}", {"name": "Piece"})
        assert (same.status_code, same.json()["version"]) == (200, 1)
        assert await goods.state() == before

    @pytest.mark.parametrize(
        ("members", "status", "pointer"),
        [
            ({"code": "kg"}, 409, "/code"),
            ({"code": "K G"}, 422, "/code"),
            ({"name": "\u0002"}, 422, "/name"),
            ({"decimals": 4}, 422, "/decimals"),
            ({"decimals": -1}, 422, "/decimals"),
            ({"decimals": "0"}, 422, "/decimals"),
            ({"decimals": True}, 422, "/decimals"),
        ],
    )
    async def test_a_fault_is_named_and_nothing_is_written(
        self, goods: Goods, members: Json, status: int, pointer: str
    ) -> None:
        before = await goods.state()

        refused = await goods.post("/units", {"code": "x", "name": "X", "decimals": 1} | members)

        assert refused.status_code == status, refused.text
        assert [place for place, _ in faults(refused)] == [pointer]
        assert await goods.state() == before

    async def test_the_decimal_places_bind_quantities(self, goods: Goods) -> None:
        kilogram = str(UnitId(int=2))
        body = {"sku": "A", "name": "A", "price": euro("1"), "reorder_point": "1.5"}

        refused = await goods.post("/products", body)
        made = await goods.post("/products", body | {"unit_id": kilogram})
        back = await goods.patch(f"/products/{made.json()['id']}", {"unit_id": str(UnitId(int=1))})

        assert faults(refused) == [("/reorder_point", "invalid_value")]
        assert made.json()["reorder_point"] == "1.500"
        assert faults(back) == [("/reorder_point", "invalid_value")]

    async def test_what_is_not_there_is_not_found(self, goods: Goods) -> None:
        for path in (f"/units/{UnitId(int=99)}", f"/tax-rates/{TaxRateId(int=99)}"):
            assert (await goods.get(path)).status_code == 404
            assert (await goods.patch(path, {"name": "A"})).status_code == 404
