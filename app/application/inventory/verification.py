"""Whether the books add up: named checks, each of which finds nothing in a healthy shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not add up: what it is about, what was expected and what was found."""

    subject: Mapping[str, str]
    expected: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check found; `more` says that it found more than are listed."""

    name: str
    description: str
    findings: tuple[Finding, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Verification:
    checks: tuple[CheckResult, ...]

    @property
    def is_clean(self) -> bool:
        return not any(check.findings for check in self.checks)


class Verifier(Protocol):
    @property
    def size(self) -> int:
        """How many checks there are."""
        ...

    async def verify(self, *, after_each: Callable[[], None] | None = None) -> Verification:
        """Recompute every figure at one instant and list all that does not add up."""
        ...
