"""Pauses grow, end, and are not lengthened by whoever tries during one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.auth.throttle import (
    FORGOTTEN_AFTER,
    LIMITS,
    Counted,
    Limit,
    TooManyTries,
    Tries,
    network_of,
)

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LIMIT = Limit(free=3, longest=timedelta(seconds=5))


def seconds(failures: int) -> float:
    return LIMIT.pause(failures).total_seconds()


def test_pauses_double_up_to_the_longest() -> None:
    assert [seconds(failures) for failures in range(9)] == [0, 0, 0, 0, 1, 2, 4, 5, 5]
    assert seconds(10_000) == 5


def test_tries_add_up_until_they_are_forgotten() -> None:
    tries = Tries()
    for _ in range(4):
        tries = tries.and_one(LIMIT, at=NOW)

    assert tries == Tries(4, NOW, NOW + timedelta(seconds=1))
    assert tries.pause_left(NOW) == timedelta(seconds=1)
    assert tries.pause_left(NOW + timedelta(seconds=2)) == timedelta(0)
    assert tries.and_one(LIMIT, at=NOW + FORGOTTEN_AFTER) == Tries(1, NOW + FORGOTTEN_AFTER)
    assert tries.less_one() == Tries(3, NOW)
    assert Tries().less_one() == Tries()


def test_a_strangers_tries_at_one_account_stay_below_a_hundred_a_day() -> None:
    """Whoever tries as soon as every pause ends, from ever new networks."""
    limit, passed, tries = LIMITS[Counted.ACCOUNT], timedelta(0), 0
    while passed < timedelta(days=1):
        tries += 1
        passed += limit.pause(tries)

    assert tries < 100


@pytest.mark.parametrize(
    ("pause", "wait"), [(timedelta(milliseconds=1), 1), (timedelta(seconds=61), 61)]
)
def test_says_how_long_to_wait_in_whole_seconds(pause: timedelta, wait: int) -> None:
    refusal = TooManyTries(pause)

    assert (refusal.seconds, refusal.extra) == (wait, {"retry_after": wait})


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_neighbours_share_a_network(address: str | None, network: str) -> None:
    assert network_of(address) == network
