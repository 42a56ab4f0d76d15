"""Paths of categories as an import names them: found or made, in constantly many statements."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.application.services import Services
from app.domain.catalog.category import path_key
from app.infrastructure.db.tables.catalog import categories
from tests.fixtures.goods import Goods
from tests.fixtures.statements import recorded_statements


async def ensure(
    services: Services, *paths: tuple[str, ...]
) -> tuple[dict[str, object], list[str]]:
    """Return the ids by key, and the paths that were made."""
    work = services.work(None)
    async with work:
        ensured = await work.categories.ensure_paths(paths, ids=services.ids)
        await work.commit()
    return dict(ensured.ids), [category.path for category in ensured.created]


async def test_what_is_missing_is_made_from_the_root_down(goods: Goods, services: Services) -> None:
    home = await goods.category("Home")

    ids, created = await ensure(services, ("HOME", "Garden", "Tools"), ("Home", "garden"))

    assert sorted(created) == ["Home > Garden", "Home > Garden > Tools"]
    rows = {row["path"]: row for row in await goods.rows(categories)}
    assert rows["Home > Garden"]["parent_id"] == rows["Home"]["id"]
    assert str(rows["Home"]["id"]) == home["id"]
    assert rows["Home > Garden > Tools"]["parent_id"] == rows["Home > Garden"]["id"]
    assert ids == {
        path_key(("home", "garden", "tools")): rows["Home > Garden > Tools"]["id"],
        path_key(("home", "garden")): rows["Home > Garden"]["id"],
    }


async def test_a_second_time_nothing_is_made(goods: Goods, services: Services) -> None:
    first, _ = await ensure(services, ("A", "B"), ("C",))
    again, created = await ensure(services, ("a", " b"), ("C",))

    assert (again, created) == (first, [])


async def test_one_slug_serves_one_category(goods: Goods, services: Services) -> None:
    await goods.category("A b")

    await ensure(services, ("A", "b"), ("A-b",))

    async with goods.engine.connect() as connection:
        slugs = list(await connection.scalars(select(categories.c.slug)))
    assert len(slugs) == len(set(slugs)) == 4
    assert {"a", "a-b"} <= set(slugs)


@pytest.mark.parametrize("many", [2, 200])
async def test_any_number_of_paths_costs_the_same(services: Services, many: int) -> None:
    paths = [("Root", f"Level {n}", "Leaf") for n in range(many)]

    with recorded_statements() as making:
        await ensure(services, *paths)
    with recorded_statements() as finding:
        await ensure(services, *paths)

    # Look, lock (Postgres), look again, slugs, insert; then a look alone.
    assert len(making) <= 5, "\n".join(making)
    assert len(finding) == 1
