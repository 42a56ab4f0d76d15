"""Workers killed at any moment lose nothing and double nothing: real processes, SIGKILL.

The tables after it are those of a run that nobody disturbed, audit and outbox included; that one
cuts the file into larger chunks, since where it is cut must not show either.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from app.application.common.actor import Actor
from app.application.imports.choices import Choices
from app.application.imports.queries import ImportView
from app.application.imports.use_cases.start import ReceiveImport
from app.application.services import Services
from app.bootstrap import open_services
from app.domain.auth.roles import Role
from app.infrastructure.db.session import read_engine
from app.infrastructure.db.tables.jobs import jobs
from tests.fixtures.app import settings_for
from tests.fixtures.databases import Database, on_postgres, on_sqlite
from tests.fixtures.dumps import dump
from tests.fixtures.workers import worker_processes

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no SIGKILL to send to a worker"
)

ROWS = 20_000
CHUNK = 500
KILLS = 6
SEED = 20_261_125
LOOK_EVERY_SECONDS = 0.02
ACTOR = Actor(role=Role.CLERK, trace_id="trace-of-the-import", route="POST /test")


def first_file() -> str:
    """Products that the second file changes, moves and finds unchanged."""
    lines = (f"SKU-{n:05d},Old name {n},Old > Shelf {n % 7},{n}.50,1" for n in range(400))
    return "\n".join(("sku,name,category,price,cost", *lines))


def second_file() -> str:
    """Rows of every outcome, spread over all chunks."""
    return "\n".join(("sku,name,category,price,cost,barcode,quantity", *map(_line, range(ROWS))))


def _line(n: int) -> str:
    if n % 211 == 210:
        return ",,,,,,"
    sku = f"SKU-{n:05d}"
    if n % 97 == 96:
        sku = f"sku-{n // 2:05d}"  # a row far above, often of another chunk
    price = "much" if n % 131 == 130 else f"{n % 500}.50"
    barcode = f"CODE-{n - 1600 if n % 89 == 88 and n > 1600 else n}" if n % 3 == 0 else ""
    quantity = str(n % 5 - 1) if n % 8 == 0 else ""
    return f"{sku},Name {n},New > Shelf {n % 53},{price},{n % 40},{barcode},{quantity}"


@pytest.fixture(params=["sqlite", "postgres"])
def twins(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Database]]:
    """Two clean databases of one kind."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template").read_bytes()
        paths = [tmp_path / name for name in ("clean.db", "killed.db")]
        for path in paths:
            path.write_bytes(template)
        yield [on_sqlite(path) for path in paths]
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    makers = [on_postgres(server, template=template) for _ in range(2)]
    yield [next(maker) for maker in makers]
    for maker in makers:
        next(maker, None)


async def queue(services: Services, folder: Path, name: str, content: str) -> ImportView:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    with path.open("rb") as source:
        stored = await services.intake.keep(source)
    receive = ReceiveImport(services.work(None), queue=services.import_queue)
    examined = await services.intake.examine(stored.hash, Choices())
    return await receive(stored, name=name, examined=examined, start=True, actor=ACTOR)


async def prepare(services: Services, folder: Path) -> ImportView:
    """Have the first file imported, and queue the second."""
    await queue(services, folder, "first.csv", first_file())
    await drain(services)
    return await queue(services, folder, "second.csv", second_file())


async def drain(services: Services) -> None:
    worker = services.jobs.worker()
    while await worker.run_next():
        pass


async def run_undisturbed(database: Database, folder: Path) -> ImportView:
    settings = settings_for(database, folder / "files", import_chunk_rows=4 * CHUNK)
    async with open_services(settings) as services:
        second = await prepare(services, folder)
        await drain(services)
        return await services.imports.import_(second.id)


async def run_with_kills(database: Database, folder: Path, kills: list[int]) -> list[int]:
    """Return how many rows were done at each kill."""
    files = folder / "files"
    settings = settings_for(database, files, import_chunk_rows=CHUNK)
    quick = {"import_chunk_rows": CHUNK, "job_lease_seconds": 2}
    async with open_services(settings) as services:
        second = await prepare(services, folder)
        killed_at: list[int] = []
        with worker_processes(len(kills) + 1, database, files, **quick) as processes:
            for rows in kills:
                killed_at.append(await progress(services, second, rows))
                victim = int((await owner(database)).split(":")[1])
                processes[victim].send_signal(signal.SIGKILL)
                processes[victim].wait()
            await progress(services, second, ROWS)
        return killed_at


async def progress(services: Services, started: ImportView, rows: int) -> int:
    """Wait until so many rows are done, or all are; return how many there are."""
    while True:
        view = await services.imports.import_(started.id)
        assert view.error is None, view.error
        if view.status.is_over or (view.rows_done >= rows and rows < ROWS):
            return view.rows_done
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def owner(database: Database) -> str:
    """Return the name of the worker that has the job; waits while nobody has it."""
    engine = read_engine(database.url, pool_size=1)
    query = select(jobs.c.lease_owner).where(text("status = 'running'"))
    try:
        while True:
            async with engine.connect() as connection:
                found: Any = await connection.scalar(query)
            if found is not None:
                return str(found)
            await asyncio.sleep(LOOK_EVERY_SECONDS)
    finally:
        await engine.dispose()


@pytest.mark.case("IMP-28")
async def test_an_import_survives_the_death_of_its_workers(
    twins: list[Database], tmp_path: Path
) -> None:
    clean, killed = twins
    chooser = random.Random(SEED)
    kills = sorted(chooser.sample(range(CHUNK, ROWS - 2 * CHUNK, CHUNK), KILLS))

    view = await run_undisturbed(clean, tmp_path)
    at = await run_with_kills(killed, tmp_path, kills)

    assert view.rows_done == ROWS
    assert len(at) == KILLS
    assert all(0 < rows < ROWS for rows in at), at
    expected, found = await dump(clean), await dump(killed)
    for table, rows in expected.items():
        assert found[table] == rows, table
    assert len(expected["products"]) == view.counts["created"] + 400
    assert all(view.counts[name] for name in ("created", "updated", "failed", "blank"))
