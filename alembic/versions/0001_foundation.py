"""Stored answers, the audit log, the outbox and document counters.

The audit log is append-only: the database itself refuses to change or remove a row.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
UNPUBLISHED = sa.text("published_at IS NULL")

POSTGRES_GUARD = [
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'append_only: %', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER trg_audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER trg_audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
]
SQLITE_GUARD = [
    f"""
    CREATE TRIGGER trg_audit_log_no_{what} BEFORE {what} ON audit_log
    BEGIN SELECT RAISE(ABORT, 'append_only: audit_log'); END
    """
    for what in ("update", "delete")
]


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", JSON),
        sa.Column("body", sa.Text),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    _create_audit_log()
    op.create_table(
        "outbox",
        sa.Column("id", ULID, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("subject_id", ULID, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("published_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["id"],
        postgresql_where=UNPUBLISHED,
        sqlite_where=UNPUBLISHED,
    )
    op.create_table(
        "document_counters",
        sa.Column("series", sa.String(20), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name="pk_document_counters"),
        sa.CheckConstraint("last > 0", name=op.f("ck_document_counters_last")),
    )
    on_postgres = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRES_GUARD if on_postgres else SQLITE_GUARD:
        op.execute(statement)


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", ULID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("user_id", ULID),
        sa.Column("role", sa.String(20)),
        sa.Column("session_id", ULID),
        sa.Column("token_id", ULID),
        sa.Column("address", sa.String(45)),
        sa.Column("trace_id", sa.String(64), nullable=False),
        sa.Column("route", sa.String(200), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("object_kind", sa.String(40), nullable=False),
        sa.Column("object_id", ULID),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("redacted", JSON, nullable=False),
        sa.Column("note", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at", "id"])
    op.create_index("ix_audit_log_user_id", "audit_log", ["user_id", "id"])
    op.create_index("ix_audit_log_session_id", "audit_log", ["session_id", "id"])
    op.create_index("ix_audit_log_action", "audit_log", ["action", "id"])
    op.create_index("ix_audit_log_object", "audit_log", ["object_kind", "object_id", "id"])


def downgrade() -> None:
    op.drop_table("document_counters")
    op.drop_table("outbox")
    op.drop_table("audit_log")
    op.drop_table("idempotency_keys")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
