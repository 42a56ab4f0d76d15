"""A server that dies amid a batch of an offline till: sent again, the batch is finished, once."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from httpx2 import AsyncClient, HTTPError, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.application.services import Services
from app.domain.auth.roles import Role
from app.infrastructure.db.session import read_engine
from app.infrastructure.db.tables.sales import sales
from tests.fixtures.databases import Database
from tests.fixtures.real_servers import servers
from tests.fixtures.till import SALES, Json, Till, line

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL to send")

TOLD, SOME = 200, 5


async def posted(reading: AsyncEngine) -> int:
    async with reading.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(sales)) or 0)


async def tell(till: Till, address: str, batch: list[Json]) -> Response:
    headers = till.headers(Role.CASHIER, key="one batch")
    async with AsyncClient(base_url=address, timeout=60) as http:
        return await http.post(f"{SALES}/batch", json={"sales": batch}, headers=headers)


@pytest.mark.case("SAL-05")
async def test_a_batch_that_broke_off_is_finished_when_it_is_sent_again(
    till: Till, services: Services, database: Database, tmp_path: Path
) -> None:
    tea = await till.product("TEA")
    received = await till.http.post(
        "/api/v1/inventory/receipts",
        json={"lines": [line(tea, "150", unit_cost="2.00")]},
        headers=till.headers(Role.MANAGER),
    )
    assert received.status_code == 201
    complete = {
        "tenders": [{"kind": "cash", "amount": "10.00"}],
        "occurred_at": "2026-01-31T12:00:00Z",
    }
    batch: list[Json] = [
        {
            "register": "till-2",
            "client_id": str(number),
            "client_number": f"T-{number}",
            "lines": [line(tea)],
            "complete": complete,
        }
        for number in range(TOLD)
    ]

    # One that writes would wait for the lock that the batch takes again and again.
    reading = read_engine(database.url, pool_size=1)
    with servers(database, tmp_path, processes=2) as (first, second):
        telling = asyncio.create_task(tell(till, first.address, batch))
        while await posted(reading) < SOME:
            assert not telling.done()
        first.kill()
        with pytest.raises(HTTPError):
            await telling
        kept = await posted(reading)
        again = await tell(till, second.address, batch)

    await reading.dispose()
    assert SOME <= kept < TOLD
    answer = again.json()
    assert (answer["created"], answer["already_there"], answer["failed"]) == (TOLD - kept, kept, 0)
    assert [row["sequence"] for row in await till.rows(sales)] == list(range(1, TOLD + 1))
    assert await till.on_hand(tea) == "0.000"
    verification = await services.verifier.verify()
    assert [check.name for check in verification.checks if check.findings] == []
