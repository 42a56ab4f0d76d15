"""Families: field rules, derived fields, changes and events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.catalog.family import (
    Family,
    FamilyCreated,
    FamilyInUse,
    FamilyRemoved,
    FamilyUpdated,
    FamilyValues,
)
from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import FamilyId

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
PICTURE = "https://cdn.example.com/shirt.jpg"


def made(**more: object) -> Family:
    values: FamilyValues = {"key": "Linen-Shirt", "name": "Chemise d'été", **more}  # type: ignore[typeddict-item]
    family = Family.create(FamilyId(int=5), values, at=NOON)
    family.take_events()
    return family


def test_fills_what_follows_from_the_fields_and_tells_of_it() -> None:
    family = Family.create(
        FamilyId(int=5),
        {"key": " Linen-Shirt ", "name": "Chemise d'été", "options": ["Colour", " Size "]},
        at=NOON,
    )

    assert (family.key, family.match_key) == ("Linen-Shirt", "linen-shirt")
    assert family.search_text == "linen-shirt\nchemise d'ete"
    assert family.options == ("Colour", "Size")
    assert family.created_at == family.updated_at == NOON
    assert family.take_events() == [
        FamilyCreated(
            subject=family.id,
            family={
                "key": "Linen-Shirt",
                "name": "Chemise d'été",
                "options": ["Colour", "Size"],
                "images": [],
            },
        )
    ]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"key": " ", "name": "\u0001"}, [("/key", "too_short"), ("/name", "control_character")]),
        ({"key": "x" * 256}, [("/key", "too_long")]),
        ({"options": list("abcdef")}, [("/options", "too_many")]),
        ({"options": ["Colour", "Colour "]}, [("/options/1", "duplicate")]),
        ({"options": ["A|B"]}, [("/options/0", "invalid_value")]),
        ({"options": ["x" * 65]}, [("/options/0", "too_long")]),
        ({"images": ["shirt.jpg"]}, [("/images/0", "invalid_image")]),
    ],
)
def test_a_fault_is_named_by_its_field(
    members: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    family = made()

    with pytest.raises(InvalidValue) as refused:
        family.change(members, at=LATER)  # type: ignore[arg-type]

    assert [(fault.pointer, fault.code) for fault in refused.value.errors] == expected
    assert family.take_events() == []


@pytest.mark.parametrize("name", ["key", "name"])
def test_key_and_name_are_required(name: str) -> None:
    values: FamilyValues = {"key": "a", "name": "A"}
    del values[name]  # type: ignore[misc]

    with pytest.raises(InvalidValue) as refused:
        Family.create(FamilyId(int=5), values, at=NOON)

    assert [(f.pointer, f.code) for f in refused.value.errors] == [(f"/{name}", "missing")]


def test_a_change_says_what_differs() -> None:
    family = made(options=["Size"])

    changes = family.change({"key": "Shirt", "options": ["Size"], "images": [PICTURE]}, at=LATER)

    assert changes == {"key": ("Linen-Shirt", "Shirt"), "images": ((), (PICTURE,))}
    assert (family.match_key, family.updated_at) == ("shirt", LATER)
    [event] = family.take_events()
    assert isinstance(event, FamilyUpdated)
    assert (event.changed, event.family) == (("key", "images"), family.snapshot())


def test_a_change_that_changes_nothing_leaves_no_trace() -> None:
    family = made()

    assert family.change({"name": "Chemise d'été", "options": []}, at=LATER) == {}
    assert (family.updated_at, family.take_events()) == (NOON, [])


def test_goes_only_without_products() -> None:
    family = made()
    with pytest.raises(FamilyInUse):
        family.remove(has_products=True)
    assert family.take_events() == []

    family.remove(has_products=False)

    assert family.take_events() == [FamilyRemoved(subject=family.id, key="Linen-Shirt")]
