"""Families and pictures in the files of shop programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.domain.catalog.family import OPTION_SEPARATOR
from app.domain.catalog.images import IMAGE_SEPARATOR, INVALID_IMAGE
from app.domain.catalog.limits import (
    ATTRIBUTE_NAME_LENGTH,
    FAMILY_KEY_LENGTH,
    FAMILY_OPTIONS,
    NAME_LENGTH,
)
from app.domain.imports.cells import Doubt, line_reader, mending, no_image, sorted_images
from app.domain.imports.faults import CellRefused

FAMILY_FIELDS = ("family", "family_name", "family_options", "family_images", "images")

Told = tuple[str, str, str]
"""The word, the code and what was expected of something that is left out with a warning."""


@dataclass(frozen=True, slots=True)
class Kin:
    """The family of a product, as the records of its file tell it."""

    key: str
    name: str = ""
    options: Sequence[str] = ()
    images: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Addition:
    """Pictures of a record that is no product, for the family named or for the product above.

    With `members`, SKUs of products further up, it tells of their family.
    """

    images: Sequence[str] = ()
    kin: Kin | None = None
    members: Sequence[str] = ()
    doubts: Sequence[Told] = ()


def kin_cells(kin: Kin | None, images: Iterable[str]) -> Mapping[str, str]:
    """Return what a record says of a family and of its own pictures, by field."""
    cells = {"images": IMAGE_SEPARATOR.join(images)}
    key = _line(kin.key, FAMILY_KEY_LENGTH) if kin else ""
    if kin and key:
        cells |= {
            "family": key,
            "family_name": _line(kin.name, NAME_LENGTH),
            "family_options": OPTION_SEPARATOR.join(kin.options),
            "family_images": IMAGE_SEPARATOR.join(kin.images),
        }
    return cells


def option_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that a family can have as options, the first of them if there are many."""
    told = dict.fromkeys(_line(name, ATTRIBUTE_NAME_LENGTH) for name in names)
    return tuple(name for name in told if name and OPTION_SEPARATOR not in name)[:FAMILY_OPTIONS]


def pictures(word: str, texts: Iterable[str]) -> tuple[tuple[str, ...], list[Told]]:
    """Return the addresses among the texts of a column, and the doubts about the others."""
    found, wrong = sorted_images(texts)
    return found, [(word, INVALID_IMAGE, no_image(text)) for text in wrong]


@lru_cache(8_192)
def _line(text: str, most: int) -> str:
    """Return a line as it can be stored, an empty one where it cannot.

    Whatever is wrong with it is told of the fields of the product that are made of it as well.
    """
    try:
        found = mending(line_reader("family", most=most))(text.strip())
    except CellRefused:
        return ""
    return str(found.value) if isinstance(found, Doubt) else found
