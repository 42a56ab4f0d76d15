"""A repeated request does the work once: what is kept of the first answer, and under which key.

Semantics after the IETF draft `idempotency-key-header` and Stripe's v1 rules, but answers are
stored in the transaction of the effect, and only successful ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from app.domain.common.errors import Conflict, InvalidValue

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as it went to the caller."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One keyed request: `render` turns the result of the use case into the answer to keep.

    The key counts per `scope` (the caller and the route); `fingerprint` is the hash of what was
    asked.
    """

    scope: str
    key: str
    fingerprint: bytes
    render: Callable[[object], Answer]


class AlreadyAnswered(Exception):
    """Raised on entering a unit of work whose ticket has a stored answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__("answered before")


class IdempotencyMismatch(InvalidValue):
    """The key was used before with another request."""

    code = "idempotency_mismatch"
    title = "Idempotency-Key used for another request"


class IdempotencyInProgress(Conflict):
    """The first request with this key is still at work."""

    code = "idempotency_in_progress"
    title = "The first request with this key is still running"
