"""Write side of jobs: every change names the fence of the claim that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Null,
    Update,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.common.actor import Actor
from app.application.jobs.ports import Claim, GivenUp, Json, NewJob
from app.domain.auth.roles import Role
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import JobId, SessionId, TokenId, UserId
from app.domain.jobs.job import JobEnded, JobNotDead, JobStatus, LeaseLost
from app.infrastructure.db.moments import moment
from app.infrastructure.db.tables.jobs import jobs

_NO_LEASE: dict[str, object] = {"lease_owner": None, "lease_until": None}


class SqlJobRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, job: NewJob) -> None:
        await self._session.execute(
            insert(jobs).values(
                id=job.id,
                kind=job.kind,
                subject_id=job.subject_id,
                actor=_write_actor(job.actor),
                status=JobStatus.QUEUED.value,
                run_at=moment(),
                attempts=0,
                max_attempts=job.max_attempts,
                fence=0,
                cancel_requested=False,
                checkpoint=null() if job.checkpoint is None else dict(job.checkpoint),
                created_at=moment(),
            )
        )

    async def claim(self, *, owner: str, lease: timedelta) -> Claim | None:
        # SQLite has no row locks and needs none: its writer began IMMEDIATE.
        due = (
            select(jobs.c.id)
            .where(_is(JobStatus.QUEUED), jobs.c.run_at <= moment())
            .order_by(jobs.c.run_at, jobs.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found = await self._session.execute(
            update(jobs)
            .where(jobs.c.id == due.scalar_subquery(), _is(JobStatus.QUEUED))
            .values(
                status=JobStatus.RUNNING.value,
                lease_owner=owner,
                lease_until=moment(lease),
                heartbeat_at=moment(),
                fence=jobs.c.fence + 1,
                attempts=jobs.c.attempts + 1,
                started_at=func.coalesce(jobs.c.started_at, moment()),
            )
            .returning(jobs)
        )
        row = found.mappings().one_or_none()
        return None if row is None else _claim(row)

    async def heartbeat(self, claim: Claim, *, lease: timedelta) -> None:
        await self._change(
            _held(claim).values(lease_until=moment(lease), heartbeat_at=moment()), claim
        )

    async def advance(self, claim: Claim, *, checkpoint: Json, lease: timedelta) -> bool:
        return await self._change(
            _held(claim).values(
                checkpoint=dict(checkpoint),
                attempts=1,
                lease_until=moment(lease),
                heartbeat_at=moment(),
            ),
            claim,
        )

    async def finish(self, claim: Claim, status: JobStatus, *, error: Json | None = None) -> None:
        ended = {"status": status.value, "finished_at": moment(), "error": _plain(error)}
        await self._change(_held(claim).values(ended | _NO_LEASE), claim)

    async def release(self, claim: Claim) -> None:
        back = {
            "status": JobStatus.QUEUED.value,
            "run_at": moment(),
            "attempts": jobs.c.attempts - 1,
        }
        await self._change(_held(claim).values(back | _NO_LEASE), claim)

    async def postpone(self, claim: Claim, *, pause: timedelta, error: Json) -> None:
        later = {
            "status": JobStatus.QUEUED.value,
            "run_at": moment(pause),
            "error": _plain(error),
        }
        await self._change(_held(claim).values(later | _NO_LEASE), claim)

    async def sweep(self) -> list[GivenUp]:
        spent = jobs.c.attempts >= jobs.c.max_attempts
        found = await self._session.execute(
            update(jobs)
            .where(_is(JobStatus.RUNNING), jobs.c.lease_until < moment())
            .values(
                status=case((spent, JobStatus.DEAD.value), else_=literal(JobStatus.QUEUED.value)),
                run_at=moment(),
                finished_at=case((spent, moment())),
                **_NO_LEASE,
            )
            .returning(jobs.c.id, jobs.c.kind, jobs.c.subject_id, jobs.c.actor, jobs.c.status)
        )
        return [
            GivenUp(
                id=row.id, kind=row.kind, subject_id=row.subject_id, actor=_read_actor(row.actor)
            )
            for row in found
            if row.status == JobStatus.DEAD
        ]

    async def cancel(self, identifier: JobId) -> JobStatus:
        waiting = jobs.c.status == JobStatus.QUEUED.value
        found = await self._session.execute(
            update(jobs)
            .where(
                jobs.c.id == identifier,
                jobs.c.status.in_([JobStatus.QUEUED.value, JobStatus.RUNNING.value]),
            )
            .values(
                cancel_requested=True,
                status=case((waiting, JobStatus.CANCELLED.value), else_=jobs.c.status),
                finished_at=case((waiting, moment())),
            )
            .returning(jobs.c.status)
        )
        status = found.scalar_one_or_none()
        if status is None:
            raise JobEnded(f"The job is {(await self.status(identifier)).value}.")
        return JobStatus(status)

    async def revive(self, identifier: JobId) -> None:
        found = await self._session.execute(
            update(jobs)
            .where(jobs.c.id == identifier, _is(JobStatus.DEAD))
            .values(
                status=JobStatus.QUEUED.value,
                run_at=moment(),
                attempts=0,
                cancel_requested=False,
                error=null(),
                finished_at=None,
            )
            .returning(jobs.c.id)
        )
        if found.scalar_one_or_none() is None:
            raise JobNotDead(f"The job is {(await self.status(identifier)).value}.")

    async def is_cancelled(self, claim: Claim) -> bool:
        found = await self._session.scalar(select(jobs.c.cancel_requested).where(_is_held(claim)))
        if found is None:
            raise _lost(claim)
        return bool(found)

    async def status(self, identifier: JobId) -> JobStatus:
        found = await self._session.scalar(select(jobs.c.status).where(jobs.c.id == identifier))
        if found is None:
            raise NotFound.of(JobId.kind, identifier)
        return JobStatus(found)

    async def _change(self, statement: Update, claim: Claim) -> bool:
        """Change the job if the claim still holds; tell whether it is to be cancelled."""
        found = await self._session.execute(statement.returning(jobs.c.cancel_requested))
        cancel = found.scalar_one_or_none()
        if cancel is None:
            raise _lost(claim)
        return bool(cancel)


def _is(status: JobStatus) -> ColumnElement[bool]:
    # Written out, not bound: only so do the partial indexes answer.
    return jobs.c.status == literal(status.value, literal_execute=True)


def _lost(claim: Claim) -> LeaseLost:
    return LeaseLost(f"Fence {claim.fence} of job {claim.id} is outdated.")


def _is_held(claim: Claim) -> ColumnElement[bool]:
    return and_(jobs.c.id == claim.id, jobs.c.fence == claim.fence, _is(JobStatus.RUNNING))


def _held(claim: Claim) -> Update:
    return update(jobs).where(_is_held(claim))


def _claim(row: Mapping[str, Any]) -> Claim:
    return Claim(
        id=row["id"],
        kind=row["kind"],
        subject_id=row["subject_id"],
        actor=_read_actor(row["actor"]),
        fence=row["fence"],
        attempts=row["attempts"],
        max_attempts=row["max_attempts"],
        checkpoint=row["checkpoint"],
        cancel_requested=row["cancel_requested"],
    )


def _plain(error: Json | None) -> dict[str, object] | Null:
    return null() if error is None else dict(error)


def _write_actor(actor: Actor) -> dict[str, object]:
    return {
        "user_id": str(actor.user_id) if actor.user_id else None,
        "role": actor.role,
        "session_id": str(actor.session_id) if actor.session_id else None,
        "token_id": str(actor.token_id) if actor.token_id else None,
        "address": actor.address,
        "trace_id": actor.trace_id,
        "route": actor.route,
    }


def _read_actor(kept: Mapping[str, Any]) -> Actor:
    return Actor(
        user_id=UserId.parse(kept["user_id"]) if kept["user_id"] else None,
        role=Role(kept["role"]) if kept["role"] else None,
        session_id=SessionId.parse(kept["session_id"]) if kept["session_id"] else None,
        token_id=TokenId.parse(kept["token_id"]) if kept["token_id"] else None,
        address=kept["address"],
        trace_id=kept["trace_id"],
        route=kept["route"],
    )
