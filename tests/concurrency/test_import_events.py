"""An import is watched at one process while others work on it; streams hold up nobody."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from httpx2 import Client

from app.cli.serve import DRAIN_SECONDS
from tests.fixtures import real_servers
from tests.fixtures.commands import PATIENCE_SECONDS, Server, serving, variables
from tests.fixtures.databases import Database
from tests.fixtures.events import events_of
from tests.fixtures.importing import IMPORTS
from tests.fixtures.people import SignIn
from tests.fixtures.workers import worker_processes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")

ROWS = 5_000
CHUNK = 250
OWNER = {"email": "owner@shop.test", "password": "nine grey herons at dusk"}


def send(http: Client, rows: int, **form: str) -> str:
    """Return the id of an import of so many products."""
    lines = (f"SKU-{n:05d},Name {n},{n % 500}.50" for n in range(rows))
    content = "\n".join(("sku,name,price", *lines)).encode()
    answer = http.post(IMPORTS, files={"file": ("goods.csv", content, "text/csv")}, data=form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.mark.case("IMP-28")
async def test_another_process_sees_it_grow_to_its_end(
    database: Database, tmp_path: Path, sign_in: SignIn
) -> None:
    files = tmp_path / "files"

    def watched() -> list[tuple[str, str, int, int]]:
        with (
            real_servers.serving(database, tmp_path, processes=1) as [url],
            Client(base_url=url, headers=sign_in(), timeout=PATIENCE_SECONDS) as http,
        ):
            path = f"{IMPORTS}/{send(http, ROWS, autostart='true')}/events"
            with http.stream("GET", path) as answer:
                events = events_of(answer.iter_lines())
                found = [next(events)]
                with worker_processes(1, database, files, import_chunk_rows=CHUNK):
                    found += events
        return [
            (name, state["status"], state["rows_done"], state["percent"]) for name, state in found
        ]

    events = await asyncio.to_thread(watched)

    assert events[0] == ("progress", "queued", 0, 0)
    assert events[-2:] == [
        ("progress", "completed", ROWS, 100),
        ("done", "completed", ROWS, 100),
    ]
    rows = [done for _, _, done, _ in events]
    percents = [percent for _, _, _, percent in events]
    assert (rows, percents) == (sorted(rows), sorted(percents))
    assert percents == [100 * done // ROWS for done in rows]


@pytest.fixture
def server(database: Database, tmp_path: Path) -> Iterator[Server]:
    with serving(variables(database.url, tmp_path, EMBEDDED_WORKER="false"), tmp_path) as started:
        yield started


@pytest.fixture
def owner(server: Server) -> Iterator[Client]:
    body = {**OWNER, "name": "Owner", "token": server.setup_token}
    with Client(base_url=server.url, timeout=PATIENCE_SECONDS) as http:
        assert http.post("/api/v1/auth/setup", json=body).status_code == 201
        token = http.post("/api/v1/auth/login", json=OWNER).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


def test_a_server_that_is_stopped_ends_its_streams(server: Server, owner: Client) -> None:
    path = f"{IMPORTS}/{send(owner, 1)}/events"

    with owner.stream("GET", path, params={"wait": 300}) as answer:
        events = events_of(answer.iter_lines())
        assert next(events)[0] == "progress"
        told = monotonic()
        assert server.stop() == -signal.SIGTERM
        assert monotonic() - told < DRAIN_SECONDS / 2
        # The answer was ended, not torn off: that would raise here.
        assert list(events) == []
    assert "Application shutdown complete." in server.said
    assert "request failed" not in server.said


def test_a_client_that_goes_away_ends_its_stream(server: Server, owner: Client) -> None:
    path = f"{IMPORTS}/{send(owner, 1)}/events"

    with owner.stream("GET", path, params={"wait": 300}) as answer:
        # Held, since an answer is closed with what reads its lines.
        events = events_of(answer.iter_lines())
        assert next(events)[0] == "progress"
        assert path not in server.said

    until = monotonic() + PATIENCE_SECONDS
    # The log line of a request is written when its answer ends.
    while path not in server.said and monotonic() < until:
        server.process_ended_within(0.05)
    assert path in server.said
    assert "request failed" not in server.said
    assert server.stop() == -signal.SIGTERM
