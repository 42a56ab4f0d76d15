"""What a stream of an import sends, and when it ends; time passes as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, repeat

from app.api.v1.import_events import Pace, watch
from app.api.v1.schemas.imports import ImportItemOut
from app.application.imports.queries import ImportItem, ImportStatus
from app.domain.common.identifiers import ImportId

NO_COUNTS = dict.fromkeys(
    ("created", "updated", "unchanged", "failed", "blank", "continuation", "withheld", "warnings"),
    0,
)
WAITING = ImportItem(
    id=ImportId(int=7),
    kind="products",
    status=ImportStatus.ANALYSED,
    phase=None,
    dry_run=False,
    file_name="tea.csv",
    file_size=100,
    file_hash="0" * 64,
    records=4,
    records_read=0,
    counts=NO_COUNTS,
    cancel_requested=False,
    error=None,
    user_id=None,
    created_at=datetime(2026, 1, 2, tzinfo=UTC),
    started_at=None,
    finished_at=None,
)
QUEUED = replace(WAITING, status=ImportStatus.QUEUED)
HALF = replace(
    WAITING, status=ImportStatus.RUNNING, counts=NO_COUNTS | {"created": 2}, records_read=2
)
DONE = replace(WAITING, status=ImportStatus.COMPLETED, counts=NO_COUNTS | {"created": 4})


@dataclass
class Watched:
    """An import whose states follow one another, one second apart, the last one for ever."""

    states: tuple[ImportItem, ...]
    allowed_seconds: float = float("inf")
    seconds: float = 0
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    meanwhile: Callable[[], None] = lambda: None

    async def seen(self, *, wait: int = 60) -> list[tuple[str | None, str | None, object]]:
        coming = chain(self.states, repeat(self.states[-1]))

        async def read() -> ImportItem:
            self.seconds += 1
            self.meanwhile()
            return next(coming)

        async def allowed() -> bool:
            return self.seconds < self.allowed_seconds

        events = watch(
            read,
            allowed=allowed,
            stop=self.stop,
            wait=wait,
            pace=Pace(look_seconds=0, check_seconds=5),
            now=lambda: self.seconds,
        )
        return [(event.event, event.id, event.data) async for event in events]


def out(item: ImportItem) -> ImportItemOut:
    return ImportItemOut.of(item)


async def test_each_state_is_sent_once_and_the_end_is_told() -> None:
    seen = await Watched((WAITING, QUEUED, QUEUED, HALF, HALF, DONE)).seen()

    assert seen == [
        ("progress", "1", out(WAITING)),
        ("progress", "2", out(QUEUED)),
        ("progress", "3", out(HALF)),
        ("progress", "4", out(DONE)),
        ("done", "5", out(DONE)),
    ]
    assert [item.percent for item in (WAITING, HALF, DONE)] == [0, 50, 100]


async def test_an_import_that_is_over_is_told_at_once() -> None:
    assert await Watched((DONE,)).seen(wait=0) == [
        ("progress", "1", out(DONE)),
        ("done", "2", out(DONE)),
    ]


async def test_the_time_to_wait_begins_anew_with_each_change() -> None:
    watched = Watched((WAITING,) * 8 + (QUEUED,) * 20)

    seen = await watched.seen(wait=10)

    assert [event for event, _, _ in seen] == ["progress", "progress", "idle"]
    assert seen[-1] == ("idle", "3", out(QUEUED))
    assert watched.seconds == 8 + 1 + 10


async def test_nothing_is_waited_for_when_the_caller_will_not_wait() -> None:
    assert [event for event, _, _ in await Watched((HALF,)).seen(wait=0)] == ["progress", "idle"]


async def test_whoever_may_no_longer_see_it_gets_no_more() -> None:
    watched = Watched((WAITING,) * 20 + (QUEUED,), allowed_seconds=12)

    seen = await watched.seen()

    assert seen == [("progress", "1", out(WAITING))]
    # It is asked after 5, 10 and 15 seconds.
    assert watched.seconds == 15


async def test_a_server_that_stops_ends_it_before_another_look() -> None:
    watched = Watched((WAITING, QUEUED, HALF))
    watched.meanwhile = lambda: watched.stop.set() if watched.seconds == 2 else None

    assert [data for _, _, data in await watched.seen()] == [out(WAITING), out(QUEUED)]


async def test_only_the_first_event_says_when_to_connect_again() -> None:
    async def read() -> ImportItem:
        return DONE

    async def allowed() -> bool:
        return True

    events = watch(read, allowed=allowed, stop=asyncio.Event(), wait=0, pace=Pace())

    assert [event.retry async for event in events] == [2000, None]
