"""The table of mappings that are saved under a name."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, String, Table

from app.domain.common.identifiers import ImportMappingId
from app.domain.imports.saved import NAME_LENGTH
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.tables.columns import KeyText
from app.infrastructure.db.tables.imports import KINDS
from app.infrastructure.db.types import Json, UlidType, UtcDateTime

import_mappings = Table(
    "import_mappings",
    metadata,
    Column("id", UlidType(ImportMappingId), primary_key=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("name_key", KeyText, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("choices", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint(KINDS, name="kind"),
)
