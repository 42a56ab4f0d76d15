"""Indexes that reports read: when sales were voided, and which products are reordered.

Adding them blocks writes to their tables for as long as it takes to read them once.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Each index: its table, columns, and which rows are in it.
INDEXES = {
    "ix_sales_voided_at": ("sales", ["voided_at", "id"], "voided_at IS NOT NULL"),
    "ix_products_reordered": ("products", ["sku_key"], "reorder_point IS NOT NULL"),
}


def upgrade() -> None:
    for name, (table, columns, rows) in INDEXES.items():
        op.create_index(
            name, table, columns, postgresql_where=sa.text(rows), sqlite_where=sa.text(rows)
        )


def downgrade() -> None:
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table)
