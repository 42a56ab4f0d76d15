"""When something happened, as files tell it: with an offset, or by the clock of the shop."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, datetime
from zoneinfo import ZoneInfo

from app.domain.imports.faults import CellRefused

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,6})\d*)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)


def read_moment(text: str) -> datetime:
    """Read a day, or a day with a time; without an offset it is naive, a day its first moment."""
    match = _MOMENT.fullmatch(text)
    expected = "a moment such as 2026-01-31, 2026-01-31 18:00 or 2026-01-31T18:00:00+01:00"
    # At the ends of the calendar there is no room for the offset to UTC.
    if match is None or not MINYEAR < int(match[1][:4]) < MAXYEAR:
        raise CellRefused("invalid_moment", expected)
    day, time, fraction, offset = match.groups()
    part = "" if fraction is None else f".{fraction.ljust(6, '0')}"
    try:
        if time is None:
            return datetime.fromisoformat(day)
        whole = time if time.count(":") == 2 else f"{time}:00"
        return datetime.fromisoformat(f"{day}T{whole}{part}{(offset or '').upper()}")
    except ValueError:
        raise CellRefused("invalid_moment", expected) from None


def settled(moment: datetime, *, time_zone: str) -> datetime:
    """Return the instant; of an hour that the clock shows twice it is the first."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(time_zone))
