"""Wakes the worker of this process; others find the job when they look."""

from __future__ import annotations

import asyncio


class WakeBell:
    """An event that a waiter uses up; ringing while nobody waits is not lost."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Return when it rings, at the latest after so many seconds."""
        try:
            await asyncio.wait_for(self._event.wait(), timeout=seconds)
        except TimeoutError:
            return
        finally:
            self._event.clear()
