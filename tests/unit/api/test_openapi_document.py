"""The OpenAPI document describes what the API takes, down to its defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scripts.permissions_table import application


def test_every_default_is_a_value_that_its_own_schema_takes() -> None:
    document = application().openapi()

    defaults = list(_defaults(document["components"]["schemas"], "schemas"))

    assert ("schemas/SaleIn/properties/location_id", "0" * 25 + "1") in [
        (path, member["default"]) for path, member in defaults
    ]
    assert [
        path
        for path, member in defaults
        if "pattern" in member and not re.fullmatch(member["pattern"], member["default"])
    ] == []


def _defaults(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _defaults(item, f"{path}/{number}")
    elif isinstance(node, dict):
        if "default" in node and "type" in node:
            yield path, node
        for name, item in node.items():
            yield from _defaults(item, f"{path}/{name}")
