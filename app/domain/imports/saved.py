"""Mappings that are saved under a name, so that the next file of a sender is read as the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from app.domain.common.changes import Changes, apply_changes
from app.domain.common.identifiers import ImportMappingId
from app.domain.common.text import clean_line, fold
from app.domain.imports.errors import DuplicateColumns, InvalidMapping
from app.domain.imports.presets.registry import KINDS, preset_named

NAME_LENGTH = 64


class ImportMappingValues(TypedDict, total=False):
    """What an update may carry; an absent key is left as it is."""

    name: str
    choices: Mapping[str, object]


@dataclass(eq=False, kw_only=True)
class ImportMapping:
    """What was decided about the files of one sender; no two names differ in case or accents only.

    An import keeps its own copy of the choices: what becomes of them here changes none.
    """

    id: ImportMappingId
    name: str
    name_key: str
    kind: str
    choices: Mapping[str, object]
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @classmethod
    def create(
        cls,
        identifier: ImportMappingId,
        *,
        name: str,
        kind: str,
        choices: Mapping[str, object],
        at: datetime,
    ) -> ImportMapping:
        title = _name(name)
        return cls(
            id=identifier,
            name=title,
            name_key=fold(title),
            kind=kind,
            choices=choices,
            created_at=at,
            updated_at=at,
        )

    def change(self, values: ImportMappingValues, *, at: datetime) -> Changes:
        """Take the given values, the choices as a whole; returns what differs."""
        checked = values.copy()
        if "name" in checked:
            checked["name"] = _name(checked["name"])
        changes = apply_changes(self, checked)
        if changes:
            self.name_key = fold(self.name)
            self.updated_at = at
        return changes

    def snapshot(self) -> dict[str, object]:
        """The mapping as it stands in the audit log."""
        return {"name": self.name, "kind": self.kind, "choices": self.choices}


def check_mapping(mapping: Mapping[str, str | None], *, preset: str | None, kind: str) -> None:
    """Refuse what no file could be read by; which columns a file has is seen when one comes.

    Raises `InvalidMapping` and `DuplicateColumns`, as the analysis of a file does.
    """
    presets = [preset_named(preset, kind=kind)] if preset else list(KINDS[kind].values())
    known = presets[-1].fields
    fields: dict[str, str] = {}
    for title, name in mapping.items():
        if name is None:
            continue
        if not any(possible.is_field(name) for possible in presets):
            raise InvalidMapping(f"There is no field {name!r}.", extra={"fields": list(known)})
        if name in fields and not (name in known and known[name].many):
            raise DuplicateColumns(
                f"The columns {fields[name]!r} and {title!r} would both be read as {name}.",
                extra={"columns": [fields[name], title], "field": name},
            )
        fields[name] = title


def _name(text: str) -> str:
    return clean_line(text, field="name", most=NAME_LENGTH)
