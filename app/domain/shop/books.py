"""The shop's books: by which calendar they count days, and which days are closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.common.errors import Conflict, FieldError, InvalidValue
from app.domain.shop.days import start_of_day

CLOCK_SKEW = timedelta(minutes=5)
_DAY = timedelta(days=1)


class PeriodClosed(Conflict):
    """The day lies in a period whose books are closed; the answer names the first open day."""

    code = "period_closed"
    title = "The period is closed"

    @classmethod
    def before(cls, first_open_day: date, detail: str, *, field: str | None = None) -> PeriodClosed:
        said = f"{detail}; the first open day is {first_open_day.isoformat()}"
        return cls(
            f"{said}." if field is None else f"{field}: {said}",
            errors=() if field is None else (FieldError(f"/{field}", cls.code, said),),
            extra={"first_open_day": first_open_day.isoformat()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Days up to and with `closed_through` are closed; none is while it is None."""

    time_zone: str
    closed_through: date | None = None

    @property
    def first_open_day(self) -> date | None:
        return None if self.closed_through is None else self.closed_through + _DAY

    def day(self, moment: datetime) -> date:
        """Return the day on the shop's calendar."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def is_open(self, moment: datetime) -> bool:
        return self.closed_through is None or self.day(moment) > self.closed_through

    def posting_date(self, occurred_at: datetime) -> datetime:
        """Return when something counts in the books: when it happened, or if that day is closed
        the first instant of the first open one.
        """
        if self.first_open_day is None or self.is_open(occurred_at):
            return occurred_at
        return start_of_day(self.first_open_day, ZoneInfo(self.time_zone))

    def require_open(self, occurred_at: datetime, *, field: str = "occurred_at") -> None:
        """Refuse with `PeriodClosed` what would change the books of a closed day."""
        if self.first_open_day is not None and not self.is_open(occurred_at):
            detail = f"the books of {self.day(occurred_at).isoformat()} are closed"
            raise PeriodClosed.before(self.first_open_day, detail, field=field)

    def document_date(self, occurred_at: datetime | None, *, at: datetime) -> datetime:
        """Return when a document happened, which may be told late but not for a closed day."""
        moment = took_place(occurred_at, at=at)
        self.require_open(moment)
        return moment


def took_place(occurred_at: datetime | None, *, at: datetime) -> datetime:
    """Return when something happened: now, or earlier if it is told late, but not ahead of now."""
    if occurred_at is None:
        return at
    if occurred_at > at + CLOCK_SKEW:
        raise InvalidValue.of("occurred_at", "lies in the future")
    return occurred_at
