"""A preset made of a description: which headers mean what, and what each record says.

The export of a shop program is told by some of its headers. Its columns are read as product fields
or as words of its own, from which `read` composes one product per record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.imports.fields import FIELDS, Field, header_key, is_field
from app.domain.imports.plan import Mode, Plan
from app.domain.imports.presets.base import (
    Arranged,
    Carry,
    Unfit,
    attribute_columns,
    mapped_columns,
    missing_of_products,
    told_of,
)
from app.domain.imports.presets.families import Addition, Kin, Told, kin_cells
from app.domain.imports.records import Record

Own = Mapping[str, str]
"""The trimmed cells of a record by field and word; what no column holds is missing."""


@dataclass(slots=True)
class Item:
    """A product as its record tells it.

    `cells` has the composed fields, an empty text for what is not said. `key` is what a SKU is made
    of when there is none. `kin` is its family, `images` are the addresses of its own pictures.
    """

    cells: Mapping[str, str]
    attributes: Sequence[tuple[str, str]] = ()
    key: str | None = None
    kin: Kin | None = None
    images: Sequence[str] = ()
    doubts: Sequence[Told] = ()


@dataclass(frozen=True, slots=True)
class Orphan:
    """A record that only adds to a product above it, and there is none."""

    word: str
    expected: str


Read = Callable[[Own, dict[str, Any]], Item | Orphan | Addition | None]
"""Gives the product of a record, what it adds to others, or None for nothing that is read.

The head is carried on.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """`needs` are sets of header keys, of which one is in every file of the kind.

    `aliases` is field or word → header keys in order of trust, `prefixes` the same by the beginning
    of a key of which there is one only. `composed` is field → word whose header a fault names;
    `attributes` are the words that faults of attributes name, the last for all further ones.
    """

    name: str
    needs: tuple[frozenset[str], ...]
    aliases: Mapping[str, tuple[str, ...]]
    read: Read
    keys: tuple[str, ...]
    composed: Mapping[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)
    header_keys: Callable[[str], str] = header_key
    point_by_default: bool = True
    slash_parts: bool = False

    @property
    def fields(self) -> Mapping[str, Field]:
        return FIELDS

    def fits(self, keys: frozenset[str]) -> bool:
        return any(need <= keys for need in self.needs)

    def propose(self, header: Sequence[str], *, currency: str) -> dict[int, str]:
        keys = [self.header_keys(title) for title in header]
        proposed: dict[int, str] = {}
        for name, aliases in self.aliases.items():
            found = [keys.index(alias) for alias in aliases if alias in keys]
            many = name in FIELDS and FIELDS[name].many
            proposed |= dict.fromkeys(found if many else found[:1], name)
        for name, beginning in self.prefixes.items():
            found = [index for index, key in enumerate(keys) if key.startswith(beginning)]
            if len(found) == 1:
                proposed.setdefault(found[0], name)
        return proposed

    def known_as(self, name: str, *, currency: str) -> Sequence[str]:
        return self.aliases[self.composed.get(name, name)]

    def is_field(self, name: str) -> bool:
        return name in self.aliases or is_field(name)

    def is_figure(self, name: str) -> bool:
        return name in FIELDS and FIELDS[name].figure

    def missing(self, fields: frozenset[str], *, mode: Mode) -> tuple[str, ...]:
        made = {name for name, word in self.composed.items() if word in fields}
        return missing_of_products(fields | made, mode=mode, keys=self.keys)

    def arrange(self, records: Sequence[Record], plan: Plan, carry: Carry) -> Arranged:
        places = [(name, index) for index, name in reversed(plan.mapping)]
        head: dict[str, Any] = dict(carry)
        arranged = Arranged(places=[], columns={})
        kept: list[Record] = []
        items: list[Item] = []
        for record in records:
            row, line, cells = record
            found = self.read({name: cells[index].strip() for name, index in places}, head)
            if isinstance(found, Item):
                kept.append(record)
                items.append(found)
                arranged.doubts += told_of(found.doubts, record, plan)
            elif found is None:
                arranged.continuation.append(row)
            elif isinstance(found, Addition):
                arranged.continuation.append(row)
                arranged.doubts += told_of(found.doubts, record, plan)
                arranged.additions.append((row, line, found))
            else:
                column = plan.header_of(found.word)
                arranged.unfit.append(Unfit(row, line, column, "orphan_row", "", found.expected))
        arranged.carry = head
        self._fill(arranged, kept, items, plan)
        return arranged

    def _fill(
        self, arranged: Arranged, records: list[Record], items: list[Item], plan: Plan
    ) -> None:
        words = frozenset(self.aliases) - frozenset(FIELDS)
        columns = mapped_columns(records, plan, skip=words | frozenset(self.composed))
        told = [{**item.cells, **kin_cells(item.kin, item.images)} for item in items]
        for name, word in self.composed.items():
            texts = [cells.get(name, "") for cells in told]
            columns[name] = [(plan.header_of(word), texts)]
        extra = attribute_columns(plan)
        arranged.attributes = [
            (*((name, record[2][index]) for index, name in extra), *item.attributes)
            for record, item in zip(records, items, strict=True)
        ]
        most = max((len(item.attributes) for item in items), default=0)
        own = [self.attributes[min(n, len(self.attributes) - 1)] for n in range(most)]
        arranged.attribute_headers = (
            *(plan.format.header[index] for index, _ in extra),
            *map(plan.header_of, own),
        )
        arranged.places = [(row, line) for row, line, _ in records]
        arranged.columns = columns
        arranged.external_keys = [item.key for item in items]


def one_category(word: str, paths: Sequence[str]) -> tuple[str, list[Told]]:
    """Return the deepest of several paths, the first among equals, and the doubt about the rest."""
    told = [path.strip() for path in paths if path.strip()]
    if not told:
        return "", []
    taken = max(told, key=lambda path: path.count(">"))
    if len(told) == 1:
        return taken, []
    return taken, [(word, "several_categories", f"one category; {taken} is taken")]
