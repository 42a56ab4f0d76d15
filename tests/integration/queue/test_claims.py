"""A job has one worker at a time: claims, fences, leases, and what is left behind."""

from __future__ import annotations

import asyncio

import pytest

from app.application.jobs.ports import Claim
from app.application.jobs.use_cases.run import ClaimJob, FailJob, KeepJob
from app.application.services import Services
from app.domain.common.errors import DomainError
from app.domain.common.identifiers import JobId
from app.domain.jobs.job import JobEnded, JobNotDead, JobStatus, LeaseLost
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import Store
from tests.fixtures.jobs import LEASE, Queue


async def advance(services: Services, claim: Claim, part: int) -> bool:
    async with services.work(None) as work:
        cancelled = await work.jobs.advance(claim, checkpoint={"part": part}, lease=LEASE)
        await work.commit()
    return cancelled


async def take(services: Services, *, owner: str = "worker-1") -> Claim:
    claim = await ClaimJob(services.work(None))(owner=owner, lease=LEASE)
    assert claim is not None
    return claim


class TestClaim:
    async def test_takes_the_job_that_is_due_longest(self, queue: Queue) -> None:
        first, second = await queue.add(), await queue.add()

        claims = [await queue.claim(), await queue.claim(), await queue.claim()]

        assert [claim.id if claim else None for claim in claims] == [first, second, None]

    async def test_counts_the_try_and_raises_the_fence(self, queue: Queue) -> None:
        identifier = await queue.add()

        claim = await queue.claim(name="worker-7")

        assert claim is not None
        assert (claim.fence, claim.attempts, claim.checkpoint) == (1, 1, None)
        assert claim.actor.trace_id == "trace-of-the-job"
        row = await queue.row(identifier)
        assert (row["status"], row["lease_owner"]) == ("running", "worker-7")
        assert row["lease_until"] - row["heartbeat_at"] >= LEASE
        assert row["started_at"] is not None

    async def test_many_workers_at_once_take_each_job_once(self, queue: Queue) -> None:
        added = {await queue.add() for _ in range(6)}

        claims = await asyncio.gather(*(queue.claim(name=f"worker-{n}") for n in range(12)))

        taken = [claim.id for claim in claims if claim]
        assert len(taken) == 6
        assert set(taken) == added

    async def test_leaves_a_job_that_rests(self, queue: Queue, services: Services) -> None:
        identifier = await queue.add()
        claim = await take(services)
        error = {"code": "busy", "detail": "Busy."}
        await FailJob(services.work(None))(claim, error=error, final=False)

        assert await queue.claim() is None
        row = await queue.row(identifier)
        assert (row["status"], row["attempts"], row["error"]) == ("queued", 1, error)

        await queue.let_rests_end()
        again = await queue.claim()
        assert again is not None
        assert (again.fence, again.attempts) == (2, 2)


class TestFence:
    async def test_a_worker_whose_job_was_taken_cannot_write(
        self, queue: Queue, services: Services
    ) -> None:
        identifier = await queue.add()
        zombie = await take(services)
        assert await advance(services, zombie, 1) is False
        await queue.let_leases_end()
        heir = await take(services, owner="worker-2")
        assert heir.checkpoint == {"part": 1}

        with pytest.raises(LeaseLost):
            await advance(services, zombie, 2)
        with pytest.raises(LeaseLost):
            await KeepJob(services.work(None))(zombie, lease=LEASE)
        with pytest.raises(LeaseLost):
            await FailJob(services.work(None))(zombie, error={}, final=True)

        row = await queue.row(identifier)
        assert (row["status"], row["fence"], row["checkpoint"]) == ("running", 2, {"part": 1})
        assert row["lease_owner"] == "worker-2"

    async def test_what_a_zombie_did_is_undone_with_its_checkpoint(
        self, queue: Queue, services: Services, store: Store
    ) -> None:
        await queue.add()
        zombie = await take(services)
        await queue.let_leases_end()
        await take(services, owner="worker-2")

        async def act_and_advance() -> None:
            async with services.work(None) as work:
                work.audit(zombie.actor, "job.noted", zombie.id)
                await work.flush()
                await work.jobs.advance(zombie, checkpoint={"part": 1}, lease=LEASE)
                await work.commit()

        with pytest.raises(LeaseLost):
            await act_and_advance()

        assert await store.rows(audit_log.select()) == []

    async def test_heartbeats_keep_the_job(self, queue: Queue, services: Services) -> None:
        identifier = await queue.add()
        claim = await take(services)
        await queue.let_leases_end()

        await KeepJob(services.work(None))(claim, lease=LEASE)

        assert await ClaimJob(services.work(None))(owner="worker-2", lease=LEASE) is None
        assert (await queue.row(identifier))["lease_owner"] == "worker-1"


