"""One record is one object, whose columns are known by the names of its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.imports.fields import Field, header_key
from app.domain.imports.plan import Mode, Plan
from app.domain.imports.presets.base import Arranged, Carry, by_alias, mapped_columns
from app.domain.imports.records import Record


@dataclass(frozen=True, slots=True)
class Listed:
    """`own` is the file that we write ourselves, so every header must be one of ours.

    One of `keys` must be there to find an object by, and all of `needs` to make one; `always`
    must be there in any case.
    """

    name: str
    own: bool
    fields: Mapping[str, Field]
    keys: tuple[str, ...]
    needs: tuple[str, ...]
    always: tuple[str, ...] = ()

    @property
    def point_by_default(self) -> bool:
        return self.own

    @property
    def slash_parts(self) -> bool:
        return True

    def fits(self, keys: frozenset[str]) -> bool:
        ours = frozenset(header_key(name) for name in self.fields)
        return not self.own or all(key in ours for key in keys if key)

    def propose(self, header: Sequence[str], *, currency: str) -> dict[int, str]:
        return by_alias(header, self.fields)

    def known_as(self, name: str, *, currency: str) -> Sequence[str]:
        return self.fields[name].aliases

    def is_field(self, name: str) -> bool:
        return name in self.fields

    def is_figure(self, name: str) -> bool:
        return name in self.fields and self.fields[name].figure

    def missing(self, fields: frozenset[str], *, mode: Mode) -> tuple[str, ...]:
        missing = () if fields & frozenset(self.keys) else self.keys[:1]
        missing += tuple(name for name in self.always if name not in fields)
        if mode is Mode.CREATE:
            missing += tuple(name for name in self.needs if name not in (*fields, *missing))
        return missing

    def arrange(self, records: Sequence[Record], plan: Plan, carry: Carry) -> Arranged:
        return Arranged(
            places=[(row, line) for row, line, _ in records],
            columns=mapped_columns(records, plan, fields=self.fields),
            carry=carry,
        )
