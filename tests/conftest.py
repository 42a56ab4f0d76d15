"""Fixtures live in `tests/fixtures/`, one file a subject; this file only names them."""

from __future__ import annotations

# A file comes after those it imports from, since pytest rewrites the asserts of what it loads.
pytest_plugins = [
    "tests.fixtures.logs",
    "tests.fixtures.cases",
    "tests.fixtures.hypothesis_profiles",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.stock",
    "tests.fixtures.app",
    "tests.fixtures.people",
    "tests.fixtures.accounts",
    "tests.fixtures.till",
    "tests.fixtures.returning",
    "tests.fixtures.counting",
    "tests.fixtures.transferring",
    "tests.fixtures.posted",
    "tests.fixtures.goods",
    "tests.fixtures.parties",
    "tests.fixtures.purchasing",
    "tests.fixtures.jobs",
    "tests.fixtures.importing",
    "tests.fixtures.writes",
]
