"""What a preset does: it gives each record its outcome and each product field its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.domain.imports.fields import ATTRIBUTE, FIELDS, Field, header_key
from app.domain.imports.numerals import written_with
from app.domain.imports.plan import Mode, Plan
from app.domain.imports.presets.families import Addition, Told
from app.domain.imports.records import Record

Carry = Mapping[str, Any]
"""What the parsing of the next chunk needs of the ones before; JSON takes it."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A record that is no product, and why; `column` is None when it is the row as a whole."""

    row: int
    line: int
    column: str | None
    code: str
    value: str
    expected: str


@dataclass(slots=True)
class Arranged:
    """The products among the records, by columns of equal length.

    `columns` has the cells by field, one list for each column mapped to it, with the header that a
    fault names. `attributes` has (name, value) pairs, `attribute_headers` the header for each
    place. `external_keys` has what a SKU is derived from when there is none. `doubts` are what is
    left out of records that are products all the same. `additions` has row and line of records that
    add something to a family or to the product above.
    """

    places: list[tuple[int, int]]
    columns: dict[str, list[tuple[str | None, Sequence[str]]]]
    attributes: list[tuple[tuple[str, str], ...]] | None = None
    attribute_headers: tuple[str | None, ...] = ()
    external_keys: Sequence[str | None] | None = None
    continuation: list[int] = field(default_factory=list)
    unfit: list[Unfit] = field(default_factory=list)
    doubts: list[Unfit] = field(default_factory=list)
    additions: list[tuple[int, int, Addition]] = field(default_factory=list)
    carry: Carry = field(default_factory=dict)


class Preset(Protocol):
    """A known kind of file."""

    @property
    def name(self) -> str:
        """By which it is chosen and stored."""

    @property
    def fields(self) -> Mapping[str, Field]:
        """What the columns of this kind of import can be read as."""

    @property
    def point_by_default(self) -> bool:
        """Whether figures have a decimal point unless the file shows otherwise."""

    @property
    def slash_parts(self) -> bool:
        """Whether a slash parts the levels of a category that has no `>`."""

    def fits(self, keys: frozenset[str]) -> bool:
        """Tell whether a header with these keys is one of this kind."""

    def propose(self, header: Sequence[str], *, currency: str) -> dict[int, str]:
        """Return column index → field for the columns that are read."""

    def known_as(self, name: str, *, currency: str) -> Sequence[str]:
        """Return the header keys by which a required field is known in this kind of file."""

    def is_field(self, name: str) -> bool:
        """Tell whether a column can be mapped to this."""

    def is_figure(self, name: str) -> bool:
        """Tell whether the cells of this field tell the decimal mark."""

    def missing(self, fields: frozenset[str], *, mode: Mode) -> tuple[str, ...]:
        """Return the required fields that no column is mapped to."""

    def arrange(self, records: Sequence[Record], plan: Plan, carry: Carry) -> Arranged:
        """Sort records of full width into products and continuations."""


def by_alias(header: Sequence[str], fields: Mapping[str, Field]) -> dict[int, str]:
    """Return column index → field by the names under which fields are known."""
    keys = [header_key(title) for title in header]
    proposed: dict[int, str] = {}
    for known in fields.values():
        ranked = [index for alias in known.aliases for index in _places(keys, alias)]
        free = [index for index in ranked if index not in proposed]
        for index in free if known.many else _twins(keys, free):
            proposed[index] = known.name
    return proposed


def _places(keys: Sequence[str], alias: str) -> list[int]:
    return [index for index, key in enumerate(keys) if key == alias]


def _twins(keys: Sequence[str], ranked: Sequence[int]) -> list[int]:
    """Return the best column and those of the very same header, which the mapping refuses."""
    return [index for index in ranked if keys[index] == keys[ranked[0]]]


def columns_of(records: Sequence[Record], plan: Plan) -> list[tuple[str, ...]]:
    """Return the cells of the records column by column."""
    if not records:
        return [()] * len(plan.format.header)
    return list(zip(*(cells for _, _, cells in records), strict=True))


def mapped_columns(
    records: Sequence[Record],
    plan: Plan,
    *,
    skip: frozenset[str] = frozenset(),
    fields: Mapping[str, Field] = FIELDS,
) -> dict[str, list[tuple[str | None, Sequence[str]]]]:
    """Return the cells of every mapped field but those to skip and the attributes."""
    columns: dict[str, list[tuple[str | None, Sequence[str]]]] = {}
    own: Sequence[str]
    cells = columns_of(records, plan)
    for index, name in plan.mapping:
        if name not in skip and not name.startswith(ATTRIBUTE):
            header = plan.format.header[index]
            own = cells[index]
            if plan.format.sheet and name in fields and fields[name].figure:
                own = written_with(plan.decimal, own)
            columns.setdefault(name, []).append((header, own))
    return columns


def told_of(told: Sequence[Told], record: Record, plan: Plan) -> list[Unfit]:
    """Return the doubts about words of a record, with their place."""
    row, line, cells = record
    return [
        Unfit(row, line, plan.header_of(word), code, cells[plan.columns(word)[0]], expected)
        for word, code, expected in told
    ]


def missing_of_products(
    fields: frozenset[str], *, mode: Mode, keys: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what a product file must have: a key, and for new products a name and a price."""
    missing = () if fields & frozenset(keys) else keys[:1]
    if mode is Mode.CREATE:
        missing += tuple(name for name in ("name", "price") if name not in fields)
    return missing


def attribute_columns(plan: Plan) -> list[tuple[int, str]]:
    """Return index and name of each column that is mapped to an attribute."""
    return [
        (index, name.removeprefix(ATTRIBUTE))
        for index, name in plan.mapping
        if name.startswith(ATTRIBUTE)
    ]
