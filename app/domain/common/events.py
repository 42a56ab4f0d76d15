"""Past-tense facts that aggregates record; the unit of work writes them to the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.domain.common.identifiers import Ulid


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """Something that happened; `name` is part of the public contract, as in `product.created`."""

    name: ClassVar[str] = "event"
    subject: Ulid


class EventRecorderMixin:
    """Collects events of an aggregate.

    The list is made lazily: an entity that was loaded by a mapper never ran `__init__`.
    """

    def record(self, event: DomainEvent) -> None:
        self.__dict__.setdefault("_recorded", []).append(event)

    def take_events(self) -> list[DomainEvent]:
        """Return what was recorded since the last call, oldest first."""
        taken: list[DomainEvent] = self.__dict__.pop("_recorded", [])
        return taken
