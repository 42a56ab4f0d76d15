"""Jobs with lease, fence and checkpoint; imports with their counts, keys and faults."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

QUEUED = sa.text("status = 'queued'")
RUNNING = sa.text("status = 'running'")
LIVE = sa.text("status IN ('queued', 'running')")
COUNTERS = ("created", "updated", "unchanged", "failed", "blank", "continuation", "warnings")


def upgrade() -> None:
    _create_jobs()
    _create_imports()
    _create_rows()


def downgrade() -> None:
    for table in ("import_faults", "import_keys", "imports", "jobs"):
        op.drop_table(table)


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", ULID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject_id", ULID, nullable=False),
        sa.Column("actor", JSON, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("run_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(120)),
        sa.Column("lease_until", INSTANT),
        sa.Column("heartbeat_at", INSTANT),
        sa.Column("checkpoint", JSON),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("error", JSON),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'failed', 'cancelled', 'dead')",
            name=op.f("ck_jobs_status"),
        ),
        sa.CheckConstraint("attempts >= 0 AND max_attempts > 0", name=op.f("ck_jobs_attempts")),
        sa.CheckConstraint("fence >= 0", name=op.f("ck_jobs_fence")),
        sa.CheckConstraint(
            "(status = 'running') = (lease_until IS NOT NULL)", name=op.f("ck_jobs_lease")
        ),
    )
    for name, columns, where in (
        ("ix_jobs_queued", ["run_at", "id"], QUEUED),
        ("ix_jobs_running", ["lease_until"], RUNNING),
    ):
        op.create_index(name, "jobs", columns, postgresql_where=where, sqlite_where=where)
    op.create_index(
        "uq_jobs_live_subject",
        "jobs",
        ["kind", "subject_id"],
        unique=True,
        postgresql_where=LIVE,
        sqlite_where=LIVE,
    )


def _create_imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", ULID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("file_hash", sa.String(64), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("analysis", JSON, nullable=False),
        sa.Column("plan", JSON),
        sa.Column("job_id", ULID),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTERS),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        sa.Column("user_id", ULID),
        sa.Column("session_id", ULID),
        sa.Column("token_id", ULID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
        sa.UniqueConstraint("job_id", name="uq_imports_job_id"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_imports_job_id"),
        sa.CheckConstraint("kind IN ('products')", name=op.f("ck_imports_kind")),
        sa.CheckConstraint("(job_id IS NULL) = (plan IS NULL)", name=op.f("ck_imports_started")),
        *(sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_imports_{name}")) for name in COUNTERS),
    )
    op.create_index("ix_imports_file_hash", "imports", ["file_hash", "id"])


def _create_rows() -> None:
    op.create_table(
        "import_keys",
        sa.Column("import_id", ULID, nullable=False),
        sa.Column("key", KEY_TEXT, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "key", name="pk_import_keys"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_import_keys_import_id"),
    )
    op.create_table(
        "import_faults",
        sa.Column("import_id", ULID, nullable=False),
        sa.Column("severity", sa.String(8), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(255)),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("max", sa.BigInteger()),
        sa.Column("actual", sa.BigInteger()),
        sa.PrimaryKeyConstraint(
            "import_id", "severity", "row", "position", name="pk_import_faults"
        ),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_import_faults_import_id"),
        sa.CheckConstraint(
            "severity IN ('error', 'warning')", name=op.f("ck_import_faults_severity")
        ),
    )
