"""Suppliers: whom the shop buys from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.domain.parties.party import Party, PartyCreated, PartyDeleted, PartyJoined, PartyUpdated


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierCreated(PartyCreated):
    """There is a new supplier; `party` holds nothing personal."""

    name: ClassVar[str] = "supplier.created"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierUpdated(PartyUpdated):
    """A supplier changed in the fields named."""

    name: ClassVar[str] = "supplier.updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierDeleted(PartyDeleted):
    """A supplier that no document named is gone."""

    name: ClassVar[str] = "supplier.deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierJoined(PartyJoined):
    """A supplier was merged into another one."""

    name: ClassVar[str] = "supplier.merged"


@dataclass(eq=False, kw_only=True)
class Supplier(Party):
    """`currency` is what the supplier's costs are in."""

    word: ClassVar[str] = "supplier"
    series: ClassVar[str] = "SUP"
    created: ClassVar[type[PartyCreated]] = SupplierCreated
    updated: ClassVar[type[PartyUpdated]] = SupplierUpdated
    deleted: ClassVar[type[PartyDeleted]] = SupplierDeleted
    joined: ClassVar[type[PartyJoined]] = SupplierJoined

    currency: str

    def snapshot(self) -> dict[str, object]:
        return super().snapshot() | {"currency": self.currency}
