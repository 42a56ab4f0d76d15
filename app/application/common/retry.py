"""Do a whole transaction again when the database asks for it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.domain.common.errors import Busy

Result = TypeVar("Result")

ATTEMPTS = 5
_FIRST_PAUSE_MS = 10


class TransactionAborted(Busy):
    """The database undid the transaction through no fault of it (SQLSTATE 40001, 40P01)."""


async def retrying(act: Callable[[], Awaitable[Result]]) -> Result:
    """Call `act`, which must be one unit of work, until it is not aborted; 5 times at most."""
    for attempt in range(ATTEMPTS - 1):
        try:
            return await act()
        except TransactionAborted:
            # Jitter parts the two that met; the figures follow PostgreSQL's advice in 13.5.
            milliseconds = random.randint(1, _FIRST_PAUSE_MS << attempt)  # nosec B311
            await asyncio.sleep(milliseconds / 1000)  # float: seconds, not money
    return await act()
