"""Saved mappings: their names, what changes, and which could read no file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import ImportMappingId
from app.domain.imports.errors import DuplicateColumns, InvalidMapping
from app.domain.imports.saved import ImportMapping, check_mapping

MORNING = datetime(2026, 1, 2, 8, tzinfo=UTC)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def saved(name: str) -> ImportMapping:
    return ImportMapping.create(
        ImportMappingId(int=7), name=name, kind="products", choices={"mode": "update"}, at=MORNING
    )


def test_names_are_lines_that_compare_without_case_and_accents() -> None:
    mapping = saved(" Café  Crème ")

    assert (mapping.name, mapping.name_key) == ("Café  Crème", "cafe creme")


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 65])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        saved(name)

    assert refused.value.errors[0].pointer == "/name"


def test_what_differs_is_told_and_nothing_else_costs_a_change() -> None:
    mapping = saved("Baker")

    assert mapping.change({"name": "Baker", "choices": {"mode": "update"}}, at=NOON) == {}
    assert mapping.updated_at == MORNING
    assert mapping.change({"name": "Miller"}, at=NOON) == {"name": ("Baker", "Miller")}
    assert (mapping.name_key, mapping.updated_at) == ("miller", NOON)


@pytest.mark.parametrize(
    ("mapping", "preset"),
    [
        ({"A": "sku", "B": None, "C": "attribute:Colour"}, None),
        ({"A": "barcodes", "B": "barcodes"}, "free"),
        ({"A": "option1_value"}, None),
        ({"A": "option1_value"}, "shopify"),
    ],
)
def test_fields_of_the_preset_or_without_one_of_any_are_taken(
    mapping: dict[str, str | None], preset: str | None
) -> None:
    check_mapping(mapping, preset=preset, kind="products")


@pytest.mark.parametrize(
    ("mapping", "preset", "error"),
    [
        ({"A": "colour"}, None, InvalidMapping),
        ({"A": "option1_value"}, "free", InvalidMapping),
        ({}, "amazon", InvalidMapping),
        ({"A": "sku", "B": "sku"}, None, DuplicateColumns),
    ],
)
def test_what_no_file_could_be_read_by_is_refused(
    mapping: dict[str, str | None], preset: str | None, error: type[InvalidMapping]
) -> None:
    with pytest.raises(error):
        check_mapping(mapping, preset=preset, kind="products")


def test_the_fields_are_those_of_the_kind() -> None:
    check_mapping({"Path": "category", "Up": "parent"}, preset=None, kind="categories")
    with pytest.raises(InvalidMapping) as refusal:
        check_mapping({"Nr": "sku"}, preset=None, kind="categories")
    assert refusal.value.extra == {"fields": ["category", "name", "parent"]}
