"""The tree of categories over HTTP: made, renamed, moved with all below."""

from __future__ import annotations

import pytest

from app.domain.auth.roles import Role
from app.domain.common.identifiers import CategoryId
from tests.fixtures.goods import Goods, Json, faults


async def tree(goods: Goods) -> list[tuple[str, int]]:
    listed = (await goods.get("/categories")).json()["items"]
    return [(item["path"], item["depth"]) for item in listed]


@pytest.fixture
async def branch(goods: Goods) -> dict[str, Json]:
    home = await goods.category("Home")
    garden = await goods.category("Garden", home)
    tools = await goods.category("Tools", garden)
    return {
        "home": home,
        "garden": garden,
        "tools": tools,
        "other": await goods.category("Home office"),
    }


class TestMaking:
    async def test_answers_path_and_slug(self, goods: Goods) -> None:
        home = await goods.category("Café & Küche")
        made = await goods.post("/categories", {"name": "Mugs", "parent_id": home["id"]})

        category = made.json()
        assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
        assert made.headers["Location"] == f"/api/v1/categories/{category['id']}"
        assert category == {
            "id": category["id"],
            "parent_id": home["id"],
            "name": "Mugs",
            "slug": "cafe-kuche-mugs",
            "path": "Café & Küche > Mugs",
            "depth": 1,
            "version": 1,
        }
        assert (await goods.get(f"/categories/{category['id']}")).json() == category
        assert await goods.events() == ["category.created", "category.created"]
        assert [action for action, _ in await goods.audited()] == ["category.created"] * 2

    async def test_a_slug_that_is_taken_is_told_apart(self, goods: Goods) -> None:
        first = await goods.category("A b")
        second = await goods.category("A-b")

        assert first["slug"] == "a-b"
        assert second["slug"] == f"a-b-{second['id'].lower()}"

    async def test_the_list_is_the_tree(self, goods: Goods, branch: dict[str, Json]) -> None:
        expected = [
            ("Home", 0),
            ("Home > Garden", 1),
            ("Home > Garden > Tools", 2),
            ("Home office", 0),
        ]
        assert await tree(goods) == expected
        pages = [page async for page in goods.walk("/categories", limit=3)]
        assert [[item["path"] for item in page] for page in pages] == [
            [path for path, _ in expected[:3]],
            ["Home office"],
        ]

    @pytest.mark.parametrize(
        ("members", "status", "pointer"),
        [
            ({"name": " "}, 422, "/name"),
            ({"name": "a > b"}, 422, "/name"),
            ({"name": "a\u001fb"}, 422, "/name"),
            ({"name": "x" * 121}, 422, "/name"),
            ({"name": "HOME"}, 409, "/name"),
            ({"slug": "home"}, 409, "/slug"),
            ({"slug": "Not a slug"}, 422, "/slug"),
            ({"parent_id": str(CategoryId(int=9))}, 422, "/parent_id"),
            ({"path": "x"}, 422, "/path"),
        ],
    )
    async def test_a_fault_is_named_and_nothing_is_written(
        self, goods: Goods, members: Json, status: int, pointer: str
    ) -> None:
        await goods.category("Home")
        before = await goods.state()

        refused = await goods.post("/categories", {"name": "New"} | members)

        assert refused.status_code == status, refused.text
        assert [place for place, _ in faults(refused)] == [pointer]
        assert await goods.state() == before

    async def test_the_tree_has_ten_levels(self, goods: Goods) -> None:
        parent: Json | None = None
        for level in range(10):
            parent = await goods.category(f"Level {level}", parent)
        before = await goods.state()

        refused = await goods.post(
            "/categories", {"name": "Deeper", "parent_id": (parent or {})["id"]}
        )

        assert (refused.status_code, faults(refused)) == (422, [("/parent_id", "too_deep")])
        assert await goods.state() == before

    async def test_needs_the_permission(self, goods: Goods) -> None:
        assert (await goods.post("/categories", {"name": "A"}, role=Role.VIEWER)).status_code == 403


class TestChanging:
    async def test_a_new_name_is_carried_to_all_below(
        self, goods: Goods, branch: dict[str, Json]
    ) -> None:
        renamed = await goods.patch(f"/categories/{branch['home']['id']}", {"name": "House"})

        assert renamed.json() == branch["home"] | {
            "name": "House",
            "path": "House",
            "version": 2,
        }
        assert await tree(goods) == [
            ("Home office", 0),
            ("House", 0),
            ("House > Garden", 1),
            ("House > Garden > Tools", 2),
        ]
        tools = (await goods.get(f"/categories/{branch['tools']['id']}")).json()
        assert (tools["version"], tools["slug"]) == (2, "home-garden-tools")

    async def test_a_branch_moves_as_a_whole(self, goods: Goods, branch: dict[str, Json]) -> None:
        path = f"/categories/{branch['garden']['id']}"

        moved = await goods.patch(path, {"parent_id": branch["other"]["id"]})
        assert moved.json()["path"] == "Home office > Garden"
        assert await tree(goods) == [
            ("Home", 0),
            ("Home office", 0),
            ("Home office > Garden", 1),
            ("Home office > Garden > Tools", 2),
        ]

        await goods.patch(path, {"parent_id": None}, version=2)
        assert await tree(goods) == [
            ("Garden", 0),
            ("Garden > Tools", 1),
            ("Home", 0),
            ("Home office", 0),
        ]

    async def test_nothing_lies_below_itself(self, goods: Goods, branch: dict[str, Json]) -> None:
        path = f"/categories/{branch['home']['id']}"
        before = await goods.state()

        for parent in ("home", "garden", "tools"):
            refused = await goods.patch(path, {"parent_id": branch[parent]["id"]})
            assert (refused.status_code, refused.json()["code"]) == (409, "category_cycle")

        assert await goods.state() == before

    async def test_a_place_that_is_taken_is_refused_with_all_below(
        self, goods: Goods, branch: dict[str, Json]
    ) -> None:
        await goods.category("GARDEN")
        before = await goods.state()

        refused = await goods.patch(f"/categories/{branch['garden']['id']}", {"parent_id": None})

        assert (refused.status_code, faults(refused)) == (409, [("/name", "already_exists")])
        assert await goods.state() == before

    async def test_what_changes_nothing_writes_nothing(
        self, goods: Goods, branch: dict[str, Json]
    ) -> None:
        before = await goods.state()
        path = f"/categories/{branch['garden']['id']}"

        same = await goods.patch(path, {"name": "Garden", "parent_id": branch["home"]["id"]})

        assert (same.status_code, same.json()) == (200, branch["garden"])
        assert await goods.state() == before

    async def test_a_branch_made_stale_from_above_needs_a_new_look(
        self, goods: Goods, branch: dict[str, Json]
    ) -> None:
        await goods.patch(f"/categories/{branch['home']['id']}", {"name": "House"})

        stale = await goods.patch(f"/categories/{branch['tools']['id']}", {"name": "Spades"})

        assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")

    async def test_products_are_found_below_where_a_branch_went(
        self, goods: Goods, branch: dict[str, Json]
    ) -> None:
        await goods.product("spade", category_id=branch["tools"]["id"])
        await goods.patch(
            f"/categories/{branch['garden']['id']}", {"parent_id": branch["other"]["id"]}
        )

        assert await goods.skus(category_id=branch["other"]["id"]) == ["spade"]
        assert await goods.skus(category_id=branch["home"]["id"]) == []
