"""Stop an import, or go on with one that was given up."""

from __future__ import annotations

from app.application.common.actor import Actor
from app.application.imports.ports import ImportsWork
from app.application.imports.queries import ImportView
from app.application.jobs.ports import Bell
from app.domain.common.identifiers import ImportId, JobId
from app.domain.imports.states import ImportNotStarted
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
    """Goes on with an import that was given up, from the chunk at which it failed."""

    def __init__(self, work: ImportsWork, *, bell: Bell) -> None:
        self._work = work
        self._bell = bell

    async def __call__(self, identifier: ImportId, *, actor: Actor) -> ImportView:
        async with self._work as work:
            job = await _job(work, identifier)
            await work.jobs.revive(job)
            work.audit(actor, "import.retried", identifier)
            view = await work.imports.view(identifier)
            await work.commit(view)
        self._bell.ring()
        return view


async def _job(work: ImportsWork, identifier: ImportId) -> JobId:
    found = await work.imports.get(identifier)
    if found.job_id is None:
        raise ImportNotStarted
    return found.job_id
