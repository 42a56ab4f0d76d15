"""What is read of imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from app.application.common.paging import Page, PageRequest
from app.application.imports.phases import Phase
from app.domain.common.identifiers import ImportId, UserId
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault


class ImportStatus(StrEnum):
    """Follows from the import and its job, so that the two never disagree."""

    ANALYSED = "analysed"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"

    @property
    def is_over(self) -> bool:
        return self not in {ImportStatus.ANALYSED, ImportStatus.QUEUED, ImportStatus.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportItem:
    """An import as lists and progress show it.

    The counts of a dry run say what would happen. `phase` is that of a run that goes on, and
    `records_read` how far it has come in the file, whose records the analysis counted.
    """

    id: ImportId
    kind: str
    status: ImportStatus
    phase: Phase | None
    dry_run: bool
    file_name: str
    file_size: int
    file_hash: str
    records: int
    records_read: int
    counts: Mapping[str, int]
    cancel_requested: bool
    error: Mapping[str, Any] | None
    user_id: UserId | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def rows_done(self) -> int:
        """The records that have an outcome; warnings are no outcome."""
        return sum(self.counts.values()) - self.counts["warnings"]

    @property
    def percent(self) -> int:
        """How much of the file is done, or has been read by the phase that a run is at."""
        if not self.records:
            return 100 if self.status.is_over else 0
        done = self.rows_done if self.status.is_over else self.records_read
        return min(100, done * 100 // self.records)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView(ImportItem):
    """`imported_before` is the last import of the very same file, if there was one."""

    analysis: Mapping[str, Any]
    plan: Mapping[str, Any] | None
    imported_before: ImportId | None


class ImportsReader(Protocol):
    async def item(self, identifier: ImportId) -> ImportItem:
        """Return what progress shows of it; `NotFound` when there is none."""
        ...

    async def import_(self, identifier: ImportId) -> ImportView:
        """`NotFound` when there is none."""
        ...

    async def imports(self, page: PageRequest, *, kind: str | None = None) -> Page[ImportItem]:
        """Return the newest first."""
        ...

    async def faults(
        self, identifier: ImportId, *, severity: str, page: PageRequest
    ) -> Page[Fault]:
        """Return the errors or warnings by row; `NotFound` when there is no such import."""
        ...

    async def differences(self, identifier: ImportId, *, page: PageRequest) -> Page[Difference]:
        """Return what a dry run would change, by row; `NotFound` when there is no such import."""
        ...
