"""Map the domain's entities onto their tables, once."""

from __future__ import annotations

from functools import cache

from sqlalchemy.orm import configure_mappers, registry

from app.infrastructure.db.mappings.auth import map_auth
from app.infrastructure.db.mappings.catalog import map_catalog
from app.infrastructure.db.mappings.imports import map_imports
from app.infrastructure.db.mappings.inventory import map_inventory
from app.infrastructure.db.mappings.parties import map_parties
from app.infrastructure.db.mappings.shop import map_shop
from app.infrastructure.db.metadata import metadata


@cache
def map_entities() -> registry:
    """Return the registry; to call it again changes nothing."""
    mapper = registry(metadata=metadata)
    map_shop(mapper)
    map_auth(mapper)
    map_catalog(mapper)
    map_inventory(mapper)
    map_imports(mapper)
    map_parties(mapper)
    configure_mappers()
    return mapper
