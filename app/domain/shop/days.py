"""Days of the shop as instants: the one place where a day becomes a beginning and an end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.common.errors import InvalidValue

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return in UTC when the day begins; the day before ends there.

    Where the clocks jump over midnight it is the moment of the jump, where midnight comes twice
    the first of the two.
    """
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time that begins at `since` and ends before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Whole days by the shop's calendar, the last one included."""

    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def of(cls, first: date, last: date, *, time_zone: str, most: int) -> Days:
        """Refuses days that run backwards or are too many."""
        if last < first:
            raise InvalidValue.of("to", "the last day is not before the first")
        if (last - first).days >= most:
            raise InvalidValue.of("to", f"at most {most} days at a time")
        return cls(first=first, last=last, zone=ZoneInfo(time_zone))

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def whole(self) -> Span:
        return Span(
            since=start_of_day(self.first, self.zone),
            until=start_of_day(self.last + _DAY, self.zone),
        )

    def each(self) -> Iterator[date]:
        return (self.first + _DAY * number for number in range(self.count))

    def days(self) -> list[Span]:
        """Return each day: of 23 or 25 hours where the clocks are changed."""
        starts = [start_of_day(day, self.zone) for day in self.each()]
        return [
            Span(since=since, until=until)
            for since, until in zip(starts, [*starts[1:], self.whole.until], strict=True)
        ]

    def hours(self) -> list[Span]:
        """Return each hour, counted from where its day begins; the last of a day may be shorter."""
        return [
            Span(since=since, until=min(since + _HOUR, day.until))
            for day in self.days()
            for since in _steps(day)
        ]


def _steps(span: Span) -> Iterator[datetime]:
    moment = span.since
    while moment < span.until:
        yield moment
        moment += _HOUR
