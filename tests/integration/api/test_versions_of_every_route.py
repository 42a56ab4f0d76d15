"""`If-Match` on every route that takes one: of changes made from one version, one is taken."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from httpx2 import AsyncClient, Limits
from sqlalchemy import func, select

from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import Store
from tests.fixtures.databases import Database
from tests.fixtures.people import SignIn
from tests.fixtures.real_servers import serving
from tests.fixtures.sound import WRITING, Sound, takes
from tests.fixtures.writes import Writes

VERSIONED = [route for route in WRITING if takes(route, "If-Match")]
AT_ONCE = 20
SERVERS = 2
# Reviewed: a till may complete or void what it has just rung up without having read it; a version
# that is named counts there as well, but who comes late is told what became of the sale (409).
STATE_FIRST = {
    "POST /api/v1/sales/{sale_id}/complete",
    "POST /api/v1/sales/{sale_id}/void",
}
VERSION_IF_SENT = {
    *STATE_FIRST,
    *(
        f"POST /api/v1/sales/{{sale_id}}/{step}"
        for step in ("confirm", "reopen", "fulfil", "reprice")
    ),
    *(f"POST /api/v1/purchases/{{purchase_id}}/{step}" for step in ("order", "cancel", "close")),
    *(
        f"POST /api/v1/returns/{{return_id}}/{step}"
        for step in ("approve", "reject", "cancel", "receive", "refund")
    ),
    *(
        f"POST /api/v1/inventory/counts/{{count_id}}/{step}"
        for step in ("review", "post", "cancel")
    ),
    *(
        f"POST /api/v1/inventory/transfers/{{transfer_id}}/{step}"
        for step in ("receive", "close", "cancel")
    ),
}
# Reviewed: the thing stands in a member of the answer, beside what changed.
ANSWERS_MORE = {"POST /api/v1/sales/{sale_id}/reprice": "sale"}
# Reviewed: the body names the stock that the caller took to be there.
EXPECTS_A_VALUE = {"PUT /api/v1/inventory/levels/{product_id}/{location_id}"}


def test_every_patch_names_a_version() -> None:
    changing = {route for route in WRITING if route.startswith(("PATCH", "PUT"))}
    assert changing - EXPECTS_A_VALUE <= set(VERSIONED)


@pytest.mark.case("B06")
async def test_a_version_that_is_stale_or_missing_changes_nothing(writes: Writes) -> None:
    for route in VERSIONED:
        sound = await writes.sound(route)
        before = await writes.state()
        refusals = {'"7"': (412, "version_conflict"), 'W/"1"': (400, "invalid_header")}
        for match, expected in refusals.items():
            answer = await Sound(route=route, path=sound.path, body=sound.body, match=match).send(
                writes.http, writes.headers()
            )
            assert (answer.status_code, answer.json()["code"]) == expected, (route, match)
        if route not in VERSION_IF_SENT:
            without = Sound(route=route, path=sound.path, body=sound.body)
            answer = await without.send(writes.http, writes.headers())
            assert answer.status_code == 428, (route, answer.text)
            assert answer.json()["code"] == "precondition_required"
        assert await writes.state() == before, route

        answer = await sound.send(writes.http, writes.headers())
        assert answer.is_success, (route, answer.text)


@pytest.mark.case("B06")
async def test_of_twenty_changes_at_once_one_is_taken(
    database: Database, tmp_path: Path, sign_in: SignIn, store: Store
) -> None:
    """The twenty go to two server processes, each with a body of its own."""
    with serving(database, tmp_path, processes=SERVERS) as addresses:
        async with AsyncExitStack() as stack:
            limits = Limits(max_connections=AT_ONCE)
            clients = [
                await stack.enter_async_context(
                    AsyncClient(base_url=address, timeout=60, limits=limits, trust_env=False)
                )
                for address in addresses
            ]
            writes = Writes(clients[0], sign_in, store)
            for route in VERSIONED:
                await _race(writes, clients, route)


async def _race(writes: Writes, clients: list[AsyncClient], route: str) -> None:
    sound = await writes.sound(route)
    assert sound.match is not None
    rows = await _audit_rows(writes.store)

    answers = await asyncio.gather(
        *(sound.send(clients[n % SERVERS], writes.headers()) for n in range(AT_ONCE))
    )

    told = Counter(answer.status_code for answer in answers)
    assert await _audit_rows(writes.store) == rows + 1, route
    if route.startswith("DELETE"):
        # Who comes late finds nothing, or that what it read is gone.
        assert (told[204], told[404] + told[412]) == (1, AT_ONCE - 1), (route, told)
        found = await writes.http.get(sound.address, headers=writes.headers())
        assert found.status_code == 404
        return
    late = 409 if route in STATE_FIRST else 412
    assert told == {200: 1, late: AT_ONCE - 1}, (route, [answer.text for answer in answers])
    [taken] = [answer for answer in answers if answer.status_code == 200]
    found = await writes.http.get(sound.address, headers=writes.headers())
    told_of = taken.json()
    assert found.json() == told_of.get(ANSWERS_MORE.get(route), told_of), route
    assert found.headers["ETag"] == taken.headers["ETag"]
    assert _number(taken.headers["ETag"]) == _number(sound.match) + 1


def _number(etag: str) -> int:
    return int(etag.strip('"'))


async def _audit_rows(store: Store) -> int:
    [row] = await store.rows(select(func.count().label("n")).select_from(audit_log))
    return int(row["n"])
