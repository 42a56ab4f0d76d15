"""Map locations onto their table; movements, levels and documents are facts and not mapped."""

from __future__ import annotations

from sqlalchemy.orm import registry

from app.domain.inventory.locations import Location
from app.infrastructure.db.tables.inventory import locations


def map_inventory(mapper: registry) -> None:
    mapper.map_imperatively(Location, locations, version_id_col=locations.c.version)
