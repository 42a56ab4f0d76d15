"""Mappings of import files that are saved under a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "import_mappings",
        sa.Column("id", ULID, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("name_key", KEY_TEXT, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("choices", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_mappings"),
        sa.UniqueConstraint("name_key", name="uq_import_mappings_name_key"),
        sa.CheckConstraint(
            "kind IN ('products', 'categories')", name=op.f("ck_import_mappings_kind")
        ),
    )


def downgrade() -> None:
    op.drop_table("import_mappings")
