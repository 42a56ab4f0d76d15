"""Tables of accounts: users, sessions, tries, set-up tokens and signing keys."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from app.domain.auth.email import EMAIL_LENGTH
from app.domain.auth.roles import Role
from app.domain.auth.session import ADDRESS_LENGTH, AGENT_LENGTH, Ending
from app.domain.auth.signing import KeyState
from app.domain.auth.user import NAME_LENGTH
from app.domain.common.identifiers import SessionId, SigningKeyId, UserId
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.tables.columns import KeyText
from app.infrastructure.db.types import Json, UlidType, UtcDateTime

HASH_BYTES = 32


def _words(kind: type[StrEnum]) -> Enum:
    """Return the type of a column that holds the enumeration's values as text."""
    return Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


users = Table(
    "users",
    metadata,
    Column("id", UlidType(UserId), primary_key=True),
    Column("email", String(EMAIL_LENGTH), nullable=False),
    Column("email_key", KeyText, nullable=False, unique=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("role", _words(Role), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password_hash", String(255)),
    Column("token_hash", LargeBinary(HASH_BYTES), unique=True),
    Column("token_expires_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("(token_hash IS NULL) = (token_expires_at IS NULL)", name="token"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", UlidType(SessionId), primary_key=True),
    Column("user_id", UlidType(UserId), ForeignKey(users.c.id), nullable=False),
    Column("refresh_hash", LargeBinary(HASH_BYTES), nullable=False),
    Column("parent_hash", LargeBinary(HASH_BYTES)),
    Column("rotated_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ending", _words(Ending)),
    Column("address", String(ADDRESS_LENGTH)),
    Column("user_agent", String(AGENT_LENGTH)),
    CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="ending"),
    Index("ix_sessions_user_id", "user_id", "id"),
)

login_tries = Table(
    "login_tries",
    metadata,
    Column("key", LargeBinary(HASH_BYTES), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    CheckConstraint("failures >= 0", name="failures"),
    Index("ix_login_tries_last_at", "last_at"),
)

setup_tokens = Table(
    "setup_tokens",
    metadata,
    Column("token_hash", LargeBinary(HASH_BYTES), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", UlidType(SigningKeyId), primary_key=True),
    Column("kid", KeyText, nullable=False, unique=True),
    Column("state", _words(KeyState), nullable=False),
    Column("public_jwk", Json, nullable=False),
    Column("private_box", LargeBinary),
    Column("created_at", UtcDateTime, nullable=False),
    Column("activated_at", UtcDateTime),
    Column("retired_at", UtcDateTime),
    # One key signs and one waits, whatever two processes do at once.
    Index(
        "uq_signing_keys_state",
        "state",
        unique=True,
        postgresql_where=text("state IN ('next', 'active')"),
        sqlite_where=text("state IN ('next', 'active')"),
    ),
)
