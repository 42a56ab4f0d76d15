"""The families that a chunk speaks of, as they would be after each of its records.

What the first row of a family says of its name and options counts for the file. Pictures join
those there are, in the order of the file, and none is ever taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from app.application.imports.products.model import FamilyDraft, Shelf
from app.domain.catalog.limits import IMAGES
from app.domain.common.identifiers import FamilyId, IdSource

# No SKU key has a control character, so the two share the keys of an import.
_MARK = "\x1f"


class Telling(Protocol):
    """A record that tells of a family."""

    @property
    def row(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def family(self) -> str | None: ...
    @property
    def family_key(self) -> str | None: ...
    @property
    def family_name(self) -> str | None: ...
    @property
    def family_options(self) -> tuple[str, ...] | None: ...
    @property
    def family_images(self) -> tuple[str, ...] | None: ...


Warn = Callable[..., None]


def family_mark(key: str) -> str:
    """Return under which key the first row of a family is noted."""
    return _MARK + key


def pictured(
    known: tuple[str, ...], more: Iterable[str], told: Telling, warn: Warn, *, name: str = "images"
) -> tuple[str, ...]:
    """Return the pictures with those that a record adds, as far as there is room."""
    new = [image for image in dict.fromkeys(more) if image not in known]
    room = max(0, IMAGES - len(known))
    if len(new) > room:
        expected = f"at most {IMAGES} images; further ones are left out"
        warn(told, "too_many_images", expected, name=name)
    return (*known, *new[:room])


class Families:
    def __init__(self, shelf: Shelf, keys: dict[str, int], ids: IdSource, warn: Warn) -> None:
        self._shelf = shelf
        self._keys = keys
        self._ids = ids
        self._warn = warn
        self._touched: dict[str, FamilyDraft] = {}
        self._drafts: dict[str, FamilyDraft] = {}

    @property
    def written(self) -> list[FamilyDraft]:
        """Return the families to be made or changed, in the order of the file."""
        return [family for family in self._touched.values() if family.differs]

    def of(self, told: Telling) -> FamilyDraft | None:
        """Return the family of a record; a new one is only made if the record is taken."""
        if told.family_key is None or told.family is None:
            return None
        found = self._shelf.families.get(told.family_key) or self._drafts.get(told.family_key)
        if found is None:
            found = self._drafts[told.family_key] = FamilyDraft(
                id=self._ids.new(FamilyId), key=told.family, name=told.family
            )
        return found

    def tell(self, told: Telling) -> None:
        """Take what a record says of its family, now that the record is taken."""
        family = self.of(told)
        if family is None or told.family_key is None:
            return
        mark = family_mark(told.family_key)
        first = self._shelf.first_rows.get(mark)
        if first is None:
            self._shelf.first_rows[mark] = self._keys[mark] = told.row
            family.name = told.family_name or family.name
            if told.family_options is not None:
                family.options = told.family_options
        else:
            self._check(told, family, first)
        self._shelf.families[told.family_key] = self._touched[told.family_key] = family
        self._picture(told, family)

    def add(self, told: Telling) -> None:
        """Add pictures to a family of which a row further up has told."""
        family = self._shelf.families.get(told.family_key or "")
        if family is None or family_mark(told.family_key or "") not in self._shelf.first_rows:
            return
        self._touched[told.family_key or ""] = family
        self._picture(told, family)

    def _check(self, told: Telling, family: FamilyDraft, first: int) -> None:
        expected = f"what row {first} of this file says of the family {family.key}, which counts"
        if told.family_name is not None and told.family_name != family.name:
            self._warn(told, "family_differs", expected, name="family_name")
        elif told.family_options is not None and told.family_options != family.options:
            self._warn(told, "family_differs", expected, name="family_options")

    def _picture(self, told: Telling, family: FamilyDraft) -> None:
        more = told.family_images
        if more:
            family.images = pictured(family.images, more, told, self._warn, name="family_images")
