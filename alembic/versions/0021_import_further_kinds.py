"""Imports of parties, what suppliers sell, stock and sales beside those of products.

The bytes that were done were written and never read: nothing writes them any more, and they go
with the release after. The way down is refused as long as there are imports of the new kinds.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BEFORE = "'products', 'categories'"
SINCE = (
    f"{BEFORE}, 'suppliers', 'customers', 'supplier_items', 'opening_balances', 'stock_counts', "
    "'sales_history'"
)


def upgrade() -> None:
    _allow(SINCE)
    _bytes_done(default="0")


def downgrade() -> None:
    _bytes_done(default=None)
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    for table in ("imports", "import_mappings"):
        name = op.f(f"ck_{table}_kind")
        with op.batch_alter_table(table) as changed:
            changed.drop_constraint(name, type_="check")
            changed.create_check_constraint(name, f"kind IN ({kinds})")


def _bytes_done(*, default: str | None) -> None:
    with op.batch_alter_table("imports") as imports:
        imports.alter_column(
            "bytes_done",
            existing_type=sa.BigInteger(),
            existing_nullable=False,
            server_default=default,
        )
