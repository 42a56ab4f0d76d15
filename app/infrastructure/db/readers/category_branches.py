"""Categories with all that lies above them, for sums over whole branches."""

from __future__ import annotations

from sqlalchemy import CTE, select

from app.infrastructure.db.tables.catalog import categories


def branches() -> CTE:
    """Return every category (`category_id`) beside itself and each one above it (`above_id`)."""
    own = select(
        categories.c.id.label("category_id"),
        categories.c.id.label("above_id"),
        categories.c.parent_id,
    ).cte("branches", recursive=True)
    above = categories.alias("above")
    return own.union_all(
        select(own.c.category_id, above.c.id, above.c.parent_id).join_from(
            own, above, above.c.id == own.c.parent_id
        )
    )
