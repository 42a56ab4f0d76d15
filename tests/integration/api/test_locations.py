"""Locations over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

from httpx2 import AsyncClient, Response
from sqlalchemy import select

from app.domain.auth.roles import Role
from app.domain.common.identifiers import LocationId
from app.domain.inventory.locations import CUSTOMER_ID, MAIN_ID
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.inventory import locations
from tests.fixtures.people import SignIn
from tests.fixtures.stock import Stock

LOCATIONS = "/api/v1/locations"
RECEIPTS = "/api/v1/inventory/receipts"


async def make(client: AsyncClient, headers: dict[str, str], code: str = "cellar") -> Response:
    body = {"code": code, "name": "Cellar"}
    return await client.post(LOCATIONS, json=body, headers=headers)


async def close(
    client: AsyncClient, headers: dict[str, str], url: str, *, version: int = 1
) -> Response:
    match = {"If-Match": f'"{version}"'}
    return await client.post(f"{url}/deactivate", headers=headers | match)


async def receive(client: AsyncClient, headers: dict[str, str], product: object, at: str) -> Any:
    line = {"product_id": str(product), "quantity": "1", "unit_cost": "1"}
    body = {"location_id": at, "lines": [line]}
    return await client.post(RECEIPTS, json=body, headers=headers)


class TestListing:
    async def test_a_new_shop_has_a_main_location_and_the_virtual_ones(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        found = (await client.get(LOCATIONS, headers=sign_in(Role.VIEWER))).json()

        assert [(item["code"], item["kind"]) for item in found["items"]] == [
            ("adjustment", "adjustment"),
            ("customer", "customer"),
            ("discrepancy", "discrepancy"),
            ("main", "stock"),
            ("opening", "opening"),
            ("quarantine", "stock"),
            ("scrap", "scrap"),
            ("supplier", "supplier"),
            ("transit", "stock"),
        ]
        assert found["items"][3]["id"] == str(MAIN_ID)
        set_aside = [item["code"] for item in found["items"] if not item["counts_as_available"]]
        assert set_aside == ["quarantine", "transit"]
        assert found["next_cursor"] is None

    async def test_goes_on_from_page_to_page(self, client: AsyncClient, sign_in: SignIn) -> None:
        headers, codes, cursor = sign_in(Role.VIEWER), [], ""
        for _ in range(5):
            page = (await client.get(f"{LOCATIONS}?limit=2{cursor}", headers=headers)).json()
            codes += [item["code"] for item in page["items"]]
            cursor = f"&cursor={page['next_cursor']}"

        assert codes == sorted(codes)
        assert len(codes) == 9
        assert page["next_cursor"] is None

    async def test_open_and_closed_ones_can_be_told_apart(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        headers = sign_in(Role.MANAGER)
        made = await make(client, headers)
        await close(client, headers, made.headers["Location"])

        closed = (await client.get(f"{LOCATIONS}?active=false", headers=headers)).json()

        assert [item["code"] for item in closed["items"]] == ["cellar"]


class TestMaking:
    async def test_answers_where_it_is(
        self, client: AsyncClient, sign_in: SignIn, stock: Stock
    ) -> None:
        headers = sign_in(Role.MANAGER)

        made = await make(client, headers)

        assert made.status_code == 201
        assert made.headers["ETag"] == '"1"'
        read = await client.get(made.headers["Location"], headers=headers)
        assert read.json() == made.json()
        assert read.headers["ETag"] == '"1"'
        rows = await stock._all(select(audit_log.c.action, audit_log.c.changes))
        assert [row[0] for row in rows] == ["location.created"]
        assert rows[0][1]["code"] == {"before": None, "after": "cellar"}

    async def test_a_code_is_taken_once(
        self, client: AsyncClient, sign_in: SignIn, stock: Stock
    ) -> None:
        headers = sign_in(Role.MANAGER)
        await make(client, headers)

        again = await make(client, headers)

        assert (again.status_code, again.json()["code"]) == (409, "already_exists")
        assert again.json()["errors"][0]["pointer"] == "/code"
        rows = await stock._all(select(locations.c.id).where(locations.c.code == "cellar"))
        assert len(rows) == 1

    async def test_needs_the_permission(
        self, client: AsyncClient, sign_in: SignIn, stock: Stock
    ) -> None:
        assert (await make(client, sign_in(Role.CLERK))).status_code == 403
        assert await stock._all(select(locations.c.id).where(locations.c.code == "cellar")) == []


class TestChanging:
    async def test_a_stale_version_is_refused(self, client: AsyncClient, sign_in: SignIn) -> None:
        headers = sign_in(Role.MANAGER)
        url = (await make(client, headers)).headers["Location"]

        async def rename(name: str, version: str | None) -> Response:
            match = {} if version is None else {"If-Match": version}
            return await client.patch(url, json={"name": name}, headers=headers | match)

        renamed = await rename("Vault", '"1"')
        assert (renamed.status_code, renamed.headers["ETag"]) == (200, '"2"')
        assert (await rename("Attic", '"1"')).status_code == 412
        assert (await rename("Attic", None)).status_code == 428
        assert (await client.get(url, headers=headers)).json()["name"] == "Vault"

    async def test_what_lies_there_is_set_aside_and_put_up_for_sale_again(
        self, client: AsyncClient, sign_in: SignIn, stock: Stock
    ) -> None:
        headers, tea = sign_in(Role.MANAGER), await stock.product()
        body = {"code": "cellar", "name": "Cellar", "counts_as_available": False}
        made = await client.post(LOCATIONS, json=body, headers=headers)
        assert (made.status_code, made.json()["counts_as_available"]) == (201, False)
        assert (await receive(client, headers, tea, made.json()["id"])).status_code == 201

        async def available() -> tuple[str, str]:
            found = await client.get(f"/api/v1/products/{tea}/stock", headers=headers)
            return found.json()["on_hand"], found.json()["available"]

        assert await available() == ("1.000", "0.000")
        answer = await client.patch(
            made.headers["Location"],
            json={"counts_as_available": True},
            headers=headers | {"If-Match": '"1"'},
        )

        assert (answer.status_code, answer.json()["name"]) == (200, "Cellar")
        assert await available() == ("1.000", "1.000")

    async def test_a_virtual_location_stays_as_it_is(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        headers, url = sign_in(Role.MANAGER), f"{LOCATIONS}/{CUSTOMER_ID}"

        answer = await close(client, headers, url)

        assert (answer.status_code, answer.json()["code"]) == (409, "virtual_location")
        assert (await client.get(url, headers=headers)).json()["active"] is True

    async def test_what_is_not_there_is_not_found(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        url = f"{LOCATIONS}/{LocationId(int=99)}"
        assert (await client.get(url, headers=sign_in())).status_code == 404
        assert (await close(client, sign_in(), url)).status_code == 404


class TestClosing:
    async def test_nothing_comes_into_a_closed_location(
        self, client: AsyncClient, sign_in: SignIn, stock: Stock
    ) -> None:
        headers, tea = sign_in(Role.MANAGER), await stock.product()
        cellar = (await make(client, headers)).json()["id"]
        closed = await close(client, headers, f"{LOCATIONS}/{cellar}")
        assert closed.json()["active"] is False

        refused = await receive(client, headers, tea, cellar)

        assert (refused.status_code, refused.json()["code"]) == (409, "location_closed")
        assert await stock.movements() == []
        match = {"If-Match": '"2"'}
        opened = await client.post(f"{LOCATIONS}/{cellar}/activate", headers=headers | match)
        assert opened.json()["active"] is True
        assert (await receive(client, headers, tea, cellar)).status_code == 201

    async def test_a_location_with_goods_stays_open(
        self, client: AsyncClient, sign_in: SignIn, stock: Stock
    ) -> None:
        headers, tea = sign_in(Role.MANAGER), await stock.product()
        await stock.receive(tea, "1", 100)

        answer = await close(client, headers, f"{LOCATIONS}/{MAIN_ID}")

        assert (answer.status_code, answer.json()["code"]) == (409, "location_holds_stock")
        main = await client.get(f"{LOCATIONS}/{MAIN_ID}", headers=headers)
        assert (main.json()["active"], main.json()["version"]) == (True, 1)

    async def test_closing_and_receiving_at_once_never_leave_goods_behind_a_closed_door(
        self, client: AsyncClient, sign_in: SignIn, stock: Stock
    ) -> None:
        headers, tea = sign_in(Role.MANAGER), await stock.product()
        for round_ in range(8):
            cellar = (await make(client, headers, f"cellar-{round_}")).json()["id"]

            closed, received = await asyncio.gather(
                close(client, headers, f"{LOCATIONS}/{cellar}"),
                receive(client, headers, tea, cellar),
            )

            assert sorted((closed.status_code, received.status_code)) in ([200, 409], [201, 409])
