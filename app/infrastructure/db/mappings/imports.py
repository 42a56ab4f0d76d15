"""Map saved mappings onto their table."""

from __future__ import annotations

from sqlalchemy.orm import registry

from app.domain.imports.saved import ImportMapping
from app.infrastructure.db.tables.import_mappings import import_mappings


def map_imports(mapper: registry) -> None:
    mapper.map_imperatively(
        ImportMapping, import_mappings, version_id_col=import_mappings.c.version
    )
