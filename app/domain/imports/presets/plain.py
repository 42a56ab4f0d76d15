"""One record is one product: our own file, and any other whose columns are mapped freely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.imports.fields import ATTRIBUTE, FIELDS, Field, header_key, is_field
from app.domain.imports.plan import Mode, Plan
from app.domain.imports.presets.base import (
    Arranged,
    Carry,
    attribute_columns,
    by_alias,
    columns_of,
    mapped_columns,
    missing_of_products,
)
from app.domain.imports.records import Record


@dataclass(frozen=True, slots=True)
class Plain:
    """`own` is the file that we write ourselves, so every header must be one of ours."""

    name: str
    own: bool

    @property
    def fields(self) -> Mapping[str, Field]:
        return FIELDS

    @property
    def point_by_default(self) -> bool:
        return self.own

    @property
    def slash_parts(self) -> bool:
        return True

    def fits(self, keys: frozenset[str]) -> bool:
        ours = frozenset(header_key(name) for name in FIELDS)
        attribute = header_key(ATTRIBUTE)
        return not self.own or (
            "sku" in keys and all(key in ours or key.startswith(attribute) for key in keys if key)
        )

    def propose(self, header: Sequence[str], *, currency: str) -> dict[int, str]:
        proposed = by_alias(header, FIELDS)
        for index, title in enumerate(header):
            if title.casefold().startswith(ATTRIBUTE):
                proposed.setdefault(index, ATTRIBUTE + title[len(ATTRIBUTE) :].strip())
        return proposed

    def known_as(self, name: str, *, currency: str) -> Sequence[str]:
        return FIELDS[name].aliases

    def is_field(self, name: str) -> bool:
        return is_field(name)

    def is_figure(self, name: str) -> bool:
        return name in FIELDS and FIELDS[name].figure

    def missing(self, fields: frozenset[str], *, mode: Mode) -> tuple[str, ...]:
        return missing_of_products(fields, mode=mode, keys=("sku", "external_id"))

    def arrange(self, records: Sequence[Record], plan: Plan, carry: Carry) -> Arranged:
        columns = mapped_columns(records, plan)
        arranged = Arranged(
            places=[(row, line) for row, line, _ in records],
            columns=columns,
            carry=carry,
        )
        if attributes := attribute_columns(plan):
            names = [name for _, name in attributes]
            every = columns_of(records, plan)
            cells = [every[index] for index, _ in attributes]
            arranged.attributes = [
                tuple(zip(names, values, strict=True)) for values in zip(*cells, strict=True)
            ]
            arranged.attribute_headers = tuple(plan.format.header[index] for index, _ in attributes)
        if "external_id" in columns:
            arranged.external_keys = columns["external_id"][0][1]
        return arranged