class TestSweep:
    async def test_progress_makes_the_tries_count_anew(
        self, queue: Queue, services: Services
    ) -> None:
        identifier = await queue.add(max_attempts=2)
        for part in range(1, 6):
            claim = await take(services)
            await advance(services, claim, part)
            await queue.let_leases_end()

        claim = await take(services)

        assert (claim.fence, claim.attempts, claim.checkpoint) == (6, 2, {"part": 5})
        assert (await queue.row(identifier))["status"] == "running"

    async def test_a_job_whose_workers_all_fell_silent_is_dead(
        self, queue: Queue, services: Services, store: Store
    ) -> None:
        identifier = await queue.add(max_attempts=2)
        for _ in range(2):
            await take(services)
            await queue.let_leases_end()

        assert await ClaimJob(services.work(None))(owner="worker-3", lease=LEASE) is None

        row = await queue.row(identifier)
        assert (row["status"], row["attempts"], row["lease_owner"]) == ("dead", 2, None)
        assert row["finished_at"] is not None
        audit = await store.rows(audit_log.select())
        assert [(a["action"], a["object_id"], a["trace_id"]) for a in audit] == [
            ("job.dead", identifier, "trace-of-the-job")
        ]

    async def test_a_dead_job_is_revived_at_its_checkpoint(
        self, queue: Queue, services: Services
    ) -> None:
        identifier = await queue.add(max_attempts=1)
        await advance(services, await take(services), 4)
        await queue.let_leases_end()
        assert await ClaimJob(services.work(None))(owner="worker-2", lease=LEASE) is None

        async with services.work(None) as work:
            await work.jobs.revive(identifier)
            await work.commit()

        claim = await take(services)
        assert (claim.id, claim.attempts, claim.checkpoint) == (identifier, 1, {"part": 4})

    async def test_only_a_dead_job_is_revived(self, queue: Queue, services: Services) -> None:
        identifier = await queue.add()

        with pytest.raises(JobNotDead):
            async with services.work(None) as work:
                await work.jobs.revive(identifier)

        assert (await queue.row(identifier))["status"] == "queued"


class TestCancel:
    async def cancel(self, services: Services, identifier: JobId) -> JobStatus:
        async with services.work(None) as work:
            status = await work.jobs.cancel(identifier)
            await work.commit()
        return status

    async def test_a_waiting_job_is_cancelled_at_once(
        self, queue: Queue, services: Services
    ) -> None:
        identifier = await queue.add()

        assert await self.cancel(services, identifier) is JobStatus.CANCELLED

        assert (await queue.row(identifier))["finished_at"] is not None
        assert await queue.claim() is None

    async def test_a_running_job_is_told_at_its_next_checkpoint(
        self, queue: Queue, services: Services
    ) -> None:
        identifier = await queue.add()
        claim = await take(services)

        assert await self.cancel(services, identifier) is JobStatus.RUNNING

        assert await advance(services, claim, 1) is True
        assert (await queue.row(identifier))["status"] == "running"

    async def test_what_has_ended_stays(self, queue: Queue, services: Services) -> None:
        identifier = await queue.add()
        await self.cancel(services, identifier)

        with pytest.raises(JobEnded) as refused:
            await self.cancel(services, identifier)

        assert refused.value.detail == "The job is cancelled."

    async def test_an_unknown_job_is_not_found(self, services: Services) -> None:
        with pytest.raises(DomainError) as refused:
            await self.cancel(services, services.ids.new(JobId))

        assert refused.value.code == "not_found"
