"""Imports of categories beside those of products.

The way down is refused as long as there are imports of categories.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _allow("'products', 'categories'")


def downgrade() -> None:
    _allow("'products'")


def _allow(kinds: str) -> None:
    name = op.f("ck_imports_kind")
    with op.batch_alter_table("imports") as imports:
        imports.drop_constraint(name, type_="check")
        imports.create_check_constraint(name, f"kind IN ({kinds})")
