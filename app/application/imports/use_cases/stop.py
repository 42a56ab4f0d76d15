"""Stop an import, or try again what did not succeed."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.imports.phases import Phase, Place
from app.application.imports.ports import ImportsWork, StoredImport
from app.application.imports.queries import ImportStatus, ImportView
from app.application.imports.use_cases.start import Queue
from app.domain.common.identifiers import ImportId, JobId
from app.domain.imports.faults import Outcome
from app.domain.imports.plan import Plan
from app.domain.imports.states import ImportNotStarted, NothingToRetry
from app.domain.jobs.job import JobStatus


class CancelImport:
    """Cancels a waiting import at once and a running one after its present chunk; what was
    imported until then stays.
    """

    def __init__(self, work: ImportsWork) -> None:
        self._work = work

    async def __call__(self, identifier: ImportId, *, actor: Actor) -> ImportView:
        async with self._work as work:
            job = await _job(work, identifier)
            status = await work.jobs.cancel(job)
            ended = status is JobStatus.CANCELLED
            action = "import.cancelled" if ended else "import.cancel_requested"
            work.audit(actor, action, identifier)
            view = await work.imports.view(identifier)
            await work.commit(view)
            return view


class RetryImport:
    """Tries again what did not succeed: an import that was given up goes on at the chunk at which
    it failed, one with failed rows takes these once more, one that was refused for its failed rows
    is checked anew. Rows that succeeded are not touched.
    """

    def __init__(self, work: ImportsWork, *, queue: Queue) -> None:
        self._work = work
        self._queue = queue

    async def __call__(self, identifier: ImportId, *, actor: Actor) -> ImportView:
        async with self._work as work:
            found = await work.imports.get(identifier)
            status = (await work.imports.view(identifier)).status
            if found.job_id is None or found.plan is None:
                raise ImportNotStarted
            if status is ImportStatus.DEAD:
                await work.jobs.revive(found.job_id)
            else:
                await self._again(work, found, found.plan, status, actor=actor)
            work.audit(actor, "import.retried", identifier)
            view = await work.imports.view(identifier)
            await work.commit(view)
        self._queue.bell.ring()
        return view

    async def _again(
        self,
        work: ImportsWork,
        found: StoredImport,
        plan: Plan,
        status: ImportStatus,
        *,
        actor: Actor,
    ) -> None:
        failed = (await work.imports.counts(found.id))[Outcome.FAILED]
        if found.dry_run or not failed or not status.is_over:
            raise NothingToRetry(f"The import is {status.value}.")
        checkpoint = None
        if status is ImportStatus.COMPLETED_WITH_ERRORS:
            checkpoint = Place.begin(Phase.AGAIN, plan).as_checkpoint()
        elif status is ImportStatus.FAILED:
            await work.imports.restart(found.id)
        else:
            raise NothingToRetry(f"The import is {status.value}.")
        job = await self._queue.add(
            work, found.id, kind=found.kind, actor=actor, checkpoint=checkpoint
        )
        await work.imports.started(found.id, plan=plan, job_id=job, dry_run=False)


async def _job(work: ImportsWork, identifier: ImportId) -> JobId:
    found = await work.imports.get(identifier)
    if found.job_id is None:
        raise ImportNotStarted
    return found.job_id
