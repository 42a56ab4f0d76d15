"""Pages by key, never by offset: the cost of a page does not grow with its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

KeyValue = str | int | bytes
Key = tuple[KeyValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """How many items, and after which sort key; `after` ends with the primary key."""

    limit: int
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items in order; `next_after` is the key of the last one, or None at the end."""

    items: list[Item]
    next_after: Key | None
