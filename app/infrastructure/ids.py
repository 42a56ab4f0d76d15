"""ULIDs from python-ulid; in order inside one process, also within a millisecond."""

from __future__ import annotations

from threading import Lock

from ulid import ULID

from app.domain.common.identifiers import Id


class UlidSource:
    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def new(self, kind: type[Id]) -> Id:
        with self._lock:
            number = int(ULID())
            self._last = number if number > self._last else self._last + 1
            return kind(int=self._last)
