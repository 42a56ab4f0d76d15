"""A clock that the demo sets, so that its three days pass in seconds."""

from __future__ import annotations

from datetime import datetime


class StoryClock:
    """Stands still until it is set; it never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def go_to(self, instant: datetime) -> None:
        self._now = max(self._now, instant)
