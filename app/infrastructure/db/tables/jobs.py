"""The table of jobs: the row is the truth, whatever rings the bell."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, String, Table, text

from app.domain.common.identifiers import JobId, Ulid
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.types import Json, UlidType, UtcDateTime

_QUEUED = text("status = 'queued'")
_RUNNING = text("status = 'running'")
_LIVE = text("status IN ('queued', 'running')")

jobs = Table(
    "jobs",
    metadata,
    Column("id", UlidType(JobId), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject_id", UlidType(Ulid), nullable=False),
    Column("actor", Json, nullable=False),
    Column("status", String(16), nullable=False),
    Column("run_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_owner", String(120)),
    Column("lease_until", UtcDateTime),
    Column("heartbeat_at", UtcDateTime),
    Column("checkpoint", Json),
    Column("cancel_requested", Boolean, nullable=False),
    Column("error", Json),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    CheckConstraint(
        "status IN ('queued', 'running', 'completed', 'failed', 'cancelled', 'dead')",
        name="status",
    ),
    CheckConstraint("attempts >= 0 AND max_attempts > 0", name="attempts"),
    CheckConstraint("fence >= 0", name="fence"),
    CheckConstraint("(status = 'running') = (lease_until IS NOT NULL)", name="lease"),
    # What is taken next, and what a worker left behind: two small indexes, however old the table.
    Index("ix_jobs_queued", "run_at", "id", postgresql_where=_QUEUED, sqlite_where=_QUEUED),
    Index("ix_jobs_running", "lease_until", postgresql_where=_RUNNING, sqlite_where=_RUNNING),
    Index(
        "uq_jobs_live_subject",
        "kind",
        "subject_id",
        unique=True,
        postgresql_where=_LIVE,
        sqlite_where=_LIVE,
    ),
)
