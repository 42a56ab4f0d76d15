"""Levels, stock, movements, explanations and verification over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from app.domain.auth.roles import Role
from app.domain.common.identifiers import AdjustmentId, LocationId, ProductId
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import CUSTOMER_ID, MAIN_ID, SUPPLIER_ID
from app.domain.inventory.movement import DocumentKind, Posting
from tests.fixtures.people import SignIn
from tests.fixtures.statements import recorded_statements
from tests.fixtures.stock import Stock
from tests.fixtures.till import KILOGRAM, Till

INVENTORY = "/api/v1/inventory"
PRODUCTS = "/api/v1/products"
NINE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

Json = dict[str, Any]


@dataclass
class Desk:
    """Reads as a manager, or as a viewer, who may not see costs."""

    http: AsyncClient
    manager: dict[str, str]
    viewer: dict[str, str]

    async def get(self, path: str, *, viewer: bool = False, **query: object) -> Json:
        headers = self.viewer if viewer else self.manager
        params = {name: str(value) for name, value in query.items()}
        answer = await self.http.get(path, params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def walk(self, path: str, *, limit: int, **query: object) -> list[Json]:
        """Return the items of all pages."""
        page = await self.get(path, limit=limit, **query)
        items = list(page["items"])
        while page["next_cursor"] is not None:
            assert len(page["items"]) == limit
            page = await self.get(path, limit=limit, cursor=page["next_cursor"], **query)
            items += page["items"]
        return items


@pytest.fixture
async def desk(client: AsyncClient, sign_in: SignIn) -> Desk:
    return Desk(client, sign_in(Role.MANAGER), sign_in(Role.VIEWER))


async def post_at(stock: Stock, hour: int, *moves: Any, happened: int | None = None) -> None:
    """Post something that is recorded at an hour, and happened then or at another one."""
    recorded = NINE.replace(hour=hour)
    async with stock.work() as work:
        await work.ledger.post(
            Posting(
                document_kind=DocumentKind.ADJUSTMENT,
                document_id=stock.ids.new(AdjustmentId),
                user_id=None,
                occurred_at=recorded if happened is None else NINE.replace(hour=happened),
                recorded_at=recorded,
                moves=moves,
            )
        )
        await work.commit()


class TestLevels:
    async def test_are_listed_by_product_and_place(self, desk: Desk, stock: Stock) -> None:
        tea, rice = await stock.product("TEA"), await stock.product("RICE")
        cellar = await stock.location("cellar")
        await stock.post(
            stock.moves_in(rice, "2", 20),
            stock.moves_in(tea, "1", 10),
            stock.moves_in(tea, "3", 30, to=cellar),
        )
        await stock.post(stock.moves_out(rice, "2"))

        everything = await desk.walk(f"{INVENTORY}/levels", limit=2)

        assert [(row["sku"], row["location"], row["on_hand"]) for row in everything] == [
            ("TEA", "main", "1.000"),
            ("TEA", "cellar", "3.000"),
            ("RICE", "main", "0.000"),
        ]
        assert everything[0]["product_id"] == str(tea)

        async def skus(**query: object) -> list[str]:
            found = await desk.get(f"{INVENTORY}/levels", **query)
            return [row["sku"] for row in found["items"]]

        assert await skus(in_stock="true") == ["TEA", "TEA"]
        assert await skus(in_stock="false") == ["RICE"]
        assert await skus(location_id=MAIN_ID) == ["TEA", "RICE"]
        assert await skus(product_id=rice) == ["RICE"]


class TestStock:
    async def test_sums_all_places_at_the_average(
        self, desk: Desk, stock: Stock, till: Till
    ) -> None:
        tea = await till.product("TEA", reorder_point=Quantity.of(4))
        await till.product("FEE", tracks_stock=False)
        cellar = await stock.location("cellar")
        await stock.post(stock.moves_in(tea, "1", 100), stock.moves_in(tea, "2", 401, to=cellar))

        (row,) = (await desk.get(f"{INVENTORY}/stock"))["items"]
        one = await desk.get(f"{PRODUCTS}/{tea}/stock")

        assert row == {
            "product_id": str(tea),
            "sku": "TEA",
            "name": "Product TEA",
            "on_hand": "3.000",
            "reserved": "0.000",
            "available": "3.000",
            "incoming": "0.000",
            "reorder_point": "4.000",
            "reorder_quantity": None,
            "low": True,
            "average_cost": {"amount": "1.67", "currency": "EUR"},
            "value": {"amount": "5.01", "currency": "EUR"},
        }
        assert [(at["location"], at["on_hand"]) for at in one.pop("levels")] == [
            ("main", "1.000"),
            ("cellar", "2.000"),
        ]
        assert one == row

    async def test_low_leaves_what_is_down_to_its_reorder_point(
        self, desk: Desk, till: Till
    ) -> None:
        point = Quantity.of(5)
        await till.product("AT", on_hand="5", reorder_point=point)
        await till.product("ABOVE", on_hand="5.001", reorder_point=point, unit=KILOGRAM)
        await till.product("NEVER", reorder_point=point)
        await till.product("NONE", on_hand="1")

        found = await desk.walk(f"{INVENTORY}/stock", limit=1, low="true")

        assert [row["sku"] for row in found] == ["AT", "NEVER"]

    async def test_costs_are_only_for_those_who_may_see_them(self, desk: Desk, till: Till) -> None:
        tea = await till.product("TEA", on_hand="2", value_minor=300)

        stock = await desk.get(f"{PRODUCTS}/{tea}/stock", viewer=True)
        (movement,) = (await desk.get(f"{PRODUCTS}/{tea}/movements", viewer=True))["items"]
        explained = await desk.get(f"{PRODUCTS}/{tea}/stock/explain", viewer=True)

        assert (stock["value"], stock["average_cost"]) == (None, None)
        assert (movement["value"], movement["unit_cost"]) == (None, None)
        assert (explained["value"], explained["items"][0]["value"]) == (None, None)
        assert explained["items"][0]["value_change"] is None
        assert "EUR" not in str([stock, movement, explained])

    @pytest.mark.parametrize("tail", ["stock", "stock/explain"])
    async def test_of_nothing_is_not_found(self, desk: Desk, stock: Stock, tail: str) -> None:
        unknown = f"{PRODUCTS}/{stock.ids.new(ProductId)}/{tail}"
        answer = await desk.http.get(unknown, headers=desk.manager)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


class TestMovements:
    async def test_are_listed_newest_first_with_every_filter(
        self, desk: Desk, stock: Stock
    ) -> None:
        tea, rice = await stock.product("TEA"), await stock.product("RICE")
        cellar = await stock.location("cellar")
        await post_at(stock, 9, stock.moves_in(tea, "5", 500), stock.moves_in(rice, "5", 5))
        await post_at(stock, 10, stock.moves_out(tea, "1"))
        await post_at(stock, 11, stock.moves_in(tea, "2", 200, to=cellar))
        await post_at(stock, 12, stock.moves_out(tea, "2", of=cellar))

        async def rows(**query: object) -> list[tuple[str, str]]:
            found = await desk.walk(f"{INVENTORY}/movements", limit=2, **query)
            return [(row["sku"], row["quantity"]) for row in found]

        newest_first = [
            ("TEA", "2.000"),
            ("TEA", "2.000"),
            ("TEA", "1.000"),
            ("RICE", "5.000"),
            ("TEA", "5.000"),
        ]
        assert await rows() == newest_first
        assert await rows(product_id=rice) == [("RICE", "5.000")]
        assert await rows(location_id=MAIN_ID) == newest_first[2:]
        assert await rows(location_id=cellar) == newest_first[:2]
        assert await rows(location_id=SUPPLIER_ID) == [newest_first[1], *newest_first[3:]]
        assert await rows(location_id=MAIN_ID, product_id=tea) == [newest_first[2], newest_first[4]]
        assert await rows(kind="sale") == [newest_first[0], newest_first[2]]
        assert (
            await rows(since="2026-11-25T10:00:00Z", until="2026-11-25T12:00:00Z")
            == (newest_first[1:3])
        )
        (one,) = (await desk.get(f"{INVENTORY}/movements", product_id=rice))["items"]
        assert one["value"] == {"amount": "0.05", "currency": "EUR"}
        assert one["unit_cost"] == {"amount": "0.01", "currency": "EUR"}
        document = await rows(document_id=one["document_id"])
        assert document == newest_first[3:]

    @pytest.mark.case("PAG-01")
    async def test_ties_lose_and_repeat_nothing(self, desk: Desk, stock: Stock) -> None:
        tea = await stock.product()
        await post_at(stock, 9, *(stock.moves_in(tea, "1", 1) for _ in range(20)))

        for query in ({}, {"location_id": MAIN_ID}):
            found = await desk.walk(f"{INVENTORY}/movements", limit=3, **query)
            assert len({row["id"] for row in found}) == len(found) == 20

    @pytest.mark.parametrize("query", [{}, {"location_id": MAIN_ID}])
    async def test_a_page_is_one_statement(self, desk: Desk, stock: Stock, query: Json) -> None:
        tea = await stock.product()
        await stock.post(*(stock.moves_in(tea, "1", 1) for _ in range(5)))

        with recorded_statements() as statements:
            await desk.get(f"{INVENTORY}/movements", limit=2, **query)

        # The session is looked up once, the page read once.
        assert len(statements) == 2, statements


class TestExplain:
    async def fill(self, stock: Stock, tea: ProductId, cellar: LocationId) -> None:
        await post_at(stock, 9, stock.moves_in(tea, "5", 501))
        await post_at(stock, 10, stock.moves_out(tea, "2"), happened=8)
        await post_at(stock, 11, stock.moves_in(tea, "1", 100, to=cellar))

    async def test_a_figure_is_the_sum_of_its_movements(self, desk: Desk, stock: Stock) -> None:
        tea, cellar = await stock.product(), await stock.location("cellar")
        await self.fill(stock, tea, cellar)
        path = f"{PRODUCTS}/{tea}/stock/explain"

        whole = await desk.get(path)

        assert (whole["balance"], whole["value"]["amount"]) == ("4.000", "4.01")
        assert [
            (s["change"], s["balance"], s["value_change"]["amount"], s["value"]["amount"])
            for s in whole["items"]
        ] == [
            ("1.000", "4.000", "1.00", "4.01"),
            ("-2.000", "3.000", "-2.00", "3.01"),
            ("5.000", "5.000", "5.01", "5.01"),
        ]
        main = await desk.get(path, location_id=MAIN_ID)
        assert [s["balance"] for s in main["items"]] == ["3.000", "5.000"]
        customers = await desk.get(path, location_id=CUSTOMER_ID)
        assert customers["balance"] == "2.000"
        supplier = await desk.get(path, location_id=SUPPLIER_ID)
        assert supplier["balance"] == "-6.000"

    async def test_at_an_instant_by_either_clock(self, desk: Desk, stock: Stock) -> None:
        tea, cellar = await stock.product(), await stock.location("cellar")
        await self.fill(stock, tea, cellar)
        path = f"{PRODUCTS}/{tea}/stock/explain"

        async def balance(hour: int, basis: str) -> tuple[str, list[str]]:
            at = (NINE.replace(hour=hour) + timedelta(minutes=30)).isoformat()
            found = await desk.get(path, at=at, basis=basis)
            return found["balance"], [step["balance"] for step in found["items"]]

        assert await balance(9, "recorded") == ("5.000", ["5.000"])
        assert await balance(10, "recorded") == ("3.000", ["3.000", "5.000"])
        # What happened before the goods were written down leads through less than nothing.
        assert await balance(8, "occurred") == ("-2.000", ["-2.000"])
        assert await balance(9, "occurred") == ("3.000", ["3.000", "-2.000"])

    @pytest.mark.parametrize("basis", ["recorded", "occurred"])
    async def test_pages_carry_the_figure_on(self, desk: Desk, stock: Stock, basis: str) -> None:
        tea = await stock.product()
        for hour in range(9, 16):
            await post_at(stock, hour, stock.moves_in(tea, "1", 10))
        path = f"{PRODUCTS}/{tea}/stock/explain"

        steps = await desk.walk(path, limit=3, basis=basis)

        assert [(step["balance"], step["value"]["amount"]) for step in steps] == [
            (f"{count}.000", f"0.{count}0") for count in range(7, 0, -1)
        ]

    async def test_a_movement_between_two_pages_does_not_disturb_them(
        self, desk: Desk, stock: Stock
    ) -> None:
        tea = await stock.product()
        for hour in range(9, 13):
            await post_at(stock, hour, stock.moves_in(tea, "1", 10))
        path = f"{PRODUCTS}/{tea}/stock/explain"
        first = await desk.get(path, limit=2)

        await post_at(stock, 20, stock.moves_out(tea, "4"))

        second = await desk.get(path, limit=2, cursor=first["next_cursor"])
        assert [step["balance"] for step in second["items"]] == ["2.000", "1.000"]
        assert second["next_cursor"] is None

    async def test_of_what_never_moved_is_empty(self, desk: Desk, stock: Stock) -> None:
        tea = await stock.product()

        found = await desk.get(f"{PRODUCTS}/{tea}/stock/explain")

        assert (found["balance"], found["items"]) == ("0.000", [])

    async def test_an_unknown_place_is_not_found(self, desk: Desk, stock: Stock) -> None:
        tea = await stock.product()
        url = f"{PRODUCTS}/{tea}/stock/explain?location_id={stock.ids.new(LocationId)}"
        assert (await desk.http.get(url, headers=desk.manager)).status_code == 404


class TestVerify:
    async def test_a_healthy_shop_is_clean(self, desk: Desk) -> None:
        found = await desk.get(f"{INVENTORY}/verify")

        assert found["clean"] is True
        assert len(found["checks"]) > 10
        assert all(check["findings"] == [] for check in found["checks"])

    @pytest.mark.leaves_damage("stock_levels")
    async def test_a_drift_is_listed(self, desk: Desk, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "5", 500)
        async with stock.engine.begin() as connection:
            await connection.execute(text("UPDATE stock_levels SET on_hand = 4000"))

        found = await desk.get(f"{INVENTORY}/verify")

        assert found["clean"] is False
        checks = {check["name"]: check for check in found["checks"]}
        assert checks["stock_levels"]["findings"] == [
            {
                "subject": {"product_id": str(tea), "location_id": str(MAIN_ID)},
                "expected": "5.000",
                "found": "4.000",
            }
        ]

    async def test_needs_the_permission(self, desk: Desk) -> None:
        answer = await desk.http.get(f"{INVENTORY}/verify", headers=desk.viewer)
        assert answer.status_code == 403
