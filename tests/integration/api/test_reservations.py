"""Reservations over HTTP: made all or none, listed, extended, let go, and gone in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import update

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import MAIN_ID
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.reservations import stock_reservations
from tests.fixtures.plans import seen_statements
from tests.fixtures.till import Till, line

RESERVATIONS = "/api/v1/inventory/reservations"
Json = dict[str, Any]


async def drifts(services: Services) -> set[str]:
    found = await services.verifier.verify()
    return {
        check.name
        for check in found.checks
        if check.findings and check.name != "orphan_movements_adjustment"
    }


async def reserve(till: Till, *lines: Json, role: Role = Role.CASHIER, **members: Any) -> Response:
    return await till.http.post(
        RESERVATIONS, json={"lines": list(lines), **members}, headers=till.headers(role)
    )


async def act(till: Till, path: str, body: Json | None = None) -> Response:
    headers = till.headers(Role.CASHIER)
    return await till.http.post(f"{RESERVATIONS}/{path}", json=body, headers=headers)


async def listed(till: Till, **params: Any) -> list[Json]:
    answer = await till.http.get(RESERVATIONS, params=params, headers=till.headers(Role.VIEWER))
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def lapse(till: Till) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with till.stock.engine.begin() as connection:
        await connection.execute(
            update(stock_reservations)
            .where(stock_reservations.c.expires_at.is_not(None))
            .values(expires_at=past)
        )


async def stock_of(till: Till, product: ProductId) -> tuple[str, str, str]:
    headers = till.headers(Role.VIEWER)
    stock = (await till.http.get(f"/api/v1/products/{product}/stock", headers=headers)).json()
    [level] = stock["levels"]
    assert [level[name] for name in ("on_hand", "reserved", "available")] == [
        stock[name] for name in ("on_hand", "reserved", "available")
    ]
    return stock["on_hand"], stock["reserved"], stock["available"]


class TestMaking:
    async def test_the_whole_answer(self, till: Till, services: Services) -> None:
        tea = await till.product("TEA", on_hand="10")

        answer = await reserve(till, line(tea, "4"), reference="Phone call")

        assert answer.status_code == 201, answer.text
        [made] = answer.json()["items"]
        assert made == {
            "id": made["id"],
            "status": "held",
            "product_id": str(tea),
            "sku": "TEA",
            "location_id": str(MAIN_ID),
            "quantity": "4.000",
            "remaining": "4.000",
            "reference": "Phone call",
            "sale_id": None,
            "line_id": None,
            "expires_at": None,
            "created_at": made["created_at"],
            "released_at": None,
            "user_id": made["user_id"],
        }
        read = await till.http.get(
            f"{RESERVATIONS}/{made['id']}", headers=till.headers(Role.VIEWER)
        )
        assert read.json() == made
        assert await listed(till) == [made]
        assert await stock_of(till, tea) == ("10.000", "4.000", "6.000")
        assert [row["action"] for row in await till.rows(audit_log)] == ["reservation.created"]
        assert [row["name"] for row in await till.rows(outbox)] == ["reservation.created"]
        assert await drifts(services) == set()

    async def test_all_lines_or_none(self, till: Till) -> None:
        tea, rice = await till.product("TEA", on_hand="5"), await till.product("RICE", on_hand="1")

        refused = await reserve(till, line(tea, "5"), line(rice, "2"))

        assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_stock")
        assert [s["product_id"] for s in refused.json()["shortages"]] == [str(rice)]
        assert await listed(till) == []
        assert await till.stock.reserved() == {}
        assert await till.rows(audit_log) == []

    @pytest.mark.parametrize(
        ("members", "pointer"),
        [
            ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
            ({"expires_at": "2999-01-01T00:00:00Z"}, "/expires_at"),
            ({"seconds": 0}, "/seconds"),
            ({"seconds": 5, "expires_at": "2999-01-01T00:00:00Z"}, ""),
            ({"location_id": "0" * 25 + "2"}, "/location_id"),
            ({"location_id": "0" * 25 + "Z"}, "/location_id"),
            ({"reference": "a\u0000b"}, "/reference"),
            ({"lines": []}, "/lines"),
        ],
    )
    async def test_faulty_members(self, till: Till, members: Json, pointer: str) -> None:
        tea = await till.product("TEA", on_hand="5")

        refused = await reserve(till, **({"lines": [line(tea)]} | members))

        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == pointer
        assert await till.rows(stock_reservations) == []

    async def test_faulty_lines(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        fee = await till.product("FEE", tracks_stock=False)
        for faulty, pointer in (
            (line(tea, "0"), "/lines/0/quantity"),
            (line(tea, "0.5"), "/lines/0/quantity"),
            (line(fee), "/lines/0/product_id"),
            (line(ProductId(int=1)), "/lines/0/product_id"),
        ):
            refused = await reserve(till, faulty)
            assert refused.status_code == 422, refused.text
            assert refused.json()["errors"][0]["pointer"] == pointer

    async def test_viewers_may_not(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")

        assert (await reserve(till, line(tea), role=Role.VIEWER)).status_code == 403
        assert (await reserve(till, line(tea), role=Role.CLERK)).status_code == 201


class TestEnding:
    async def test_released_once(self, till: Till, services: Services) -> None:
        tea = await till.product("TEA", on_hand="5")
        [made] = (await reserve(till, line(tea, "4"))).json()["items"]

        gone = await act(till, f"{made['id']}/release")

        assert gone.status_code == 200, gone.text
        assert gone.json() == made | {
            "status": "released",
            "released_at": gone.json()["released_at"],
        }
        assert await stock_of(till, tea) == ("5.000", "0.000", "5.000")
        for again in ("release", "extend"):
            body = {} if again == "extend" else None
            refused = await act(till, f"{made['id']}/{again}", body)
            assert (refused.status_code, refused.json()["code"]) == (409, "reservation_ended")
            assert refused.json()["ended"] == "released"
        assert await drifts(services) == set()

    async def test_time_that_is_over_needs_no_sweeper(self, till: Till, services: Services) -> None:
        tea = await till.product("TEA", on_hand="5", reorder_point=Quantity.of(2))
        made = (await reserve(till, line(tea, "2"), line(tea, "2"), seconds=600)).json()["items"]
        assert await stock_of(till, tea) == ("5.000", "4.000", "1.000")
        assert [one["sku"] for one in await low(till)] == ["TEA"]

        await lapse(till)

        assert await stock_of(till, tea) == ("5.000", "0.000", "5.000")
        assert await low(till) == []
        assert await listed(till, held=True) == []
        assert {one["status"] for one in await listed(till, held=False)} == {"lapsed"}
        refused = await act(till, f"{made[0]['id']}/release")
        assert refused.json()["ended"] == "lapsed"
        assert (await till.sell(line(tea, "5"), cash="50.00")).status_code == 201
        assert await drifts(services) == set()

    async def test_kept_for_longer(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        [made] = (await reserve(till, line(tea), seconds=600)).json()["items"]

        without_end = await act(till, f"{made['id']}/extend", {})

        assert without_end.json() == made | {"expires_at": None}
        await lapse(till)
        assert await stock_of(till, tea) == ("5.000", "1.000", "4.000")

    async def test_what_is_kept_for_a_sale_goes_with_the_sale(self, till: Till) -> None:
        tea = await till.product("TEA", on_hand="5")
        draft = (await till.draft(line(tea, "2"))).json()
        await till.post(f"/{draft['id']}/confirm")
        [kept] = await listed(till, sale_id=draft["id"])
        assert (kept["line_id"], kept["quantity"]) == (draft["lines"][0]["id"], "2.000")

        refused = await act(till, f"{kept['id']}/release")

        assert (refused.status_code, refused.json()["code"]) == (409, "reserved_for_sale")
        await till.post(f"/{draft['id']}/complete", {"tenders": [{"kind": "cash", "amount": "20"}]})
        [consumed] = await listed(till, sale_id=draft["id"])
        assert (consumed["status"], consumed["remaining"]) == ("consumed", "0.000")

    async def test_goods_that_are_gone_shrink_it(self, till: Till, services: Services) -> None:
        tea = await till.product("TEA", on_hand="5")
        [made] = (await reserve(till, line(tea, "4"))).json()["items"]

        lost = await till.http.post(
            "/api/v1/inventory/adjustments",
            json={"reason": "loss", "lines": [{"product_id": str(tea), "change": "-3"}]},
            headers=till.headers(Role.MANAGER),
        )

        assert lost.status_code == 201, lost.text
        [now] = await listed(till)
        assert now == made | {"remaining": "2.000"}
        told = [row for row in await till.rows(outbox) if row["name"] == "reservation.shrunk"]
        assert [row["payload"]["quantity"] for row in told] == ["2.000"]
        assert await drifts(services) == set()


class TestListing:
    async def test_filters_and_pages(self, till: Till) -> None:
        tea, rice = await till.product("TEA", on_hand="9"), await till.product("RICE", on_hand="9")
        for reference in ("Ann", "Bo"):
            await reserve(till, line(tea), line(rice), reference=reference)

        assert [one["sku"] for one in await listed(till, reference="Ann")] == ["RICE", "TEA"]
        assert {one["reference"] for one in await listed(till, product_id=str(tea))} == {
            "Ann",
            "Bo",
        }
        assert len(await listed(till, location_id=str(MAIN_ID), held=True)) == 4
        headers = till.headers(Role.VIEWER)
        first = (await till.http.get(RESERVATIONS, params={"limit": 3}, headers=headers)).json()
        after = {"limit": 3, "cursor": first["next_cursor"]}
        second = (await till.http.get(RESERVATIONS, params=after, headers=headers)).json()
        seen = [one["id"] for one in first["items"] + second["items"]]
        assert (len(set(seen)), seen) == (4, sorted(seen, reverse=True))


async def test_what_is_kept_is_found_by_index(till: Till) -> None:
    """Every figure of what is available sums a few rows of an index, not the table."""
    tea = await till.product("TEA", on_hand="9")
    await reserve(till, line(tea))
    sale = (await till.draft(line(tea))).json()
    await till.post(f"/{sale['id']}/confirm")

    with seen_statements("stock_reservations") as statements:
        await stock_of(till, tea)
        await low(till)
        await till.get(f"/{sale['id']}")
        await till.get(needs_attention="true")
        await till.sell(line(tea), cash="10.00")
        for params in ({"held": True}, {"product_id": str(tea)}, {"sale_id": sale["id"]}):
            await listed(till, **params)

    assert len(statements) == 9
    if till.stock.engine.dialect.name == "sqlite":
        plans = [await statement.plan(till.stock.engine) for statement in statements]
        assert [plan for plan in plans if "SCAN stock_reservations\n" in f"{plan}\n"] == []


async def low(till: Till) -> list[Json]:
    answer = await till.http.get(
        "/api/v1/inventory/stock", params={"low": True}, headers=till.headers(Role.VIEWER)
    )
    items: list[Json] = answer.json()["items"]
    return items
