"""Which places documents may name."""

from __future__ import annotations

from app.application.inventory.ports import StockRoom
from app.domain.common.errors import InvalidValue, UnknownReference
from app.domain.common.identifiers import LocationId
from app.domain.inventory.locations import TRANSIT_ID, LocationKind


def check_room(room: StockRoom, location_id: LocationId, *, field: str = "location_id") -> None:
    """Refuse a place that does not exist or holds no goods, and transit, which is for transfers."""
    if room.code is None:
        raise UnknownReference.of(field, LocationId.kind, location_id)
    if room.kind is not LocationKind.STOCK:
        raise InvalidValue.of(field, "is a virtual location, which holds no goods")
    if location_id == TRANSIT_ID:
        raise InvalidValue.of(field, "is between two places: transfers alone reach it")
