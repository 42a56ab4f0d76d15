"""Customers: whom the shop sells to by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.domain.common.changes import Changes, apply_changes
from app.domain.common.errors import Conflict
from app.domain.common.events import DomainEvent
from app.domain.parties.party import (
    PERSONAL_FIELDS,
    Party,
    PartyCreated,
    PartyDeleted,
    PartyJoined,
    PartyUpdated,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCreated(PartyCreated):
    """There is a new customer; `party` holds nothing personal."""

    name: ClassVar[str] = "customer.created"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUpdated(PartyUpdated):
    """A customer changed in the fields named."""

    name: ClassVar[str] = "customer.updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDeleted(PartyDeleted):
    """A customer that no document named is gone."""

    name: ClassVar[str] = "customer.deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerJoined(PartyJoined):
    """A customer was merged into another one."""

    name: ClassVar[str] = "customer.merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAnonymized(DomainEvent):
    """A customer is nobody any more; whoever holds a copy of what is personal deletes it."""

    name: ClassVar[str] = "customer.anonymized"


class CustomerIsAnonymous(Conflict):
    """The customer was anonymised, which is not undone."""

    code = "customer_anonymous"
    title = "The customer was anonymised"


class CustomerHasDrafts(Conflict):
    """Draft sales name the customer: complete or cancel them first."""

    code = "customer_has_drafts"
    title = "Draft sales name the customer"


@dataclass(eq=False, kw_only=True)
class Customer(Party):
    """`credit_limit_minor` is in the shop's currency; None sets no limit."""

    word: ClassVar[str] = "customer"
    series: ClassVar[str] = "CUS"
    created: ClassVar[type[PartyCreated]] = CustomerCreated
    updated: ClassVar[type[PartyUpdated]] = CustomerUpdated
    deleted: ClassVar[type[PartyDeleted]] = CustomerDeleted
    joined: ClassVar[type[PartyJoined]] = CustomerJoined

    credit_limit_minor: int | None = None
    anonymized_at: datetime | None = None

    def require_own(self) -> None:
        super().require_own()
        if self.anonymized_at is not None:
            raise CustomerIsAnonymous(f"The customer {self.code} was anonymised.")

    def anonymize(self, *, at: datetime) -> Changes:
        """Clear all that is personal for good; returns what differs, nothing the second time.

        One that was merged is cleared with the customer whom it was merged into. Code and payment
        terms stay.
        """
        if self.anonymized_at is not None:
            return {}
        cleared: dict[str, object] = dict.fromkeys(PERSONAL_FIELDS)
        cleared |= {"name": f"Anonymous customer {self.code}", "contacts": (), "addresses": ()}
        changes = apply_changes(self, cleared | {"active": False})
        self.anonymized_at = at
        self._derive(at)
        self.record(CustomerAnonymized(subject=self.id))
        return changes

    def snapshot(self) -> dict[str, object]:
        return super().snapshot() | {"credit_limit_minor": self.credit_limit_minor}
