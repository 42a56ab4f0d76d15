"""Categories: a tree kept as paths, so that a branch is one range of an index.

`path_key` joins the keys of the names from the root down with a separator that sorts before every
character a name can hold: a parent stands before its children, a branch is contiguous, and two
categories of the same name under one parent have the same key, at the root as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypedDict

from app.domain.catalog.limits import (
    CATEGORY_DEPTH,
    CATEGORY_NAME_LENGTH,
    CATEGORY_PATH_LENGTH,
    CATEGORY_SLUG_LENGTH,
)
from app.domain.common.changes import Changes, apply_changes
from app.domain.common.errors import Conflict, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import CategoryId
from app.domain.common.text import clean_line, fold, key

KEY_SEPARATOR = "\x1f"
# No name has a character below this one, so a branch is what lies from its path up to the path
# with this behind it.
AFTER_SEPARATOR = " "
PATH_SEPARATOR = " > "
_NOT_SLUG = re.compile(r"[^\w]+|_+")


class CategoryCycle(Conflict):
    """A category cannot lie below itself."""

    code = "category_cycle"
    title = "The category would lie below itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCreated(DomainEvent):
    """There is a new category; `category` holds all of it."""

    name: ClassVar[str] = "category.created"
    category: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryUpdated(DomainEvent):
    """A category was renamed or moved, and with it the paths of all below it."""

    name: ClassVar[str] = "category.updated"
    changed: tuple[str, ...]
    category: Mapping[str, object]


def name_key(name: str) -> str:
    """Return the key of one level: case and runs of spaces do not count, accents do.

    Pâtes and pâtés are different shelves.
    """
    return " ".join(key(name).split())


def path_key(names: Sequence[str]) -> str:
    """Return the key of a path of names from the root down."""
    return KEY_SEPARATOR.join(name_key(name) for name in names)


def clean_names(names: Sequence[str], *, field: str = "category") -> tuple[str, ...]:
    """Check a path of names from the root down, as an import gives it."""
    cleaned = tuple(_clean_name(name, field=field) for name in names)
    _check_path(cleaned, field=field)
    return cleaned


class CategoryValues(TypedDict, total=False):
    """What an update may carry; an absent key is left as it is."""

    name: str
    slug: str
    parent_id: CategoryId | None


@dataclass(eq=False, kw_only=True)
class Category(EventRecorderMixin):
    """`path`, `path_key` and `depth` (0 at the root) follow from the name and the parent."""

    id: CategoryId
    parent_id: CategoryId | None
    name: str
    slug: str
    path: str
    path_key: str
    depth: int
    version: int = 1

    @classmethod
    def create(
        cls,
        identifier: CategoryId,
        *,
        name: str,
        slug: str,
        parent: Category | None = None,
    ) -> Category:
        category = cls(
            id=identifier,
            parent_id=None,
            name=_clean_name(name, field="name"),
            slug=_clean_slug(slug),
            path="",
            path_key="",
            depth=0,
        )
        category._hang(parent)
        category.record(CategoryCreated(subject=identifier, category=category.snapshot()))
        return category

    def change(self, values: CategoryValues, *, parent: Category | None) -> Changes:
        """Take the given values; `parent` is the one it is to lie below, None at the root."""
        if parent is not None and parent.is_within(self):
            raise CategoryCycle(f"{parent.path!r} lies within {self.path!r}.")
        checked: dict[str, object] = {"parent_id": parent.id if parent else None}
        if "name" in values:
            checked["name"] = _clean_name(values["name"], field="name")
        if "slug" in values:
            checked["slug"] = _clean_slug(values["slug"])
        changes = apply_changes(self, checked)
        if changes:
            self._hang(parent)
            self.record(
                CategoryUpdated(subject=self.id, changed=tuple(changes), category=self.snapshot())
            )
        return changes

    def check_room(self, *, levels: int, key_length: int) -> None:
        """Refuse unless a branch reaching so far below this one keeps within the limits."""
        if self.depth + levels >= CATEGORY_DEPTH:
            raise InvalidValue.of(
                "parent_id", f"the branch would have more than {CATEGORY_DEPTH} levels"
            )
        if len(self.path_key) + key_length > CATEGORY_PATH_LENGTH:
            raise InvalidValue.of(
                "parent_id", f"a path would have more than {CATEGORY_PATH_LENGTH} characters"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The names from the root down to this one."""
        return tuple(self.path.split(PATH_SEPARATOR))

    def is_within(self, other: Category) -> bool:
        """Tell whether this is the other or lies anywhere below it."""
        return self.path_key == other.path_key or self.path_key.startswith(
            other.path_key + KEY_SEPARATOR
        )

    def snapshot(self) -> dict[str, object]:
        """The category as it stands in events."""
        return {
            "name": self.name,
            "slug": self.slug,
            "parent_id": str(self.parent_id) if self.parent_id else None,
            "path": self.path,
        }

    def _hang(self, parent: Category | None) -> None:
        names = (*parent.names, self.name) if parent else (self.name,)
        _check_path(names, field="parent_id" if parent else "name")
        self.parent_id = parent.id if parent else None
        self.path = PATH_SEPARATOR.join(names)
        self.path_key = path_key(names)
        self.depth = len(names) - 1


def proposed_slug(names: Sequence[str], identifier: CategoryId) -> str:
    """Return the folded words of a path joined by hyphens; the identifier if it has no words."""
    return _slug(" ".join(names))[:CATEGORY_SLUG_LENGTH].strip("-") or str(identifier).lower()


def distinct_slug(slug: str, identifier: CategoryId) -> str:
    """Return the slug with the identifier behind it, for when the plain one is taken."""
    tail = str(identifier).lower()
    return f"{slug[: CATEGORY_SLUG_LENGTH - len(tail) - 1].strip('-')}-{tail}"


def _slug(text: str) -> str:
    return _NOT_SLUG.sub("-", fold(text)).strip("-")


def _clean_slug(slug: str) -> str:
    cleaned = clean_line(slug, field="slug", most=CATEGORY_SLUG_LENGTH)
    if cleaned != _slug(cleaned):
        raise InvalidValue.of("slug", "has lower case words joined by single hyphens")
    return cleaned


def _clean_name(name: str, *, field: str) -> str:
    cleaned = " ".join(clean_line(name, field=field, most=CATEGORY_NAME_LENGTH).split())
    if ">" in cleaned:
        raise InvalidValue.of(field, "must not hold '>', which parts the levels of a path")
    return cleaned


def _check_path(names: Sequence[str], *, field: str) -> None:
    if not names:
        raise InvalidValue.of(field, "names no category", code="too_short")
    if len(names) > CATEGORY_DEPTH:
        raise InvalidValue.of(field, f"has more than {CATEGORY_DEPTH} levels", code="too_deep")
    if len(path_key(names)) > CATEGORY_PATH_LENGTH:
        raise InvalidValue.of(
            field, f"the path has more than {CATEGORY_PATH_LENGTH} characters", code="too_long"
        )
