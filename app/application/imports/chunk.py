"""Apply one chunk of a file: one transaction with its counts, its faults and the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic

from app.application.common.retry import TransactionAborted
from app.application.imports.kinds import Applied, ImportKind, Task, Work
from app.application.imports.phases import Phase, Place
from app.application.imports.ports import ImportsWork, StoredImport, Tally
from app.application.jobs.ports import Claim
from app.domain.common.errors import AlreadyExists
from app.domain.common.identifiers import ImportId
from app.domain.imports.events import ImportCompleted
from app.domain.imports.faults import Fault, Outcome
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.plan import Plan
from app.domain.imports.records import Checkpoint
from app.domain.jobs.job import JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChunk:
    """A parsed chunk, where it began, where the next one does, and whether there is one."""

    parsed: ParsedChunk
    place: Place
    next: Checkpoint
    finished: bool

    @property
    def behind(self) -> Place:
        """The place of the next chunk."""
        return replace(self.place, at=self.next, carry=self.parsed.carry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Where a run got to, None when it has ended, and whether it is to be cancelled."""

    place: Place | None
    cancelled: bool


class ApplyChunk(Generic[Work]):
    """Applies a chunk by the phase that the run is in; the last one ends the phase."""

    def __init__(self, work: Work, *, kind: ImportKind[Work]) -> None:
        self._work = work
        self._kind = kind

    async def __call__(
        self, claim: Claim, source: StoredImport, plan: Plan, chunk: ReadChunk, *, lease: timedelta
    ) -> Reached:
        try:
            async with self._work as work:
                parsed, tally = await _chosen(work, source.id, chunk)
                applied = await self._apply(work, parsed, _task(claim, source, plan, chunk.place))
                await _account(work, source.id, parsed, applied, tally)
                place = await _after(work, claim, source, plan, chunk)
                cancelled = False
                if place is not None:
                    cancelled = await work.jobs.advance(
                        claim, checkpoint=place.as_checkpoint(), lease=lease
                    )
                await work.commit()
                return Reached(place=place, cancelled=cancelled)
        except AlreadyExists as taken:
            # Somebody took a unique value since this looked: the chunk is decided anew.
            raise TransactionAborted(taken.detail) from taken

    async def _apply(self, work: Work, parsed: ParsedChunk, task: Task) -> Applied:
        if not task.rehearsed:
            return await self._kind.apply(work, parsed, task)
        async with work.rehearsal():
            return await self._kind.apply(work, parsed, task)


def _task(claim: Claim, source: StoredImport, plan: Plan, place: Place) -> Task:
    return Task(
        identifier=source.id,
        plan=plan,
        actor=claim.actor,
        rehearsed=place.phase is Phase.CHECK,
        told=source.dry_run,
    )


async def _chosen(
    work: ImportsWork, identifier: ImportId, chunk: ReadChunk
) -> tuple[ParsedChunk, Tally]:
    """Return the records that count, and the counts to begin with: less what failed before."""
    tally = Tally()
    if chunk.place.phase is not Phase.AGAIN:
        return chunk.parsed, tally
    first, last = chunk.place.at.record, chunk.next.record - 1
    failed = await work.imports.failed_rows(identifier, first=first, last=last)
    await work.imports.drop_errors(identifier, first=first, last=last)
    tally.count(Outcome.FAILED, -len(failed))
    return chunk.parsed.only(failed), tally


def count(parsed: ParsedChunk, applied: Applied, warnings: Sequence[Fault], tally: Tally) -> None:
    """Add the one outcome of each record to the counts."""
    failed = {fault.row for fault in applied.faults}
    tally.warnings += len(warnings)
    tally.count(Outcome.CREATED, applied.created)
    tally.count(Outcome.UPDATED, applied.updated)
    tally.count(Outcome.UNCHANGED, applied.unchanged)
    tally.count(Outcome.FAILED, len(parsed.failed) + len(failed))
    tally.count(Outcome.BLANK, len(parsed.blank))
    tally.count(Outcome.CONTINUATION, len(parsed.continuation))


def warnings_of(parsed: ParsedChunk, applied: Applied) -> list[Fault]:
    """Return the warnings of rows that did not fail."""
    failed = {fault.row for fault in applied.faults}
    return [
        warning for warning in (*parsed.warnings, *applied.warnings) if warning.row not in failed
    ]


async def _account(
    work: ImportsWork,
    identifier: ImportId,
    parsed: ParsedChunk,
    applied: Applied,
    tally: Tally,
) -> None:
    """Count every record once and keep what was wrong, what is taken, what would change."""
    warnings = warnings_of(parsed, applied)
    count(parsed, applied, warnings, tally)
    errors = [*parsed.faults, *applied.faults]
    await work.imports.take_keys(identifier, applied.keys)
    await work.imports.hold(identifier, applied.holders)
    await work.imports.add_differences(identifier, applied.differences)
    await work.imports.add_faults(identifier, errors=errors, warnings=warnings)
    await work.imports.tally(identifier, tally)


async def _after(
    work: ImportsWork, claim: Claim, source: StoredImport, plan: Plan, chunk: ReadChunk
) -> Place | None:
    """Return where to go on; at the end of the last phase the import ends."""
    if not chunk.finished:
        return chunk.behind
    if chunk.place.phase is Phase.CHECK and not source.dry_run:
        failed = (await work.imports.counts(source.id))[Outcome.FAILED]
        if not failed:
            return Place.begin(Phase.WHOLE, plan)
        rows = "1 row" if failed == 1 else f"{failed} rows"
        detail = f"{rows} cannot be imported, so nothing was."
        error = {"code": "rows_rejected", "detail": detail}
        await end_import(work, claim, source, JobStatus.FAILED, error=error)
        return None
    await end_import(work, claim, source, JobStatus.COMPLETED)
    return None


async def end_import(
    work: ImportsWork,
    claim: Claim,
    source: StoredImport,
    status: JobStatus,
    *,
    error: Mapping[str, object] | None = None,
) -> None:
    """End the job of an import, say so in the audit log, and drop what only a run needs.

    The keys stay where rows failed: these rows may be tried again, and no key counts twice.
    """
    await work.jobs.finish(claim, status, error=error)
    counts = await work.imports.counts(source.id)
    completed = status is JobStatus.COMPLETED
    if not completed or source.dry_run or not counts[Outcome.FAILED]:
        await work.imports.forget_keys(source.id)
    note = {**counts, "dry_run": source.dry_run, **(error or {})}
    work.audit(claim.actor, f"import.{status.value}", source.id, note=note)
    if completed and not source.dry_run:
        work.publish(ImportCompleted(subject=source.id, counts=dict(counts)))
