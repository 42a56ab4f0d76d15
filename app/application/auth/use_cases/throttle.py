"""Count tries of passwords in shared storage, before any password is looked at."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.application.auth.ports import AuthWork
from app.domain.auth.throttle import LIMITS, Counted, TooManyTries, Tries, network_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at an account from an address, under the keys by which it is counted."""

    email_key: str
    network: str
    keys: Mapping[Counted, bytes]


class Throttle:
    """The keys are made with a secret: what people type, at times a password, is not kept."""

    def __init__(self, work: Callable[[], AuthWork], *, secret: bytes) -> None:
        self._work = work
        self._key = hmac.digest(secret, b"stockbook login throttle", "sha256")

    def attempt(self, email_key: str, address: str | None) -> Attempt:
        network = network_of(address)
        subjects = {
            Counted.PAIR: f"{email_key}\0{network}",
            Counted.ACCOUNT: email_key,
            Counted.NETWORK: network,
        }
        keys = {
            counted: hmac.digest(
                self._key, f"{counted}\0{subject}".encode("utf-8", "surrogatepass"), "sha256"
            )
            for counted, subject in subjects.items()
        }
        return Attempt(email_key=email_key, network=network, keys=keys)

    async def take(self, attempt: Attempt) -> None:
        """Count the try, or refuse it with `TooManyTries`; the same for accounts that are none."""
        async with self._work() as work:
            now = work.started_at
            tries = await work.tries.hold(attempt.keys.values())
            waits = {counted: tries[key].pause_left(now) for counted, key in attempt.keys.items()}
            counting = set(attempt.keys)

            if waits[Counted.ACCOUNT] and await self._is_known(work, attempt):
                counting.remove(Counted.ACCOUNT)
            longest = max(waits[counted] for counted in counting)
            if longest > timedelta(0):
                raise TooManyTries(longest)

            await work.tries.save(
                {
                    attempt.keys[counted]: tries[attempt.keys[counted]].and_one(
                        LIMITS[counted], at=now
                    )
                    for counted in counting
                }
            )
            await work.commit()

    async def _is_known(self, work: AuthWork, attempt: Attempt) -> bool:
        """Tell whether the account's owner has signed in from this network before."""
        addresses = await work.sessions.addresses_of(attempt.email_key)
        return attempt.network in {network_of(address) for address in addresses}


async def forgive(attempt: Attempt, work: AuthWork) -> None:
    """The password was right: the account begins anew, the network loses this one try."""
    tries = await work.tries.hold(attempt.keys.values())
    of_network = attempt.keys[Counted.NETWORK]
    await work.tries.save(
        {
            attempt.keys[Counted.PAIR]: Tries(),
            attempt.keys[Counted.ACCOUNT]: Tries(),
            of_network: tries[of_network].less_one(),
        }
    )
    await work.tries.forget_old(at=work.started_at)
