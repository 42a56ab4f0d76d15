"""When things count in the books, and on which days nothing more does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.common.errors import InvalidValue
from app.domain.common.numbers import posting_year
from app.domain.shop.books import Books, PeriodClosed, took_place

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
OCTOBER = Books(time_zone="Europe/Berlin", closed_through=date(2026, 10, 31))
FIRST = datetime(2026, 10, 31, 23, tzinfo=UTC)  # midnight in Berlin
TICK = timedelta(microseconds=1)


def test_without_a_closed_period_everything_counts_when_it_happened() -> None:
    books = Books(time_zone="UTC")

    assert books.is_open(datetime(1900, 1, 2, tzinfo=UTC))
    assert books.posting_date(NOON) == NOON
    assert books.first_open_day is None


def test_a_closed_day_ends_at_midnight_on_the_calendar_of_the_shop() -> None:
    assert OCTOBER.is_open(FIRST)
    assert not OCTOBER.is_open(FIRST - TICK)
    assert OCTOBER.posting_date(FIRST) == FIRST
    assert OCTOBER.posting_date(FIRST - TICK) == FIRST
    assert OCTOBER.posting_date(FIRST - timedelta(days=400)) == FIRST


def test_a_document_of_a_closed_day_is_refused_and_told_the_first_open_one() -> None:
    assert OCTOBER.document_date(FIRST, at=NOON) == FIRST
    assert OCTOBER.document_date(None, at=NOON) == NOON

    with pytest.raises(PeriodClosed) as refused:
        OCTOBER.document_date(FIRST - TICK, at=NOON)

    assert refused.value.detail == (
        "occurred_at: the books of 2026-10-31 are closed; the first open day is 2026-11-01"
    )
    assert refused.value.errors[0].pointer == "/occurred_at"
    assert refused.value.extra == {"first_open_day": "2026-11-01"}


def test_nothing_happens_ahead_of_now_but_a_clock_may_run_fast() -> None:
    ahead = NOON + timedelta(minutes=5)

    assert took_place(ahead, at=NOON) == ahead
    with pytest.raises(InvalidValue):
        took_place(ahead + TICK, at=NOON)


def test_the_year_of_a_number_is_that_of_the_posting_date() -> None:
    last_year = Books(time_zone="Europe/Berlin", closed_through=date(2026, 12, 31))
    late = datetime(2026, 12, 31, 12, tzinfo=UTC)

    assert posting_year(OCTOBER.posting_date(late), time_zone="Europe/Berlin") == 2026
    assert posting_year(last_year.posting_date(late), time_zone="Europe/Berlin") == 2027


@pytest.mark.parametrize(
    "zone",
    ["UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "America/Asuncion",
     "Asia/Beirut", "Atlantic/Azores", "Australia/Lord_Howe", "Pacific/Apia"],
)  # fmt: skip
def test_the_first_open_instant_lies_on_the_first_open_day_everywhere(zone: str) -> None:
    """Also where a clock is put forward at midnight, so that the day begins at one."""
    day = date(2018, 1, 1)
    while day.year < 2020:
        books = Books(time_zone=zone, closed_through=day)
        first = books.posting_date(datetime(1990, 1, 1, tzinfo=UTC))
        assert (books.day(first), books.day(first - TICK)) == (day + timedelta(1), day)
        day += timedelta(1)
