"""Watch an import: its state is sent whenever it is another one, until the import is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from anyio import CancelScope
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.api.deps import ServicesDep, StillMay, requires, still
from app.api.errors import errors
from app.api.streams import Streams, TooManyStreams
from app.api.v1.schemas.common import ImportIdField
from app.api.v1.schemas.imports import ImportItemOut
from app.application.common.actor import Actor
from app.application.imports.queries import ImportItem
from app.domain.auth.roles import Permission
from app.domain.common.errors import NotFound

router = APIRouter(prefix="/imports", tags=["imports"])

RETRY_MILLISECONDS = 2000
WAIT_SECONDS = 60
MOST_WAIT_SECONDS = 300
_DESCRIPTION = """
Server-sent events, each with the import as the list of imports shows it:

- `progress`: the present state, at once and then whenever it is another one;
- `done`: the import is over, nothing more will come: do not connect again;
- `idle`: nothing changed for `wait` seconds; connect again to go on watching.

The stream also ends, without a last event, when the caller may no longer read it or the server
stops. Nothing is replayed, so `Last-Event-ID` is not needed: the first event is always the present
state. A comment every 15 seconds shows that the stream is alive.
"""
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events, as they happen.",
        "content": {
            "text/event-stream": {
                "itemSchema": {
                    "required": ["event", "data", "id"],
                    "properties": {
                        "event": {"enum": ["progress", "done", "idle"]},
                        "data": {
                            "contentMediaType": "application/json",
                            "contentSchema": {"$ref": "#/components/schemas/ImportItemOut"},
                        },
                    },
                }
            }
        },
    }
}


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a stream looks at the import, and how often at the caller's right to see it."""

    look_seconds: float = 0.5  # float: seconds, not money
    check_seconds: float = 5  # float: seconds, not money


async def get_pace() -> Pace:
    return Pace()


async def get_place(
    import_id: ImportIdField, request: Request, response: Response, services: ServicesDep
) -> AsyncIterator[asyncio.Event]:
    """Refuse while it can still be refused: once a stream has begun, its status is sent."""
    await services.imports.item(import_id)
    streams: Streams = request.app.state.streams
    response.headers["Cache-Control"] = "no-store"
    with streams.place() as stop:
        yield stop


@router.get(
    "/{import_id}/events",
    response_class=EventSourceResponse,
    summary="Watch an import",
    description=_DESCRIPTION,
    responses=_EVENTS | errors(NotFound, TooManyStreams),
)
async def events(
    import_id: ImportIdField,
    services: ServicesDep,
    _: Annotated[Actor, requires(Permission.IMPORTS_READ)],
    allowed: Annotated[StillMay, still(Permission.IMPORTS_READ)],
    stop: Annotated[asyncio.Event, Depends(get_place)],
    pace: Annotated[Pace, Depends(get_pace)],
    wait: Annotated[
        int,
        Query(ge=0, le=MOST_WAIT_SECONDS, description="Seconds without a change until it ends."),
    ] = WAIT_SECONDS,
) -> AsyncIterator[ServerSentEvent]:
    watched = watch(
        lambda: services.imports.item(import_id), allowed=allowed, stop=stop, wait=wait, pace=pace
    )
    async for event in watched:
        yield event


async def watch(
    read: Callable[[], Awaitable[ImportItem]],
    *,
    allowed: StillMay,
    stop: asyncio.Event,
    wait: int,
    pace: Pace,
    now: Callable[[], float] = time.monotonic,  # float: seconds, not money
) -> AsyncIterator[ServerSentEvent]:
    """Yield the states of an import; no connection is held between two looks."""
    number = 0
    sent: ImportItem | None = None
    changed = checked = now()
    while True:
        # A client that goes away must not tear off a connection in the middle of a short read.
        with CancelScope(shield=True):
            item = await read()
        if item != sent:
            number += 1
            yield _event("progress", number, item)
            sent, changed = item, now()
        if item.status.is_over:
            yield _event("done", number + 1, item)
            return
        if now() - changed >= wait:
            yield _event("idle", number + 1, item)
            return
        if await _is_set(stop, within=pace.look_seconds):
            return
        if now() - checked >= pace.check_seconds:
            with CancelScope(shield=True):
                goes_on = await allowed()
            if not goes_on:
                return
            checked = now()


def _event(name: str, number: int, item: ImportItem) -> ServerSentEvent:
    return ServerSentEvent(
        event=name,
        id=str(number),
        retry=RETRY_MILLISECONDS if number == 1 else None,
        data=ImportItemOut.of(item),
    )


async def _is_set(stop: asyncio.Event, *, within: float) -> bool:  # float: seconds, not money
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), within)
    return stop.is_set()
