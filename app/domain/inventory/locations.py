"""Places that goods come from and go to; virtual ones make every unit come from somewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypedDict

from app.domain.common.changes import Changes, apply_changes
from app.domain.common.errors import Conflict, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import LocationId
from app.domain.common.text import clean_line

CODE_LENGTH = 32
NAME_LENGTH = 120
_CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}", re.ASCII)

# The same in every shop, written by migrations 0004, 0013 and 0017.
MAIN_ID = LocationId(int=1)
SUPPLIER_ID = LocationId(int=2)
CUSTOMER_ID = LocationId(int=3)
OPENING_ID = LocationId(int=4)
ADJUSTMENT_ID = LocationId(int=5)
SCRAP_ID = LocationId(int=6)
DISCREPANCY_ID = LocationId(int=7)
QUARANTINE_ID = LocationId(int=8)
# Where goods of transfers are between two places: they come and leave by transfers alone.
TRANSIT_ID = LocationId(int=9)
VIRTUAL_IDS = frozenset(
    {SUPPLIER_ID, CUSTOMER_ID, OPENING_ID, ADJUSTMENT_ID, SCRAP_ID, DISCREPANCY_ID}
)


class LocationKind(StrEnum):
    """What stands behind a location: goods that the shop owns, or the world outside."""

    STOCK = "stock"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    OPENING = "opening"
    ADJUSTMENT = "adjustment"
    SCRAP = "scrap"
    DISCREPANCY = "discrepancy"


def is_owned(identifier: LocationId) -> bool:
    """Tell whether goods at the location belong to the shop and have a level."""
    return identifier not in VIRTUAL_IDS


class VirtualLocation(Conflict):
    """The location is part of the ledger itself and stays as it is."""

    code = "virtual_location"
    title = "A virtual location cannot be changed"


class LocationHoldsStock(Conflict):
    """Goods lie at the location, so it cannot be closed."""

    code = "location_holds_stock"
    title = "There is stock at the location"


class LocationCycle(Conflict):
    """A location cannot lie below itself."""

    code = "location_cycle"
    title = "The location would lie below itself"


class ParentClosed(Conflict):
    """Nothing is open, or put, below a location that is closed."""

    code = "parent_closed"
    title = "The location above is closed"


class LocationHasPlaces(Conflict):
    """Locations below it are open, so it cannot be closed."""

    code = "location_has_places"
    title = "There are open locations below it"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationCreated(DomainEvent):
    """There is a new location; `location` holds all of it."""

    name: ClassVar[str] = "location.created"
    location: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationUpdated(DomainEvent):
    """A location was changed, closed or opened again; `location` is how it is now."""

    name: ClassVar[str] = "location.updated"
    location: Mapping[str, object]


class LocationValues(TypedDict, total=False):
    """What an update may carry; an absent key is left as it is."""

    name: str
    counts_as_available: bool
    parent_id: LocationId | None


@dataclass(eq=False, kw_only=True)
class Location(EventRecorderMixin):
    """The code never changes; a virtual location does not change at all, nor does transit.

    What lies where `counts_as_available` is false belongs to the shop but is not for sale.
    `parent_id` is the place that it is part of, as a bin is of an area; goods may lie in both.
    """

    id: LocationId
    code: str
    name: str
    kind: LocationKind = LocationKind.STOCK
    active: bool = True
    counts_as_available: bool = True
    version: int = 1
    parent_id: LocationId | None = None

    @classmethod
    def create(
        cls,
        identifier: LocationId,
        *,
        code: str,
        name: str,
        counts_as_available: bool = True,
        parent: Location | None = None,
    ) -> Location:
        """Make a place that holds goods of the shop."""
        if not _CODE.fullmatch(code):
            raise InvalidValue.of(
                "code",
                f"has 1 to {CODE_LENGTH} lower case letters, digits, dots, hyphens or underscores",
            )
        location = cls(
            id=identifier, code=code, name=_name(name), counts_as_available=counts_as_available
        )
        if parent is not None:
            location.parent_id = parent.open_for_places().id
        location.record(LocationCreated(subject=identifier, location=location.snapshot()))
        return location

    def change(self, values: LocationValues, *, above: Sequence[Location] = ()) -> Changes:
        """Take the given values; returns what differs.

        `above` are the places from the new parent up to the top, if there is a new parent.
        """
        checked: dict[str, object] = {**values}
        if "name" in values:
            checked["name"] = _name(values["name"])
        if self.id == QUARANTINE_ID and values.get("counts_as_available"):
            raise InvalidValue.of("counts_as_available", "stays false: quarantine sets goods aside")
        if above and above[0].id != self.parent_id:
            if any(place.id == self.id for place in above):
                raise LocationCycle(f"{above[0].code} is {self.code}, or lies below it.")
            above[0].open_for_places()
        return self._change(checked)

    def open_for_places(self) -> Location:
        """Return it, if others may be put below it."""
        if not self.is_owned or self.id == TRANSIT_ID:
            raise InvalidValue.of("parent_id", f"{self.code} is part of the ledger")
        if not self.active:
            raise ParentClosed(f"The location {self.code} is closed.")
        return self

    def deactivate(self, *, holds_stock: bool, has_open_places: bool = False) -> Changes:
        """Close it for goods that come in; nothing differs if it is closed already."""
        if self.active and has_open_places:
            raise LocationHasPlaces(f"Close what lies below {self.code} first.")
        if self.active and holds_stock:
            raise LocationHoldsStock(f"There is stock at {self.code}: move it first.")
        return self._change({"active": False})

    def activate(self, *, parent: Location | None = None) -> Changes:
        """Open it again; nothing differs if it is open."""
        if parent is not None:
            parent.open_for_places()
        return self._change({"active": True})

    @property
    def is_owned(self) -> bool:
        return self.kind is LocationKind.STOCK

    def snapshot(self) -> dict[str, object]:
        """The location as it stands in events."""
        return {
            "code": self.code,
            "name": self.name,
            "kind": self.kind.value,
            "active": self.active,
            "counts_as_available": self.counts_as_available,
            "parent_id": None if self.parent_id is None else str(self.parent_id),
        }

    def _change(self, values: Mapping[str, object]) -> Changes:
        if not self.is_owned or self.id == TRANSIT_ID:
            raise VirtualLocation(f"The location {self.code} is part of the ledger.")
        changes = apply_changes(self, values)
        if changes:
            self.record(LocationUpdated(subject=self.id, location=self.snapshot()))
        return changes


def _name(text: str) -> str:
    return clean_line(text, field="name", most=NAME_LENGTH)
