"""A worker that is told to stop, or whose import is cancelled, ends within the chunk it is at."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import RowMapping, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.services import Services
from app.domain.common.identifiers import ImportId
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.jobs import jobs
from tests.fixtures.databases import Database
from tests.fixtures.importing import Importer, counts
from tests.fixtures.workers import worker_processes

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no SIGTERM to send to a worker"
)

# Many small chunks, so that a busy machine does not get to the last before the test interferes.
ROWS = 6_000
CHUNK = 50
LOOK_EVERY_SECONDS = 0.02
# It takes a fraction of a second; this is when it would be a fault.
LONGEST_STOP_SECONDS = 20

Process = subprocess.Popen[bytes]


@pytest.fixture
def worker(importer: Importer, database: Database, tmp_path: Path) -> Iterator[Process]:
    files = tmp_path / "files"
    with worker_processes(1, database, files, import_chunk_rows=CHUNK) as processes:
        [process] = processes.values()
        yield process


async def begun(importer: Importer) -> str:
    """Send a file, and return its import when the worker has done some of it."""
    lines = "\n".join(f"SKU-{n:05},Name {n},Shelf {n % 7},1.50" for n in range(ROWS))
    sent = await importer.upload(f"sku,name,category,price\n{lines}\n", autostart="true")
    assert sent.status_code == 201, sent.text
    identifier: str = sent.json()["id"]
    while True:
        if await rows_done(importer, identifier) > 0:
            return identifier
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def shown_when(
    importer: Importer, identifier: str, holds: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Look at the import until the condition holds; returns how it was then."""
    while True:
        shown = await importer.shown(identifier)
        if holds(shown):
            return shown
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def until_held_up(connection: AsyncConnection) -> None:
    """Return once somebody waits for a row; on SQLite there is nothing to see, nor to wait for."""
    if connection.dialect.name != "postgresql":
        return
    waits = text(
        "SELECT EXISTS (SELECT FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database())"
    )
    while True:
        if await connection.scalar(waits):
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def rows_done(importer: Importer, identifier: str) -> int:
    return (await importer.services.imports.import_(ImportId.parse(identifier))).rows_done


async def job_of(importer: Importer) -> RowMapping | dict[str, Any]:
    [row] = await importer.store.rows(select(jobs))
    return row


async def assert_whole(importer: Importer, shown: dict[str, Any]) -> None:
    """All that the import says it did is there, and nothing more."""
    stored = shown["rows_done"]
    assert shown["counts"] == counts(created=stored)
    assert len(await importer.products()) == stored
    made = select(audit_log.c.id).where(audit_log.c.action == "product.created")
    assert len(await importer.store.rows(made)) == stored


async def stopped(process: Process) -> int:
    return await asyncio.to_thread(process.wait, LONGEST_STOP_SECONDS)


@pytest.mark.case("D09")
async def test_a_worker_that_is_told_to_stop_ends_its_chunk(
    importer: Importer, worker: Process
) -> None:
    identifier = await begun(importer)

    async with importer.store.engine.begin() as holding:
        # The worker can commit no chunk without this row, which has its checkpoint.
        await holding.execute(update(jobs).values(kind=jobs.c.kind))
        await until_held_up(holding)
        at = await rows_done(importer, identifier)
        worker.send_signal(signal.SIGTERM)

    assert await stopped(worker) == 0
    shown = await importer.shown(identifier)
    assert (shown["status"], at < ROWS - CHUNK) == ("queued", True)
    assert shown["rows_done"] - at in {0, CHUNK}
    job = await job_of(importer)
    assert (job["status"], job["lease_owner"], job["lease_until"]) == ("queued", None, None)
    await assert_whole(importer, shown)

    await importer.work()

    shown = await importer.shown(identifier)
    assert (shown["status"], shown["rows_done"]) == ("completed", ROWS)
    await assert_whole(importer, shown)


@pytest.mark.case("D09")
async def test_a_cancelled_import_ends_with_the_chunk_it_is_at(
    importer: Importer, services: Services, worker: Process
) -> None:
    identifier = await begun(importer)
    job = (await job_of(importer))["id"]

    async with services.work(None) as work:
        await work.jobs.cancel(job)
        async with importer.store.engine.connect() as looking:
            await until_held_up(looking)
        at = await rows_done(importer, identifier)
        await work.commit()

    shown = await shown_when(importer, identifier, lambda found: found["status"] != "running")
    assert (shown["status"], at < ROWS - CHUNK) == ("cancelled", True)
    assert shown["rows_done"] - at in {0, CHUNK}
    ended = await job_of(importer)
    assert (ended["status"], ended["lease_owner"]) == ("cancelled", None)
    await assert_whole(importer, shown)
    # The worker is there for others, and stops at once when it has nothing to do.
    another = await importer.upload("sku,name,price\nTEA,Tea,1\n", autostart="true")
    await shown_when(importer, another.json()["id"], lambda found: found["status"] == "completed")
    worker.send_signal(signal.SIGTERM)
    assert await stopped(worker) == 0
