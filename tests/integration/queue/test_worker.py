"""The worker: goes through parts, puts jobs back, gives poison up, stops when told."""

from __future__ import annotations

import asyncio

from app.application.jobs.ports import Claim
from app.application.services import Services
from app.domain.common.errors import Busy, InvalidValue
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import Store
from tests.fixtures.jobs import Counting, Queue


class Poison(Exception):
    """No error that anybody foresaw."""


async def test_a_job_is_done_part_by_part(queue: Queue, services: Services) -> None:
    identifier = await queue.add()
    handler = Counting(services)
    worker = queue.worker(handler)

    assert await worker.run_next() is True
    assert await worker.run_next() is False

    row = await queue.row(identifier)
    assert handler.done == [1, 2, 3]
    assert (row["status"], row["checkpoint"], row["lease_owner"]) == (
        "completed",
        {"part": 3},
        None,
    )


async def test_an_unforeseen_fault_rests_and_goes_on_at_the_checkpoint(
    queue: Queue, services: Services
) -> None:
    identifier = await queue.add()
    failures = [Poison("the customer's name")]

    async def fail_once(_: Claim, part: int) -> None:
        if part == 2 and failures:
            raise failures.pop()

    handler = Counting(services, act=fail_once)
    worker = queue.worker(handler)
    await worker.run_next()
    row = await queue.row(identifier)
    assert (row["status"], row["checkpoint"]) == ("queued", {"part": 1})
    assert row["error"] == {"code": "internal_error", "detail": "The worker met a Poison."}

    assert await worker.run_next() is False
    await queue.let_rests_end()
    assert await worker.run_next() is True

    assert handler.done == [1, 2, 3]
    row = await queue.row(identifier)
    assert (row["status"], row["error"]) == ("completed", None)


async def test_poison_is_given_up_and_the_others_are_done(
    queue: Queue, services: Services, store: Store
) -> None:
    poisoned, sound = await queue.add(max_attempts=2), await queue.add()

    async def poison(claim: Claim, _: int) -> None:
        if claim.id == poisoned:
            raise Poison

    worker = queue.worker(Counting(services, act=poison))
    for _ in range(3):
        await worker.run_next()
        await queue.let_rests_end()

    assert (await queue.row(poisoned))["status"] == "dead"
    assert (await queue.row(sound))["status"] == "completed"
    audit = await store.rows(audit_log.select())
    assert [(row["action"], row["object_id"]) for row in audit] == [("job.dead", poisoned)]


async def test_what_cannot_succeed_is_not_tried_again(queue: Queue, services: Services) -> None:
    identifier = await queue.add()

    async def refuse(_: Claim, __: int) -> None:
        raise InvalidValue("The file is of no use.")

    await queue.worker(Counting(services, act=refuse)).run_next()

    row = await queue.row(identifier)
    assert (row["status"], row["attempts"]) == ("failed", 1)
    assert row["error"] == {"code": "invalid_value", "detail": "The file is of no use."}


async def test_a_busy_database_is_a_reason_to_try_again(queue: Queue, services: Services) -> None:
    identifier = await queue.add()

    async def busy(_: Claim, __: int) -> None:
        raise Busy

    await queue.worker(Counting(services, act=busy)).run_next()

    assert (await queue.row(identifier))["status"] == "queued"


async def test_a_stopped_worker_ends_its_part_and_puts_the_job_back(
    queue: Queue, services: Services
) -> None:
    identifier = await queue.add()

    async def stop(_: Claim, __: int) -> None:
        first.stop()

    first = queue.worker(Counting(services, act=stop))
    await first.run()

    row = await queue.row(identifier)
    assert (row["status"], row["checkpoint"], row["lease_owner"]) == ("queued", {"part": 1}, None)
    heir = Counting(services)
    await queue.worker(heir, name="worker-2").run_next()
    assert heir.done == [2, 3]


async def test_a_cancelled_job_keeps_what_was_done(queue: Queue, services: Services) -> None:
    identifier = await queue.add()

    handler = Counting(services)
    claim = await queue.claim()
    assert claim is not None
    parts = handler.run(claim)
    await anext(parts)
    async with services.work(None) as work:
        await work.jobs.cancel(identifier)
        await work.commit()
    async for _ in parts:
        pass

    row = await queue.row(identifier)
    assert (row["status"], row["checkpoint"]) == ("cancelled", {"part": 2})


async def test_a_bell_wakes_a_worker_that_waits(queue: Queue, services: Services) -> None:
    done = asyncio.Event()

    async def tell(_: Claim, part: int) -> None:
        if part == 3:
            done.set()

    worker = queue.worker(Counting(services, act=tell))
    worker.look_every = worker.lease
    running = asyncio.create_task(worker.run())
    await queue.add()
    worker.bell.ring()
    await asyncio.wait_for(done.wait(), timeout=10)
    worker.stop()
    await running
