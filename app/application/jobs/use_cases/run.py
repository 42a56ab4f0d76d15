"""What a worker does with the table of jobs: each a transaction of its own."""

from __future__ import annotations

from datetime import timedelta

from app.application.common.actor import Actor
from app.application.jobs.ports import Claim, JobsWork, Json
from app.domain.common.identifiers import JobId
from app.domain.jobs.job import JobStatus, pause_after


class ClaimJob:
    """Takes the next job that is due, after putting back what silent workers held."""

    def __init__(self, work: JobsWork) -> None:
        self._work = work

    async def __call__(self, *, owner: str, lease: timedelta) -> Claim | None:
        async with self._work as work:
            for job in await work.jobs.sweep():
                error = {"code": "worker_lost", "detail": "The worker was never heard of again."}
                _audit_end(work, job.id, job.actor, JobStatus.DEAD, error)
            claim = await work.jobs.claim(owner=owner, lease=lease)
            await work.commit()
            return claim


class KeepJob:
    """Tells that the worker lives; `LeaseLost` when the job is no longer its own."""

    def __init__(self, work: JobsWork) -> None:
        self._work = work

    async def __call__(self, claim: Claim, *, lease: timedelta) -> None:
        async with self._work as work:
            await work.jobs.heartbeat(claim, lease=lease)
            await work.commit()


class ReleaseJob:
    """Puts a job back because its worker stops."""

    def __init__(self, work: JobsWork) -> None:
        self._work = work

    async def __call__(self, claim: Claim) -> None:
        async with self._work as work:
            await work.jobs.release(claim)
            await work.commit()


class FailJob:
    """Ends a job that cannot succeed; or lets it rest, and gives it up after the last try."""

    def __init__(self, work: JobsWork) -> None:
        self._work = work

    async def __call__(self, claim: Claim, *, error: Json, final: bool) -> JobStatus:
        async with self._work as work:
            if not final and claim.attempts < claim.max_attempts:
                await work.jobs.postpone(claim, pause=pause_after(claim.attempts), error=error)
                status = JobStatus.QUEUED
            else:
                status = JobStatus.FAILED if final else JobStatus.DEAD
                await work.jobs.finish(claim, status, error=error)
                _audit_end(work, claim.id, claim.actor, status, error)
            await work.commit()
            return status


def _audit_end(
    work: JobsWork, identifier: JobId, actor: Actor, status: JobStatus, error: Json
) -> None:
    work.audit(
        actor,
        f"job.{status.value}",
        identifier,
        changes={"status": (JobStatus.RUNNING, status)},
        note=error,
    )
