"""Argon2id in threads of its own: a hash takes tens of milliseconds, the event loop has none."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.common.errors import Busy

Result = TypeVar("Result")

# OWASP's second choice for Argon2id: 19 MiB, two passes, one lane.
_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1
_SALT_BYTES, _HASH_BYTES = 16, 32
_THREADS = 2
_MOST_WAITING = 64


class Argon2Passwords:
    """Bounded in threads and in those who wait, so that logins cannot eat the machine."""

    def __init__(self, *, threads: int = _THREADS, waiting: int = _MOST_WAITING) -> None:
        self._argon2 = PasswordHasher(
            time_cost=_PASSES,
            memory_cost=_MEMORY_KIB,
            parallelism=_LANES,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )
        self._nobodys = _hash_of_nothing()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._places = threads + waiting
        self._taken = 0

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._argon2.hash(_encoded(password)))

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Compare; without a hash the same work is done on one that fits no password."""
        return await self._run(lambda: self._matches(hashed or self._nobodys, password))

    def is_outdated(self, hashed: str) -> bool:
        return self._argon2.check_needs_rehash(hashed)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._argon2.verify(hashed, _encoded(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._taken >= self._places:
            raise Busy("Too many sign-ins at once.")
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._taken -= 1


def _encoded(password: str) -> bytes:
    # JSON and a terminal may hand over a lone surrogate, which plain UTF-8 refuses.
    return password.encode("utf-8", "surrogatepass")


def _hash_of_nothing() -> str:
    """Return a well-formed hash that was made from no password, with the present parameters."""
    salt, tag = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (_SALT_BYTES, _HASH_BYTES)
    )
    return f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p={_LANES}${salt}${tag}"
