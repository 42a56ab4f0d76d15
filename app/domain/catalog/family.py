"""Families: products that differ in a few options, as a shirt in its colours and sizes.

A family says by which attributes its variants differ; the values are those of the products.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypedDict

from app.domain.catalog.images import parse_images
from app.domain.catalog.limits import (
    ATTRIBUTE_NAME_LENGTH,
    FAMILY_KEY_LENGTH,
    FAMILY_OPTIONS,
    NAME_LENGTH,
)
from app.domain.common.changes import Changes, apply_changes
from app.domain.common.errors import Conflict, FieldError, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import FamilyId
from app.domain.common.text import clean_line, fold, key

OPTION_SEPARATOR = "|"


class FamilyInUse(Conflict):
    """A family that has products stays."""

    code = "family_in_use"
    title = "The family has products"


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCreated(DomainEvent):
    """There is a new family; `family` holds all of it."""

    name: ClassVar[str] = "family.created"
    family: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyUpdated(DomainEvent):
    """A family changed in the fields named; `family` is how it is now."""

    name: ClassVar[str] = "family.updated"
    changed: tuple[str, ...]
    family: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRemoved(DomainEvent):
    """A family without products is gone."""

    name: ClassVar[str] = "family.removed"
    key: str


class FamilyValues(TypedDict, total=False):
    """What a caller may say of a family; an absent key is left as it is."""

    key: str
    name: str
    options: Sequence[str]
    images: Sequence[str]


@dataclass(eq=False, kw_only=True)
class Family(EventRecorderMixin):
    """`key` is what files call it; `match_key` and `search_text` follow from the other fields."""

    id: FamilyId
    key: str
    name: str
    created_at: datetime
    updated_at: datetime
    options: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    match_key: str = ""
    search_text: str = ""
    version: int = 1

    @classmethod
    def create(cls, identifier: FamilyId, values: FamilyValues, *, at: datetime) -> Family:
        """Make a family; key and name are required."""
        for name in ("key", "name"):
            if name not in values:
                raise InvalidValue.of(name, "is required", code="missing")
        family = cls(id=identifier, created_at=at, updated_at=at, **_checked(values))
        family._derive(at)
        family.record(FamilyCreated(subject=identifier, family=family.snapshot()))
        return family

    def change(self, values: FamilyValues, *, at: datetime) -> Changes:
        """Take the given values; returns what differs, and only then the family is touched."""
        changes = apply_changes(self, _checked(values))
        if changes:
            self._derive(at)
            self.record(
                FamilyUpdated(subject=self.id, changed=tuple(changes), family=self.snapshot())
            )
        return changes

    def remove(self, *, has_products: bool) -> None:
        """Let it go, unless products belong to it."""
        if has_products:
            raise FamilyInUse(f"Take the products out of the family {self.key!r} first.")
        self.record(FamilyRemoved(subject=self.id, key=self.key))

    def creation(self) -> Changes:
        """What its making changed: all that it has."""
        return {name: (None, value) for name, value in self.snapshot().items() if value}

    def snapshot(self) -> dict[str, object]:
        """The family as it stands in events."""
        return {
            "key": self.key,
            "name": self.name,
            "options": list(self.options),
            "images": list(self.images),
        }

    def _derive(self, at: datetime) -> None:
        self.match_key = key(self.key)
        self.search_text = family_search_text(self.key, self.name)
        self.updated_at = at


def family_search_text(key: str, name: str) -> str:
    """Return what a text query is looked for in."""
    return f"{fold(key)}\n{fold(name)}"


def parse_options(names: Sequence[str], *, field: str = "options") -> tuple[str, ...]:
    """Read the names of the attributes in which variants differ, each once."""
    if len(names) > FAMILY_OPTIONS:
        raise InvalidValue.of(field, f"holds at most {FAMILY_OPTIONS} names", code="too_many")
    found: dict[str, None] = {}
    for index, text in enumerate(names):
        pointer = f"{field}/{index}"
        name = clean_line(text, field=pointer, most=ATTRIBUTE_NAME_LENGTH)
        if OPTION_SEPARATOR in name:
            raise InvalidValue.of(pointer, "must not hold '|', which parts the names in a file")
        if name in found:
            raise InvalidValue.of(pointer, "is there already", code="duplicate")
        found[name] = None
    return tuple(found)


def _checked(values: FamilyValues) -> dict[str, Any]:
    """Return the values as they are stored; all faults of all fields are in one error."""
    result: dict[str, Any] = {}
    faults: list[FieldError] = []
    for name, value in values.items():
        try:
            result[name] = _RULES[name](value)
        except InvalidValue as fault:
            faults.extend(fault.errors)
    if faults:
        told = "; ".join(f"{fault.pointer.lstrip('/')}: {fault.detail}" for fault in faults)
        raise InvalidValue(told, errors=tuple(faults))
    return result


def _key(text: str) -> str:
    return clean_line(text, field="key", most=FAMILY_KEY_LENGTH)


def _name(text: str) -> str:
    return clean_line(text, field="name", most=NAME_LENGTH)


_RULES: Mapping[str, Callable[[Any], object]] = {
    "key": _key,
    "name": _name,
    "options": parse_options,
    "images": parse_images,
}
