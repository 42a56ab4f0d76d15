"""What every kind of import needs: the record of an import, and the rows and faults of its run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.application.imports.queries import ImportView
from app.application.jobs.ports import JobsWork
from app.domain.common.identifiers import ImportId, JobId, SessionId, TokenId, UserId
from app.domain.imports.differences import Difference
from app.domain.imports.errors import AmbiguousDecimal
from app.domain.imports.faults import Fault, Outcome
from app.domain.imports.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImport:
    """A file that is kept and analysed; `analysis` is as the reading of files gives it."""

    id: ImportId
    kind: str
    file_hash: str
    file_name: str
    file_size: int
    analysis: Mapping[str, Any]
    user_id: UserId | None
    session_id: SessionId | None
    token_id: TokenId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImport:
    """`plan` and `job_id` are there once it was started; `dry_run` that it was on trial."""

    id: ImportId
    kind: str
    file_hash: str
    file_name: str
    analysis: Mapping[str, Any]
    plan: Plan | None
    job_id: JobId | None
    dry_run: bool

    def settled_plan(self) -> Plan:
        """Return the plan that the analysis proposes, unless it is in doubt about something."""
        doubt = self.analysis["ambiguous"]
        if doubt is not None:
            extra = {name: value for name, value in doubt.items() if name != "detail"}
            raise AmbiguousDecimal(doubt["detail"], extra=extra)
        return Plan.from_dict(self.analysis["plan"])


@dataclass(slots=True)
class Tally:
    """How many records of a chunk ended how, and how many warnings there were."""

    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    warnings: int = 0

    def count(self, outcome: Outcome, number: int = 1) -> None:
        self.outcomes[outcome] += number

    def counts(self) -> dict[str, int]:
        """Return all counts by their names."""
        outcomes = {outcome.value: number for outcome, number in self.outcomes.items()}
        return {**outcomes, "warnings": self.warnings}


class ImportRepository(Protocol):
    async def add(self, new: NewImport) -> None: ...

    async def get(self, identifier: ImportId) -> StoredImport:
        """Return the import, which nobody else starts before this ends; `NotFound` otherwise."""
        ...

    async def view(self, identifier: ImportId) -> ImportView:
        """Return the import as it is shown, as this transaction sees it."""
        ...

    async def analysed(self, identifier: ImportId, analysis: Mapping[str, Any]) -> None:
        """Put another analysis in place of the one before."""
        ...

    async def started(
        self, identifier: ImportId, *, plan: Plan, job_id: JobId, dry_run: bool
    ) -> None: ...

    async def restart(self, identifier: ImportId) -> None:
        """Forget all that a run counted, found and took."""
        ...

    async def reset(self, identifier: ImportId) -> None:
        """Forget a run altogether: the import is as it was before its start."""
        ...

    async def first_rows(self, identifier: ImportId, keys: Collection[str]) -> dict[str, int]:
        """Return which of the keys were taken by rows of earlier chunks, with those rows."""
        ...

    async def take_keys(self, identifier: ImportId, keys: Mapping[str, int]) -> None:
        """Note which rows took which keys."""
        ...

    async def holders(self, identifier: ImportId, values: Collection[str]) -> dict[str, str]:
        """Return who holds which of the values since this rehearsal began."""
        ...

    async def hold(self, identifier: ImportId, holders: Mapping[str, str]) -> None:
        """Note who holds unique values in a rehearsal; an empty text is nobody."""
        ...

    async def forget_keys(self, identifier: ImportId) -> None: ...

    async def tally(self, identifier: ImportId, tally: Tally) -> None:
        """Add to the counts."""
        ...

    async def counts(self, identifier: ImportId) -> Mapping[str, int]:
        """Return all counts as they are now."""
        ...

    async def failed_rows(self, identifier: ImportId, *, first: int, last: int) -> frozenset[int]:
        """Return the records between two, both included, that failed."""
        ...

    async def drop_errors(self, identifier: ImportId, *, first: int, last: int) -> None:
        """Forget why the records between two failed."""
        ...

    async def add_differences(
        self, identifier: ImportId, differences: Sequence[Difference]
    ) -> None: ...

    async def add_faults(
        self, identifier: ImportId, *, errors: Sequence[Fault], warnings: Sequence[Fault]
    ) -> None: ...


class ImportsWork(JobsWork, Protocol):
    @property
    def imports(self) -> ImportRepository: ...

    def rehearsal(self) -> AbstractAsyncContextManager[None]:
        """Undo at the end all that the block writes, records and publishes."""
        ...
