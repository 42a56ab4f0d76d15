"""The unit of work: one transaction with its audit rows, events and stored answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from app.application.common.actor import Actor
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import Ulid


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit log.

    `action` is `product.updated`; `changes` maps a field to its value before and after. Secrets
    and personal data never stand in it: such a field is named in `redacted`.
    """

    actor: Actor
    action: str
    object_kind: str
    object_id: Ulid | None
    changes: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    redacted: tuple[str, ...] = ()
    note: Mapping[str, object] = field(default_factory=dict)


class UnitOfWork(Protocol):
    """Leave the block without `commit` and nothing has happened.

    Each module narrows this to the repositories it needs.
    """

    async def __aenter__(self) -> Self:
        """Begin a transaction; raises `AlreadyAnswered` for a repeated request."""
        ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    @property
    def started_at(self) -> datetime:
        """The instant at which this transaction began: `recorded_at` of all that it writes."""
        ...

    def track(self, aggregate: EventRecorderMixin) -> None:
        """Write the events that the aggregate records to the outbox when this commits."""
        ...

    def publish(self, event: DomainEvent) -> None:
        """Write an event that no aggregate recorded to the outbox when this commits."""
        ...

    def audit(
        self,
        actor: Actor,
        action: str,
        subject: Ulid | None,
        *,
        changes: Mapping[str, tuple[object, object]] | None = None,
        redacted: tuple[str, ...] = (),
        note: Mapping[str, object] | None = None,
    ) -> None:
        """Write an audit row when this commits; the object's kind is the head of `action`."""
        ...

    async def flush(self) -> None:
        """Send pending changes to the database now, so that its refusals show here."""
        ...

    async def commit(self, result: object = None) -> None:
        """Make it durable, together with the answer that `result` renders to."""
        ...
