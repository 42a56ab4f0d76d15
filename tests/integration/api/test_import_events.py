"""Watching an import over HTTP: what is sent, what is refused, and when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, Response
from sqlalchemy import Executable, update

from app.api.streams import Streams
from app.api.v1.import_events import Pace, get_pace
from app.application.imports.run import job_kind
from app.domain.auth.roles import Role
from app.infrastructure.db.tables.auth import sessions, users
from tests.fixtures.events import Event, events_of
from tests.fixtures.importing import Importer, Json
from tests.fixtures.statements import recorded_statements
from tests.fixtures.workbooks import HEADER, workbook

JOB = job_kind("products")
TEA = "sku,name,price\nA1,Tea,2.50\n"
NO_IMPORT = "01JZ8Q4T7W3N5R9X2B6C8D0E1F"


def app_of(importer: Importer) -> FastAPI:
    transport = importer.http._transport
    assert isinstance(transport, ASGITransport)
    assert isinstance(transport.app, FastAPI)
    return transport.app


@pytest.fixture
def begun(importer: Importer) -> Iterator[asyncio.Event]:
    """Set when a stream was let in; streams look and ask all the time."""
    event = asyncio.Event()

    async def hurried() -> Pace:
        event.set()
        return Pace(look_seconds=0, check_seconds=0)

    overrides = app_of(importer).dependency_overrides
    overrides[get_pace] = hurried
    yield event
    del overrides[get_pace]


@pytest.fixture
def one_stream(importer: Importer) -> Iterator[Streams]:
    """Room for a single stream."""
    state = app_of(importer).state
    before, state.streams = state.streams, Streams(most=1)
    yield state.streams
    state.streams = before


def seen(answer: Response) -> list[Event]:
    assert answer.status_code == 200, answer.text
    return list(events_of(answer.text.splitlines()))


def as_listed(shown: Json) -> Json:
    return {name: shown[name] for name in shown if name not in {"analysis", "imported_before"}}


async def test_an_import_that_is_over_is_sent_and_the_stream_ends(importer: Importer) -> None:
    done = await importer.run(TEA)

    answer = await importer.get(f"/{done['id']}/events")

    state = as_listed(await importer.shown(done["id"]))
    assert (state["status"], state["percent"]) == ("completed", 100)
    assert seen(answer) == [("progress", state), ("done", state)]
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert [line for line in answer.text.splitlines() if line.startswith("retry")] == [
        "retry: 2000"
    ]


async def test_an_import_that_waits_is_sent_and_may_be_started_meanwhile(
    importer: Importer, begun: asyncio.Event
) -> None:
    sent = (await importer.upload(TEA)).json()

    watching = asyncio.create_task(importer.get(f"/{sent['id']}/events", wait="300"))
    await begun.wait()
    await importer.post(f"/{sent['id']}/start")
    await importer.work()

    events = seen(await watching)
    assert events[-1] == ("done", as_listed(await importer.shown(sent["id"])))
    assert {name for name, _ in events[:-1]} == {"progress"}
    assert [events.count(event) for event in events] == [1] * len(events)


async def test_whoever_does_not_wait_gets_the_present_state(importer: Importer) -> None:
    sent = (await importer.upload(TEA)).json()

    with recorded_statements() as statements:
        events = seen(await importer.get(f"/{sent['id']}/events", wait="0"))

    # Who is asking, whether there is such an import, and one for each look.
    assert len(statements) == 3
    assert events == [("progress", as_listed(sent)), ("idle", as_listed(sent))]


@pytest.mark.parametrize(
    "change",
    [
        update(sessions).values(ended_at=sessions.c.created_at, ending="revoked"),
        update(users).values(active=False),
        update(users).values(role="cashier"),
    ],
    ids=["session ended", "user deactivated", "role taken"],
)
async def test_who_may_no_longer_see_it_is_sent_no_more(
    importer: Importer, begun: asyncio.Event, change: Executable
) -> None:
    sent = (await importer.upload(TEA)).json()

    watching = asyncio.create_task(importer.get(f"/{sent['id']}/events", wait="300"))
    await begun.wait()
    await importer.store.execute(change)

    assert seen(await watching) == [("progress", as_listed(sent))]
    refused = await importer.get(f"/{sent['id']}/events")
    assert refused.status_code in {401, 403}


async def test_what_is_refused_is_refused_before_anything_is_sent(importer: Importer) -> None:
    sent = (await importer.upload(TEA)).json()

    unknown = await importer.get(f"/{NO_IMPORT}/events")
    impatient = await importer.get(f"/{sent['id']}/events", wait="301")
    unseen = await importer.get(f"/{sent['id']}/events", role=Role.CASHIER)

    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert (impatient.status_code, impatient.json()["errors"][0]["pointer"]) == (422, "wait")
    assert (unseen.status_code, unseen.json()["code"]) == (403, "permission_denied")


async def test_more_streams_than_there_is_room_for_are_refused(
    importer: Importer, one_stream: Streams
) -> None:
    done = await importer.run(TEA)
    path = f"/{done['id']}/events"

    with one_stream.place():
        refused = await importer.get(path)
    first, second = await importer.get(path), await importer.get(path)

    assert (refused.status_code, refused.json()["code"]) == (503, "too_many_streams")
    assert refused.headers["Retry-After"] == "1"
    assert (first.status_code, second.status_code) == (200, 200)


async def test_half_of_a_workbook_is_half_of_its_records(
    importer: Importer, tmp_path: Path
) -> None:
    rows = [HEADER, *((f"A{n}", f"Tea {n}", n) for n in range(4))]
    content = workbook(tmp_path, rows).read_bytes()
    sent = (await importer.upload(content, name="tea.xlsx", autostart="true")).json()
    worker = importer.services.jobs.worker()
    worker.handlers = {JOB: replace(worker.handlers[JOB], chunk_rows=2)}
    worker.stop()

    await worker.run_next()

    half = as_listed(await importer.shown(sent["id"]))
    assert (half["status"], half["rows_done"], half["percent"]) == ("queued", 2, 50)
    assert seen(await importer.get(f"/{sent['id']}/events", wait="0"))[0] == ("progress", half)


async def test_a_retry_goes_through_the_file_once_more(importer: Importer) -> None:
    done = await importer.run("sku,name,price\nA1,Tea,2\nA2,Pot,x\nA3,Cup,3\nA4,Jar,4\n")
    worker = importer.services.jobs.worker()
    worker.handlers = {JOB: replace(worker.handlers[JOB], chunk_rows=2)}
    worker.stop()

    again = (await importer.post(f"/{done['id']}/retry")).json()
    await worker.run_next()

    assert (done["rows_done"], done["percent"]) == (4, 100)
    assert (again["rows_done"], again["percent"]) == (4, 0)
    half = await importer.shown(done["id"])
    assert (half["phase"], half["rows_done"], half["percent"]) == ("again", 4, 50)
