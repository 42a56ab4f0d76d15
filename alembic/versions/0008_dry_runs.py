"""Imports on trial: who would hold what, and what each row would change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column(
        "imports", sa.Column("dry_run", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "import_holders",
        sa.Column("import_id", ULID, nullable=False),
        sa.Column("value", KEY_TEXT, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "value", name="pk_import_holders"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_import_holders_import_id"),
    )
    op.create_table(
        "import_differences",
        sa.Column("import_id", ULID, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created", sa.Boolean(), nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.PrimaryKeyConstraint("import_id", "row", name="pk_import_differences"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name="fk_import_differences_import_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("import_differences")
    op.drop_table("import_holders")
    op.drop_column("imports", "dry_run")
