"""The products of a family as it shows them, for reading and for the answer to a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, select

from app.application.catalog.queries import Variant, Variants
from app.domain.common.identifiers import FamilyId
from app.infrastructure.db.tables.catalog import products

MOST = 200


def variants_query(identifier: FamilyId) -> Select[Any]:
    """Find the first products of a family, and one more than are shown."""
    return (
        select(products.c.id, products.c.sku, products.c.attributes)
        .where(products.c.family_id == identifier)
        .order_by(products.c.sku_key)
        .limit(MOST + 1)
    )


def read_variants(rows: Sequence[RowMapping], options: Sequence[str]) -> Variants:
    """Return the variants with their values of these options."""
    shown = tuple(
        Variant(
            id=row["id"],
            sku=row["sku"],
            values={name: row["attributes"].get(name) for name in options},
        )
        for row in rows[:MOST]
    )
    return Variants(shown, more=len(rows) > MOST)
