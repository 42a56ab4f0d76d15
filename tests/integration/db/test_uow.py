"""One transaction: everything of it or nothing, and a keyed request once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.actor import Actor
from app.application.common.answers import (
    KEPT_FOR,
    AlreadyAnswered,
    Answer,
    IdempotencyMismatch,
    Ticket,
)
from app.application.services import Services
from app.application.shop.use_cases.units import CreateUnit, RenameUnit
from app.core.settings import Settings
from app.domain.common.errors import AlreadyExists, VersionConflict
from app.domain.common.identifiers import UnitId
from app.domain.shop.unit import Unit
from app.infrastructure.db.session import write_engine
from app.infrastructure.db.tables.foundation import audit_log, idempotency_keys, outbox
from app.infrastructure.db.tables.shop import units

ACTOR = Actor(trace_id="trace-0001", route="POST /api/v1/units", address="127.0.0.1")


@asynccontextmanager
async def beside(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """A transaction of the test's own, beside those of the program."""
    engine = write_engine(settings.database_url, pool_size=1)
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


async def counts(settings: Settings) -> tuple[int, int, int, int]:
    """Units, audit rows, events and keys."""
    async with beside(settings) as connection:
        found = [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (units, audit_log, outbox, idempotency_keys)
        ]
    return found[0], found[1], found[2], found[3]


def render(result: object) -> Answer:
    assert isinstance(result, Unit)
    return Answer(201, f'{{"code":"{result.code}","version":{result.version}}}', {"ETag": '"1"'})


def ticket(key: str = "k1", *, fingerprint: bytes = b"1" * 32, scope: str = "me") -> Ticket:
    return Ticket(scope=scope, key=key, fingerprint=fingerprint, render=render)


async def create(services: Services, code: str, *, keyed: Ticket | None = None) -> Unit:
    create_unit = CreateUnit(services.work(keyed), ids=services.ids)
    return await create_unit(code=code, name="Crate", decimals=0, actor=ACTOR)


class TestOneTransaction:
    async def test_audit_and_event_stand_beside_the_change(
        self, services: Services, settings: Settings
    ) -> None:
        before = await counts(settings)
        unit = await create(services, "crate")

        assert await counts(settings) == (before[0] + 1, before[1] + 1, before[2] + 1, 0)
        async with beside(settings) as connection:
            row = (await connection.execute(select(audit_log))).mappings().one()
            event = (await connection.execute(select(outbox))).mappings().one()
        assert (row["action"], row["object_kind"], row["object_id"]) == (
            "unit.created",
            "unit",
            unit.id,
        )
        assert (row["trace_id"], row["route"], row["address"]) == (
            "trace-0001",
            "POST /api/v1/units",
            "127.0.0.1",
        )
        assert row["changes"]["code"] == {"before": None, "after": "crate"}
        assert event["subject_id"] == unit.id
        assert event["name"] == "unit.created"
        assert event["published_at"] is None

    async def test_a_refusal_leaves_nothing(self, services: Services, settings: Settings) -> None:
        await create(services, "crate")
        before = await counts(settings)

        with pytest.raises(AlreadyExists) as refusal:
            await create(services, "crate", keyed=ticket())

        assert refusal.value.errors[0].pointer == "/code"
        assert await counts(settings) == before

    async def test_leaving_without_commit_leaves_nothing(
        self, services: Services, settings: Settings
    ) -> None:
        before = await counts(settings)

        async with services.work(None) as work:
            identifier = services.ids.new(UnitId)
            work.units.add(Unit.create(identifier, code="crate", name="Crate", decimals=0))
            await work.flush()

        assert await counts(settings) == before

    async def test_a_stale_version_is_refused(self, services: Services) -> None:
        unit = await create(services, "crate")
        rename = RenameUnit(services.work(None))
        await rename(unit.id, name="Box", expected=1, actor=ACTOR)

        with pytest.raises(VersionConflict):
            await RenameUnit(services.work(None))(unit.id, name="Tin", expected=1, actor=ACTOR)

    async def test_of_two_that_read_the_same_version_one_writes(self, services: Services) -> None:
        """The UPDATE compares the version once more, for whoever comes between."""
        unit = await create(services, "crate")

        outcomes = await asyncio.gather(
            *(
                RenameUnit(services.work(None))(unit.id, name=f"N{n}", expected=1, actor=ACTOR)
                for n in range(5)
            ),
            return_exceptions=True,
        )

        assert sum(isinstance(outcome, Unit) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, VersionConflict) for outcome in outcomes) == 4


class TestKeyedRequest:
    async def test_the_second_gets_the_answer_of_the_first(
        self, services: Services, settings: Settings
    ) -> None:
        await create(services, "crate", keyed=ticket())
        before = await counts(settings)

        with pytest.raises(AlreadyAnswered) as replay:
            await create(services, "crate", keyed=ticket())

        assert replay.value.answer == Answer(201, '{"code":"crate","version":1}', {"ETag": '"1"'})
        assert await counts(settings) == before

    async def test_another_request_under_the_key_is_refused(self, services: Services) -> None:
        await create(services, "crate", keyed=ticket())

        with pytest.raises(IdempotencyMismatch):
            await create(services, "box", keyed=ticket(fingerprint=b"2" * 32))

    async def test_a_key_counts_for_one_caller_and_route(self, services: Services) -> None:
        await create(services, "crate", keyed=ticket())

        unit = await create(services, "box", keyed=ticket(scope="someone else"))

        assert unit.code == "box"

    async def test_a_refused_request_may_be_tried_again_under_its_key(
        self, services: Services
    ) -> None:
        first = await create(services, "crate")
        with pytest.raises(AlreadyExists):
            await create(services, "crate", keyed=ticket())

        again = await create(services, "box", keyed=ticket())

        assert (first.code, again.code) == ("crate", "box")

    async def test_twins_at_once_do_it_once(self, services: Services, settings: Settings) -> None:
        outcomes = await asyncio.gather(
            *(create(services, "crate", keyed=ticket()) for _ in range(5)),
            return_exceptions=True,
        )

        assert sum(isinstance(outcome, Unit) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, AlreadyAnswered) for outcome in outcomes) == 4
        assert (await counts(settings))[1:] == (1, 1, 1)

    async def test_an_old_key_is_new_again(self, services: Services, settings: Settings) -> None:
        old = {
            "scope": "me",
            "key": "k1",
            "fingerprint": b"9" * 32,
            "created_at": services.clock.now() - KEPT_FOR - timedelta(seconds=1),
            "status": 201,
            "headers": {},
            "body": "old",
        }
        async with beside(settings) as connection:
            await connection.execute(insert(idempotency_keys).values(old))

        unit = await create(services, "crate", keyed=ticket())

        assert unit.code == "crate"
        with pytest.raises(AlreadyAnswered) as replay:
            await create(services, "crate", keyed=ticket())
        assert replay.value.answer.body == '{"code":"crate","version":1}'
