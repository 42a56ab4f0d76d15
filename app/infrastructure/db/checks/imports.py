"""Checks of imports: what moved for them."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.inventory.movement import DocumentKind
from app.infrastructure.db.checks.check import Check
from app.infrastructure.db.checks.inventory import orphans
from app.infrastructure.db.tables.imports import imports
from app.infrastructure.db.tables.inventory import stock_movements

IMPORT_CHECKS = (
    Check(
        "orphan_movements_import",
        "Every movement of the kind import has its import.",
        orphans(
            DocumentKind.IMPORT,
            select(imports.c.id).where(imports.c.id == stock_movements.c.document_id),
        ),
    ),
)
