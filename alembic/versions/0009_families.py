"""Families of products; images of products by address.

Both new columns of products are there for a program that does not know them: empty by themselves.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "product_families",
        sa.Column("id", ULID, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("match_key", KEY_TEXT, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("search_text", KEY_TEXT, nullable=False),
        sa.Column("options", JSON, nullable=False),
        sa.Column("images", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product_families"),
        sa.UniqueConstraint("match_key", name="uq_product_families_match_key"),
    )
    kind = "UUID" if op.get_bind().dialect.name == "postgresql" else "BLOB"
    # With the rule in the column, which SQLite takes without making the table anew; Alembic writes
    # it there without its name.
    op.execute(
        f"ALTER TABLE products ADD COLUMN family_id {kind} "
        "CONSTRAINT fk_products_family_id REFERENCES product_families (id)"
    )
    op.add_column(
        "products", sa.Column("images", JSON, nullable=False, server_default=sa.text("'[]'"))
    )
    op.create_index("ix_products_family_id", "products", ["family_id"])


def downgrade() -> None:
    op.drop_index("ix_products_family_id", "products")
    op.drop_column("products", "images")
    op.drop_column("products", "family_id")
    op.drop_table("product_families")
