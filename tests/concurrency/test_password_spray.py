"""Two server processes count guesses together, whatever address a client claims to have."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select

from app.domain.auth.throttle import LIMITS, Counted
from app.domain.auth.user import User
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import EMAIL, Store
from tests.fixtures.databases import Database
from tests.fixtures.real_servers import serving

TRIES = 60
AT_ONCE = 6


@pytest.mark.case("A11")
async def test_a_spray_over_two_processes_is_one_spray(
    database: Database, admin: User, store: Store, tmp_path: Path
) -> None:
    with serving(database, tmp_path, processes=2) as addresses:
        async with AsyncClient(timeout=60) as client:
            gate = asyncio.Semaphore(AT_ONCE)

            async def guess(number: int) -> tuple[int, bool]:
                async with gate:
                    answer = await client.post(
                        f"{addresses[number % 2]}/api/v1/auth/login",
                        json={"email": EMAIL, "password": f"wrong password number {number}"},
                        headers={"X-Forwarded-For": f"10.0.{number}.1"},
                    )
                return answer.status_code, "Retry-After" in answer.headers

            answers = await asyncio.gather(*(guess(number) for number in range(TRIES)))

    looked_at = sum(status == 401 for status, _ in answers)
    assert set(answers) == {(401, False), (429, True)}
    # The pauses grow from one second, so that a slow run may let a few more in.
    assert LIMITS[Counted.PAIR].free < looked_at < 2 * LIMITS[Counted.PAIR].free
    [refused] = await store.rows(
        select(func.count().label("n")).where(audit_log.c.action == "user.login_refused")
    )
    assert refused["n"] == looked_at
