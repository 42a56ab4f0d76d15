"""Locations below one another: no circles, and nothing open below a closed one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import select

from app.domain.auth.roles import Role
from app.domain.common.identifiers import LocationId
from app.domain.inventory.locations import CUSTOMER_ID, MAIN_ID, TRANSIT_ID
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.inventory import locations
from tests.fixtures.people import SignIn
from tests.fixtures.stock import Stock

LOCATIONS = "/api/v1/locations"


@dataclass
class Sites:
    """Keeps locations over HTTP as a manager."""

    http: AsyncClient
    headers: dict[str, str]
    stock: Stock

    async def make(self, code: str, parent: object = None, **members: object) -> Response:
        named = {} if parent is None else {"parent_id": str(parent)}
        body = {"code": code, "name": code.title(), **named, **members}
        return await self.http.post(LOCATIONS, json=body, headers=self.headers)

    async def made(self, code: str, parent: object = None) -> str:
        answer = await self.make(code, parent)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def put(self, place: object, parent: object) -> Response:
        """Move a place below another, or to the top."""
        below = None if parent is None else str(parent)
        return await self.http.patch(
            f"{LOCATIONS}/{place}",
            json={"parent_id": below},
            headers=self.headers | await self.match(place),
        )

    async def turn(self, place: object, verb: str) -> Response:
        headers = self.headers | await self.match(place)
        return await self.http.post(f"{LOCATIONS}/{place}/{verb}", headers=headers)

    async def match(self, place: object) -> dict[str, str]:
        read = await self.http.get(f"{LOCATIONS}/{place}", headers=self.headers)
        return {"If-Match": read.headers["ETag"]}

    async def get(self, path: str, **params: str) -> list[Any]:
        answer = await self.http.get(path, params=params, headers=self.headers)
        assert answer.status_code == 200, answer.text
        items: list[Any] = answer.json()["items"]
        return items

    async def rows(self) -> dict[object, tuple[object, ...]]:
        columns = locations.c
        found = await self.stock._all(
            select(columns.code, columns.parent_id, columns.active, columns.version)
        )
        return {row[0]: row[1:] for row in found}


@pytest.fixture
def sites(client: AsyncClient, sign_in: SignIn, stock: Stock) -> Sites:
    return Sites(client, sign_in(Role.MANAGER), stock)


class TestTree:
    async def test_a_place_is_made_and_moved_below_another(self, sites: Sites) -> None:
        site = await sites.made("site")
        area = await sites.make("area", site)
        assert (area.status_code, area.json()["parent_id"]) == (201, site)
        bin_ = await sites.made("bin")

        moved = await sites.put(bin_, area.json()["id"])

        assert (moved.status_code, moved.headers["ETag"]) == (200, '"2"')
        assert moved.json()["parent_id"] == area.json()["id"]
        listed = await sites.get(LOCATIONS, parent_id=site)
        assert [(each["code"], each["parent_id"]) for each in listed] == [("area", site)]
        rows = await sites.stock._all(
            select(audit_log.c.changes).where(audit_log.c.action == "location.updated")
        )
        assert rows == [({"parent_id": {"before": None, "after": area.json()["id"]}},)]
        assert (await sites.put(bin_, None)).json()["parent_id"] is None

    async def test_none_lies_below_itself(self, sites: Sites) -> None:
        site = await sites.made("site")
        area = await sites.made("area", site)
        bin_ = await sites.made("bin", area)
        before = await sites.rows()

        answers = [await sites.put(site, place) for place in (site, area, bin_)]

        assert {(a.status_code, a.json()["code"]) for a in answers} == {(409, "location_cycle")}
        assert await sites.rows() == before

    async def test_nothing_lies_below_what_is_not_there_or_part_of_the_ledger(
        self, sites: Sites
    ) -> None:
        site = await sites.made("site")
        before = await sites.rows()

        for parent, code in (
            (LocationId(int=99), "unknown_reference"),
            (CUSTOMER_ID, "invalid_value"),
            (TRANSIT_ID, "invalid_value"),
        ):
            for answer in (await sites.make("bin", parent), await sites.put(site, parent)):
                assert (answer.status_code, answer.json()["code"]) == (422, code)
                assert answer.json()["errors"][0]["pointer"] == "/parent_id"
        refused = await sites.put(TRANSIT_ID, site)
        assert (refused.status_code, refused.json()["code"]) == (409, "virtual_location")
        assert await sites.rows() == before

    async def test_moves_into_one_another_at_once_make_no_circle(self, sites: Sites) -> None:
        for round_ in range(6):
            left, right = [await sites.made(f"{side}-{round_}") for side in ("left", "right")]

            answers = await asyncio.gather(sites.put(left, right), sites.put(right, left))

            assert sorted(answer.status_code for answer in answers) == [200, 409]
            (refused,) = [a.json()["code"] for a in answers if a.status_code == 409]
            assert refused == "location_cycle"


class TestClosing:
    async def test_from_below_and_opening_from_above(self, sites: Sites) -> None:
        site = await sites.made("site")
        area = await sites.made("area", site)

        early = await sites.turn(site, "deactivate")
        assert (early.status_code, early.json()["code"]) == (409, "location_has_places")
        assert (await sites.turn(area, "deactivate")).status_code == 200
        assert (await sites.turn(site, "deactivate")).status_code == 200
        before = await sites.rows()
        answers = [
            await sites.turn(area, "activate"),
            await sites.make("bin", site),
            await sites.put(await sites.made("bin"), site),
        ]
        assert {(a.status_code, a.json()["code"]) for a in answers} == {(409, "parent_closed")}
        assert await sites.rows() == before | {"bin": (None, True, 1)}

        assert (await sites.turn(site, "activate")).status_code == 200
        assert (await sites.turn(area, "activate")).status_code == 200

    async def test_closing_above_and_opening_below_at_once(self, sites: Sites) -> None:
        for round_ in range(6):
            site = await sites.made(f"site-{round_}")
            area = await sites.made(f"area-{round_}", site)
            assert (await sites.turn(area, "deactivate")).status_code == 200

            answers = await asyncio.gather(
                sites.turn(site, "deactivate"), sites.turn(area, "activate")
            )

            assert sorted(answer.status_code for answer in answers) == [200, 409]


class TestLevels:
    async def test_of_a_place_with_all_below_it(self, sites: Sites) -> None:
        site = await sites.made("site")
        area = await sites.made("area", site)
        bin_ = await sites.made("bin", area)
        other = await sites.made("other")
        stock, tea = sites.stock, await sites.stock.product()
        for number, place in enumerate((str(MAIN_ID), site, area, bin_, other), start=1):
            await stock.post(stock.moves_in(tea, str(number), 100, to=LocationId.parse(place)))
        levels = "/api/v1/inventory/levels"

        async def lying(**where: str) -> dict[str, str]:
            found = await sites.get(levels, **where)
            return {level["location"]: level["on_hand"] for level in found}

        below = {"area": "3.000", "bin": "4.000"}
        assert await lying(location_id=site) == {"site": "2.000"}
        assert await lying(location_id=site, with_descendants="true") == below | {"site": "2.000"}
        assert await lying(location_id=area, with_descendants="true") == below
        assert await lying(location_id=bin_, with_descendants="true") == {"bin": "4.000"}
        assert len(await lying(with_descendants="true")) == 5
