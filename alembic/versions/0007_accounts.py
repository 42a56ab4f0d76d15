"""Tries of passwords, counted for all processes; the audit log by trace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "login_tries",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT),
        sa.Column("paused_until", INSTANT),
        sa.PrimaryKeyConstraint("key", name="pk_login_tries"),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_login_tries_failures")),
    )
    op.create_index("ix_login_tries_last_at", "login_tries", ["last_at"])
    op.create_index("ix_audit_log_trace_id", "audit_log", ["trace_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_log_trace_id", "audit_log")
    op.drop_table("login_tries")
