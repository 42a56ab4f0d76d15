"""Answers that stay open: so many at most in a process, and all of them end when it stops."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.common.errors import Busy

MOST_STREAMS = 64


class TooManyStreams(Busy):
    """As many streams are open as this process holds."""

    code = "too_many_streams"
    title = "Too many streams are open"


class Streams:
    """The streams that are open; each has an event that is set when it shall end."""

    def __init__(self, *, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._open: set[asyncio.Event] = set()
        self._stopped = False

    @contextmanager
    def place(self) -> Iterator[asyncio.Event]:
        """Hold a place until the block ends; `TooManyStreams` when all are taken."""
        if len(self._open) >= self._most:
            raise TooManyStreams(f"At most {self._most} streams are open at a time.")
        stop = asyncio.Event()
        if self._stopped:
            stop.set()
        self._open.add(stop)
        try:
            yield stop
        finally:
            self._open.remove(stop)

    def stop(self) -> None:
        """End all streams, those that are still to come as well."""
        self._stopped = True
        for stop in self._open:
            stop.set()
