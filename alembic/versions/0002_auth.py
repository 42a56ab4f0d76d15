"""Users, sessions, set-up tokens and signing keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
IN_USE = sa.text("state IN ('next', 'active')")


def upgrade() -> None:
    _create_users()
    _create_sessions()
    op.create_table(
        "setup_tokens",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_setup_tokens"),
    )
    _create_signing_keys()


def downgrade() -> None:
    for table in ("signing_keys", "setup_tokens", "sessions", "users"):
        op.drop_table(table)


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", ULID, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", KEY_TEXT, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("token_hash", sa.LargeBinary(32)),
        sa.Column("token_expires_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email_key", name="uq_users_email_key"),
        sa.UniqueConstraint("token_hash", name="uq_users_token_hash"),
        sa.CheckConstraint(
            "(token_hash IS NULL) = (token_expires_at IS NULL)", name=op.f("ck_users_token")
        ),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", ULID, nullable=False),
        sa.Column("user_id", ULID, nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("parent_hash", sa.LargeBinary(32)),
        sa.Column("rotated_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ending", sa.String(20)),
        sa.Column("address", sa.String(45)),
        sa.Column("user_agent", sa.String(255)),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ending IS NULL)", name=op.f("ck_sessions_ending")
        ),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id", "id"])


def _create_signing_keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", ULID, nullable=False),
        sa.Column("kid", KEY_TEXT, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("public_jwk", JSON, nullable=False),
        sa.Column("private_box", sa.LargeBinary),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("activated_at", INSTANT),
        sa.Column("retired_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_signing_keys"),
        sa.UniqueConstraint("kid", name="uq_signing_keys_kid"),
    )
    op.create_index(
        "uq_signing_keys_state",
        "signing_keys",
        ["state"],
        unique=True,
        postgresql_where=IN_USE,
        sqlite_where=IN_USE,
    )
