"""Every migration goes up, down and up again, and down leaves what was there before it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.infrastructure.db.migrations import current, downgrade, head, migrate, revisions
from tests.fixtures.databases import Database
from tests.migrations.schema import schema_of, seeds_of


def test_every_step_is_undone_and_done_again(empty_database: Database) -> None:
    url = empty_database.url
    for before, revision in pairwise(["base", *revisions()]):
        schema_before = schema_of(empty_database)
        migrate(url, revision)
        schema, seeds = schema_of(empty_database), seeds_of(empty_database)
        assert current(url) == revision

        downgrade(url, before)
        assert (revision, schema_of(empty_database)) == (revision, schema_before)

        migrate(url, revision)
        assert (revision, schema_of(empty_database)) == (revision, schema)
        assert (revision, seeds_of(empty_database)) == (revision, seeds)

    assert current(url) == head()


@pytest.mark.leaves_damage
def test_all_the_way_down_leaves_nothing(database: Database) -> None:
    downgrade(database.url, "base")

    assert schema_of(database) == []
    assert current(database.url) is None


def test_revisions_are_numbered_without_a_gap() -> None:
    assert revisions() == [f"{number:04}" for number in range(1, len(revisions()) + 1)]
