"""Customers: whom the shop sells to by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.domain.parties.party import Party, PartyCreated, PartyDeleted, PartyUpdated


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


@dataclass(eq=False, kw_only=True)
class Customer(Party):
    """`credit_limit_minor` is in the shop's currency; None sets no limit."""

    word: ClassVar[str] = "customer"
    series: ClassVar[str] = "CUS"
    created: ClassVar[type[PartyCreated]] = CustomerCreated
    updated: ClassVar[type[PartyUpdated]] = CustomerUpdated
    deleted: ClassVar[type[PartyDeleted]] = CustomerDeleted

    credit_limit_minor: int | None = None

    def snapshot(self) -> dict[str, object]:
        return super().snapshot() | {"credit_limit_minor": self.credit_limit_minor}
