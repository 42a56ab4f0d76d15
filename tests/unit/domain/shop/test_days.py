"""Days of a shop: where they begin, how long they are, and that none is lost between two."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.errors import InvalidValue
from app.domain.shop.days import Days, Span, start_of_day

HOUR = timedelta(hours=1)
ZONES = ["Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata",
         "Australia/Lord_Howe", "Pacific/Apia", "America/Havana", "UTC"]  # fmt: skip


def days(first: date, last: date, zone: str = "Europe/Berlin") -> Days:
    return Days.of(first, last, time_zone=zone, most=10_000)


@pytest.mark.case("REP-01")
def test_the_evening_before_in_utc_belongs_to_the_day_of_the_shop() -> None:
    (second,) = days(date(2026, 7, 2), date(2026, 7, 2)).days()

    assert second == Span(
        since=datetime(2026, 7, 1, 22, 0, tzinfo=UTC), until=datetime(2026, 7, 2, 22, 0, tzinfo=UTC)
    )


@pytest.mark.case("REP-01")
@pytest.mark.parametrize(("day", "hours"), [
    (date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 2), 24),
])  # fmt: skip
def test_days_on_which_clocks_are_changed(day: date, hours: int) -> None:
    asked = days(day, day)

    assert asked.whole.until - asked.whole.since == hours * HOUR
    assert len(asked.hours()) == hours
    assert {span.until - span.since for span in asked.hours()} == {HOUR}


def test_a_day_begins_when_the_clocks_jump_over_midnight() -> None:
    # Until 2018 Brazil's summer began at midnight, which did not exist.
    zone = ZoneInfo("America/Sao_Paulo")

    begin = start_of_day(date(2018, 11, 4), zone)

    assert begin == datetime(2018, 11, 4, 3, 0, tzinfo=UTC)
    assert begin.astimezone(zone).isoformat() == "2018-11-04T01:00:00-02:00"


def test_a_day_begins_with_the_first_of_two_midnights() -> None:
    assert start_of_day(date(2026, 11, 1), ZoneInfo("America/Havana")) == datetime(
        2026, 11, 1, 4, 0, tzinfo=UTC
    )


def test_half_an_hour_is_left_where_a_day_has_one() -> None:
    asked = days(date(2026, 4, 5), date(2026, 4, 5), "Australia/Lord_Howe")

    assert [span.until - span.since for span in asked.hours()] == [*[HOUR] * 24, HOUR // 2]


@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(1990, 1, 1), date(2035, 1, 1)),
    length=st.integers(0, 400),
    second=st.integers(0, 10**9),
)
def test_every_instant_is_in_one_day_and_one_hour(
    zone: str, first: date, length: int, second: int
) -> None:
    asked = days(first, first + timedelta(days=length), zone)
    whole = asked.whole
    seconds = int((whole.until - whole.since).total_seconds())

    for spans in (asked.days(), asked.hours()):
        assert (spans[0].since, spans[-1].until) == (whole.since, whole.until)
        assert all(a.until == b.since for a, b in pairwise(spans))
    if seconds:
        moment = whole.since + timedelta(seconds=second % seconds)
        (number,) = [n for n, day in enumerate(asked.days()) if day.since <= moment < day.until]
        assert first + timedelta(days=number) == moment.astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize("last", [date(2026, 6, 30), date(2026, 7, 4)])
def test_days_that_run_backwards_or_are_too_many(last: date) -> None:
    with pytest.raises(InvalidValue) as refused:
        Days.of(date(2026, 7, 1), last, time_zone="UTC", most=3)

    assert [fault.pointer for fault in refused.value.errors] == ["/to"]
