"""The phases of a run, and the places in them from which it can go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from app.domain.imports.plan import OnError, Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.records import Checkpoint


class Phase(StrEnum):
    """How a run goes through the file.

    `check` writes each chunk and undoes it, `write` commits each chunk, `whole` commits all of
    them in one transaction, `again` commits only the rows that failed before.
    """

    CHECK = "check"
    WRITE = "write"
    WHOLE = "whole"
    AGAIN = "again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run is: in which phase, before which record, with what is carried there."""

    phase: Phase
    at: Checkpoint
    carry: Carry

    @classmethod
    def begin(cls, phase: Phase, plan: Plan) -> Self:
        """Return the beginning of the file."""
        return cls(phase=phase, at=plan.format.start, carry={})

    @classmethod
    def first(cls, plan: Plan, *, dry_run: bool) -> Self:
        """Return where a new run begins."""
        checked = dry_run or plan.options.on_error is OnError.ABORT
        return cls.begin(Phase.CHECK if checked else Phase.WRITE, plan)

    @classmethod
    def from_checkpoint(cls, kept: Mapping[str, Any]) -> Self:
        return cls(phase=Phase(kept["phase"]), at=Checkpoint(*kept["at"]), carry=kept["carry"])

    def as_checkpoint(self) -> dict[str, object]:
        return {"phase": self.phase.value, "at": list(self.at), "carry": dict(self.carry)}
