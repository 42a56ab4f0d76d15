"""Fixtures live in `tests/fixtures/`, one file a subject; this file only names them."""

from __future__ import annotations

pytest_plugins = [
    "tests.fixtures.cases",
    "tests.fixtures.hypothesis_profiles",
    "tests.fixtures.servers",
]
