"""Units in which products are counted, and how many decimal places each allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.domain.common.changes import Changes, apply_changes
from app.domain.common.errors import InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import UnitId
from app.domain.common.text import clean_line

CODE_LENGTH = 16
NAME_LENGTH = 60
MOST_DECIMALS = 3
PIECE_ID = UnitId(int=1)
_CODE = re.compile(r"[a-z0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCreated(DomainEvent):
    """There is a new unit; `unit` holds all of it."""

    name: ClassVar[str] = "unit.created"
    unit: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitUpdated(DomainEvent):
    """A unit got another name."""

    name: ClassVar[str] = "unit.updated"
    unit: Mapping[str, object]


@dataclass(eq=False, kw_only=True)
class Unit(EventRecorderMixin):
    """Only the name can change: documents hold quantities with the unit's decimal places."""

    id: UnitId
    code: str
    name: str
    decimals: int
    version: int = 1

    @classmethod
    def create(cls, identifier: UnitId, *, code: str, name: str, decimals: int) -> Unit:
        if not _CODE.fullmatch(code):
            raise InvalidValue.of("code", f"has 1 to {CODE_LENGTH} lower case letters or digits")
        if not 0 <= decimals <= MOST_DECIMALS:
            raise InvalidValue.of("decimals", f"is between 0 and {MOST_DECIMALS}")
        unit = cls(id=identifier, code=code, name=_name(name), decimals=decimals)
        unit.record(UnitCreated(subject=identifier, unit=unit.snapshot()))
        return unit

    def rename(self, name: str) -> Changes:
        """Take the name; returns what differs."""
        changes = apply_changes(self, {"name": _name(name)})
        if changes:
            self.record(UnitUpdated(subject=self.id, unit=self.snapshot()))
        return changes

    def snapshot(self) -> dict[str, object]:
        """The unit as it stands in events."""
        return {"code": self.code, "name": self.name, "decimals": self.decimals}


def _name(text: str) -> str:
    return clean_line(text, field="name", most=NAME_LENGTH)
