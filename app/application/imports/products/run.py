"""Run a product import from its checkpoint to its end, part by part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.application.common.retry import retrying
from app.application.imports.files import FileReading, FileStore
from app.application.imports.ports import ImportsWork, StoredImport
from app.application.imports.products.chunk import ApplyProductChunk, ReadChunk, end_import
from app.application.jobs.ports import Claim
from app.domain.common.identifiers import IdSource, ImportId
from app.domain.imports.plan import Plan
from app.domain.imports.products import parse
from app.domain.imports.records import Checkpoint
from app.domain.jobs.job import JobStatus

KIND = "import.products"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductImports:
    """The handler of product imports; `chunk_rows` are the records of one transaction."""

    work: Callable[[], ImportsWork]
    ids: IdSource
    files: FileStore
    reading: FileReading
    chunk_rows: int
    lease: timedelta

    async def run(self, claim: Claim) -> AsyncGenerator[None]:
        """Yield after each chunk; what was committed is never done again."""
        source, plan = await self._source(claim)
        path = await asyncio.to_thread(self.files.path, source.file_hash)
        at, carry = _place(claim, plan)
        cancelled = claim.cancel_requested
        while not cancelled:
            chunk = await asyncio.to_thread(self._read, path, plan, at, carry)
            cancelled = await self._apply(claim, source, plan, chunk)
            yield
            if chunk.finished:
                return
            at, carry = chunk.next, dict(chunk.parsed.carry)
        await retrying(lambda: self._cancel(claim, source.id))

    async def _source(self, claim: Claim) -> tuple[StoredImport, Plan]:
        async with self.work() as work:
            source = await work.imports.get(ImportId(int=claim.subject_id.int))
        if source.plan is None:
            raise PlanMissing(f"Import {source.id} has a job but no plan.")
        return source, source.plan

    def _read(self, path: Path, plan: Plan, at: Checkpoint, carry: dict[str, Any]) -> ReadChunk:
        raw = self.reading.read(path, plan.format, at, limit=self.chunk_rows)
        return ReadChunk(parsed=parse(raw, plan, carry), next=raw.next, finished=raw.finished)

    async def _apply(
        self, claim: Claim, source: StoredImport, plan: Plan, chunk: ReadChunk
    ) -> bool:
        return await retrying(
            lambda: ApplyProductChunk(self.work(), ids=self.ids)(
                claim, source, plan, chunk, lease=self.lease
            )
        )

    async def _cancel(self, claim: Claim, identifier: ImportId) -> None:
        async with self.work() as work:
            await end_import(work, claim, identifier, JobStatus.CANCELLED)
            await work.commit()


class PlanMissing(Exception):
    """The tables contradict each other; a constraint keeps this from happening."""


def _place(claim: Claim, plan: Plan) -> tuple[Checkpoint, dict[str, Any]]:
    kept: Any = claim.checkpoint
    if kept is None:
        return plan.format.start, {}
    return Checkpoint(*kept["at"]), kept["carry"]
