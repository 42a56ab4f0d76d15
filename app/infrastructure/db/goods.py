"""Products as a document reads them."""

from __future__ import annotations

from sqlalchemy import CTE, ColumnElement, select

from app.infrastructure.db.tables.catalog import products


def held_products(condition: ColumnElement[bool]) -> CTE:
    """Read products whose unit and stock-keeping stay as they are read until the transaction ends.

    Whoever changes these locks the row FOR UPDATE first (`has_movements`) and waits for this, or
    is waited for. Apart from any join: a row that changed while one waited would drop out of it.
    """
    return select(products).where(condition).with_for_update(read=True, key_share=True).cte("held")
