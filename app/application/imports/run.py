"""Run an import of any kind from its checkpoint to its end, part by part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Generic

from app.application.common.retry import TransactionAborted, retrying
from app.application.imports.chunk import (
    ApplyChunk,
    Reached,
    ReadChunk,
    count,
    end_import,
    warnings_of,
)
from app.application.imports.files import FileReading, FileStore
from app.application.imports.kinds import ImportKind, Task, Work
from app.application.imports.phases import Phase, Place
from app.application.imports.ports import StoredImport, Tally
from app.application.jobs.ports import Claim
from app.domain.common.errors import AlreadyExists
from app.domain.common.identifiers import ImportId
from app.domain.imports.plan import Plan
from app.domain.imports.records import Chunk
from app.domain.imports.together import size_of, whole_records
from app.domain.jobs.job import JobStatus

_MOST_TOGETHER = 10_000


def job_kind(kind: str) -> str:
    """Return the kind of the jobs that run imports of a kind."""
    return f"import.{kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What stays the same from the first chunk of a run to the last."""

    claim: Claim
    source: StoredImport
    plan: Plan
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRuns(Generic[Work]):
    """The handler of the imports of a kind; `chunk_rows` are the records of one transaction."""

    work: Callable[[], Work]
    kind: ImportKind[Work]
    files: FileStore
    reading: FileReading
    chunk_rows: int
    lease: timedelta

    async def run(self, claim: Claim) -> AsyncGenerator[None]:
        """Yield after each chunk; what was committed is never done again."""
        run, place = await self._open(claim)
        reached = Reached(place=place, cancelled=claim.cancel_requested)
        while (at := reached.place) is not None and not reached.cancelled:
            if at.phase is Phase.WHOLE:
                async with aclosing(self._whole(run, at)) as parts:
                    async for part in parts:
                        reached = part
                        yield
            else:
                reached = await self._part(run, at)
                yield
        if reached.cancelled:
            await retrying(lambda: self._cancel(run))

    async def _open(self, claim: Claim) -> tuple[_Run, Place]:
        async with self.work() as work:
            source = await work.imports.get(ImportId(int=claim.subject_id.int))
        plan = source.plan
        if plan is None:
            raise PlanMissing(f"Import {source.id} has a job but no plan.")
        path = await asyncio.to_thread(self.files.path, source.file_hash)
        kept = claim.checkpoint
        place = (
            Place.first(plan, dry_run=source.dry_run)
            if kept is None
            else Place.from_checkpoint(kept)
        )
        return _Run(claim=claim, source=source, plan=plan, path=path), place

    async def _read(self, run: _Run, place: Place) -> ReadChunk:
        return await asyncio.to_thread(self._read_blocking, run, place)

    def _read_blocking(self, run: _Run, place: Place) -> ReadChunk:
        raw = self._read_whole(run, place)
        parsed = self.kind.parse(raw, run.plan, place.carry)
        return ReadChunk(parsed=parsed, place=place, next=raw.next, finished=raw.finished)

    def _read_whole(self, run: _Run, place: Place) -> Chunk:
        """Read a chunk that parts nothing which belongs together, unless that is very long."""
        limit, field = self.chunk_rows, self.kind.together
        raw = self.reading.read(run.path, run.plan.format, place.at, limit=limit)
        while not (whole := whole_records(raw, run.plan, field)) and size_of(raw) < _MOST_TOGETHER:
            if raw.finished:
                break
            limit *= 2
            raw = self.reading.read(run.path, run.plan.format, place.at, limit=limit)
        if not whole or whole == size_of(raw):
            return raw
        return self.reading.read(run.path, run.plan.format, place.at, limit=whole)

    async def _part(self, run: _Run, place: Place) -> Reached:
        chunk = await self._read(run, place)
        return await retrying(
            lambda: ApplyChunk(self.work(), kind=self.kind)(
                run.claim, run.source, run.plan, chunk, lease=self.lease
            )
        )

    async def _whole(self, run: _Run, place: Place) -> AsyncGenerator[Reached]:
        """Write all chunks in one transaction, which ends with it or is undone.

        They were checked before. When the shop has changed since, so that the counts are others
        now, they are checked again.
        """
        try:
            async with self.work() as work:
                await work.imports.forget_keys(run.source.id)
                task = Task(identifier=run.source.id, plan=run.plan, actor=run.claim.actor)
                tally, chunk = Tally(), await self._read(run, place)
                await self._write(work, chunk, task, tally)
                while not chunk.finished:
                    cancelled = await work.jobs.is_cancelled(run.claim)
                    yield Reached(place=place, cancelled=cancelled)
                    if cancelled:
                        return
                    chunk = await self._read(run, chunk.behind)
                    await self._write(work, chunk, task, tally)
                if tally.counts() == await work.imports.counts(run.source.id):
                    await end_import(work, run.claim, run.source, JobStatus.COMPLETED)
                    await work.commit()
                    yield Reached(place=None, cancelled=False)
                    return
        except AlreadyExists as taken:
            raise TransactionAborted(taken.detail) from taken
        yield await retrying(lambda: self._check_again(run))

    async def _write(self, work: Work, chunk: ReadChunk, task: Task, tally: Tally) -> None:
        applied = await self.kind.apply(work, chunk.parsed, task)
        await work.imports.take_keys(task.identifier, applied.keys)
        count(chunk.parsed, applied, warnings_of(chunk.parsed, applied), tally)

    async def _check_again(self, run: _Run) -> Reached:
        place = Place.begin(Phase.CHECK, run.plan)
        async with self.work() as work:
            await work.imports.restart(run.source.id)
            cancelled = await work.jobs.advance(
                run.claim, checkpoint=place.as_checkpoint(), lease=self.lease
            )
            await work.commit()
        return Reached(place=place, cancelled=cancelled)

    async def _cancel(self, run: _Run) -> None:
        async with self.work() as work:
            await end_import(work, run.claim, run.source, JobStatus.CANCELLED)
            await work.commit()


class PlanMissing(Exception):
    """The tables contradict each other; a constraint keeps this from happening."""
