"""Document numbers: a series, a year, and a count without gaps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

_NUMBER = re.compile(r"([A-Z]{1,8})-(\d{4})-(\d{6,12})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class DocumentNumber:
    """Printed as `S-2026-000042`; given when the document is posted, never to a draft."""

    series: str
    year: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.series}-{self.year:04d}-{self.sequence:06d}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the number that is printed so, or None."""
        match = _NUMBER.fullmatch(text.strip().upper())
        if match is None:
            return None
        number = cls(match.group(1), int(match.group(2)), int(match.group(3)))
        return number if str(number) == match.group(0) else None


def posting_year(posted_at: datetime, *, time_zone: str) -> int:
    """Return the year of the posting as the shop's calendar says it."""
    return posted_at.astimezone(ZoneInfo(time_zone)).year
