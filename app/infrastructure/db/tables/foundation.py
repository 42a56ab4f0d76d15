"""Tables under everything: stored answers, the audit log, the outbox and document counters."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from app.domain.common.identifiers import AuditId, EventId, SessionId, TokenId, Ulid, UserId
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.types import Json, UlidType, UtcDateTime

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("scope", String(200), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("status", Integer),
    Column("headers", Json),
    Column("body", Text),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", UlidType(AuditId), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("user_id", UlidType(UserId)),
    Column("role", String(20)),
    Column("session_id", UlidType(SessionId)),
    Column("token_id", UlidType(TokenId)),
    Column("address", String(45)),
    Column("trace_id", String(64), nullable=False),
    Column("route", String(200), nullable=False),
    Column("action", String(64), nullable=False),
    Column("object_kind", String(40), nullable=False),
    Column("object_id", UlidType(Ulid)),
    Column("changes", Json, nullable=False),
    Column("redacted", Json, nullable=False),
    Column("note", Json, nullable=False),
    # The id sorts by time, so it ends every index and gives the pages their order.
    Index("ix_audit_log_at", "at", "id"),
    Index("ix_audit_log_user_id", "user_id", "id"),
    Index("ix_audit_log_session_id", "session_id", "id"),
    Index("ix_audit_log_action", "action", "id"),
    Index("ix_audit_log_trace_id", "trace_id", "id"),
    Index("ix_audit_log_object", "object_kind", "object_id", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", UlidType(EventId), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("subject_id", UlidType(Ulid), nullable=False),
    Column("payload", Json, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
    Index(
        "ix_outbox_unpublished",
        "id",
        postgresql_where=text("published_at IS NULL"),
        sqlite_where=text("published_at IS NULL"),
    ),
)

document_counters = Table(
    "document_counters",
    metadata,
    Column("series", String(20), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
    CheckConstraint("last > 0", name="last"),
)
