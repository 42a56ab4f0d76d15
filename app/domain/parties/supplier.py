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
    """`currency` is what the supplier's costs are in.

    `over_receipt_ppm` of what is ordered may come on top of it; None is none, as 0 is.
    """

    word: ClassVar[str] = "supplier"
    series: ClassVar[str] = "SUP"
    created: ClassVar[type[PartyCreated]] = SupplierCreated
    updated: ClassVar[type[PartyUpdated]] = SupplierUpdated
    deleted: ClassVar[type[PartyDeleted]] = SupplierDeleted
    joined: ClassVar[type[PartyJoined]] = SupplierJoined

    currency: str
    over_receipt_ppm: int | None = None

    def snapshot(self) -> dict[str, object]:
        own = {"currency": self.currency, "over_receipt_ppm": self.over_receipt_ppm}
        return super().snapshot() | own
