"""Time comes from a `Clock`, so that a test can stand still or travel."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the current instant, aware and in UTC, to the microsecond."""
        ...
