"""How often a password may be guessed: some tries at once, then pauses that grow.

Tries are counted for an account from one network, for the account, and for the network. A try
during a pause is not counted and does not lengthen it, so that nobody is shut out for good. A
network from which the owner of an account has signed in before does not feel the account's pauses,
only its own: strangers elsewhere cannot keep the owner out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

from app.domain.common.errors import DomainError

# Whoever was not wrong for so long begins anew.
FORGOTTEN_AFTER = timedelta(days=1)
_FIRST_PAUSE = timedelta(seconds=1)
_V4_BITS, _V6_BITS = 24, 64


class TooManyTries(DomainError):
    """Too many wrong passwords of late: `retry_after` says for how many seconds to wait."""

    code = "too_many_tries"
    title = "Too many tries, wait"

    def __init__(self, pause: timedelta) -> None:
        self.seconds = max(1, -(-pause // timedelta(seconds=1)))
        detail = f"Try again in {self.seconds} seconds."
        super().__init__(detail, extra={"retry_after": self.seconds})


class Counted(StrEnum):
    """What tries are counted for."""

    PAIR = "pair"
    ACCOUNT = "account"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Limit:
    """After `free` wrong tries each further one doubles the pause, up to `longest`."""

    free: int
    longest: timedelta

    def pause(self, failures: int) -> timedelta:
        beyond = failures - self.free
        if beyond <= 0:
            return timedelta(0)
        doublings = min(beyond - 1, 32)
        return min(_FIRST_PAUSE * (1 << doublings), self.longest)


LIMITS = {
    Counted.PAIR: Limit(free=10, longest=timedelta(hours=1)),
    Counted.ACCOUNT: Limit(free=50, longest=timedelta(hours=4)),
    Counted.NETWORK: Limit(free=50, longest=timedelta(hours=1)),
}


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong tries since the last right one, with the pause that they brought."""

    failures: int = 0
    last_at: datetime | None = None
    paused_until: datetime | None = None

    def pause_left(self, at: datetime) -> timedelta:
        if self.paused_until is None:
            return timedelta(0)
        return max(self.paused_until - at, timedelta(0))

    def and_one(self, limit: Limit, *, at: datetime) -> Tries:
        """Count a try as wrong until it turns out right, so that tries at once are all counted."""
        forgotten = self.last_at is None or at - self.last_at >= FORGOTTEN_AFTER
        failures = 1 if forgotten else self.failures + 1
        pause = limit.pause(failures)
        return Tries(failures, at, at + pause if pause else None)

    def less_one(self) -> Tries:
        """Take back a try that was right."""
        return Tries(max(self.failures - 1, 0), self.last_at, None)


def network_of(address: str | None) -> str:
    """Return the network that an address lies in; what is no address is a network of its own."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return address or ""
    bits = _V4_BITS if parsed.version == 4 else _V6_BITS
    return str(ip_network((parsed, bits), strict=False))
