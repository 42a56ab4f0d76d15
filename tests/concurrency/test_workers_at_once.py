"""Worker processes beside each other: one job has one owner, and what kills one spares the rest."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.domain.jobs.job import JobStatus
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import Store
from tests.fixtures.databases import Database
from tests.fixtures.jobs import DEADLY, POISONED, Queue
from tests.fixtures.workers import worker_pack

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

ROUNDS = 200
TRIES = 3
LOOK_EVERY_SECONDS = 0.1
LONGEST_DELAY = timedelta(seconds=5)


async def noted(store: Store, action: str) -> Counter[object]:
    """Return how often the action was audited of each job."""
    query = select(audit_log.c.object_id).where(audit_log.c.action == action)
    return Counter(row["object_id"] for row in await store.rows(query))


@pytest.mark.case("D02")
async def test_of_two_workers_at_a_job_one_gets_it(
    queue: Queue, store: Store, database: Database, tmp_path: Path
) -> None:
    """Two processes look for the same job at the same moment, two hundred times."""
    owners: Counter[int] = Counter()
    added = []
    async with worker_pack(2, database, tmp_path, "--in-turn") as pack:
        for _ in range(ROUNDS):
            added.append(await queue.add())
            pack.give_turn()
            told = {word: int(pid) for word, pid in [await pack.next(), await pack.next()]}
            assert told.keys() == {"took", "nothing"}
            owners[told["took"]] += 1

    # Had one of them always been the first, nothing would be shown.
    assert owners.keys() == set(pack.pids)
    rows = await queue.rows()
    assert [row["id"] for row in rows] == added
    assert {(row["status"], row["fence"], row["attempts"]) for row in rows} == {
        (JobStatus.COMPLETED, 1, 1)
    }
    assert await noted(store, "job.noted") == dict.fromkeys(added, 1)


@pytest.mark.case("D07")
async def test_jobs_that_fail_or_kill_are_given_up_and_their_neighbours_are_done(
    queue: Queue, store: Store, database: Database, tmp_path: Path
) -> None:
    """Each try of the deadly job costs a worker its life: it is killed as for want of memory."""
    neighbours = []
    async with worker_pack(TRIES + 2, database, tmp_path, job_lease_seconds=1) as pack:
        poisoned = await queue.add(max_attempts=TRIES, kind=POISONED)
        deadly = await queue.add(max_attempts=TRIES, kind=DEADLY)
        live = {poisoned, deadly}
        while live:
            if live & {poisoned, deadly}:
                neighbours.append(await queue.add(max_attempts=TRIES))
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            rows = {row["id"]: row for row in await queue.rows()}
            live = {job for job, row in rows.items() if JobStatus(row["status"]).is_live}
            if rows[poisoned]["status"] == JobStatus.QUEUED:
                await queue.let_rests_end()
        ended = [await pack.next() for _ in range(TRIES)]

    assert [word for word, _ in ended] == ["ended"] * TRIES
    assert len({int(pid) for _, pid in ended} & set(pack.pids)) == TRIES
    for job in (poisoned, deadly):
        told = {name: rows[job][name] for name in ("status", "attempts", "fence", "checkpoint")}
        assert told == {
            "status": JobStatus.DEAD,
            "attempts": TRIES,
            "fence": TRIES,
            "checkpoint": None,
        }
    assert {(rows[job]["status"], rows[job]["fence"]) for job in neighbours} == {
        (JobStatus.COMPLETED, 1)
    }
    assert await noted(store, "job.noted") == dict.fromkeys(neighbours, 1)
    assert await noted(store, "job.dead") == {poisoned: 1, deadly: 1}
    delays = [rows[job]["started_at"] - rows[job]["created_at"] for job in neighbours]
    assert max(delays) < LONGEST_DELAY
