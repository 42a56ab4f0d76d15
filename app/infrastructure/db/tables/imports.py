"""Tables of imports: the file with its counts, the keys met in it, and what was wrong.

A rehearsal keeps who would hold a unique value now, and a dry run what each row would change.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
)

from app.domain.common.identifiers import ImportId, JobId, SessionId, TokenId, UserId
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.tables.columns import KeyText
from app.infrastructure.db.tables.jobs import jobs
from app.infrastructure.db.types import Json, UlidType, UtcDateTime

KINDS = (
    "kind IN ('products', 'categories', 'suppliers', 'customers', 'supplier_items', "
    "'opening_balances', 'stock_counts', 'sales_history')"
)
COUNTERS = ("created", "updated", "unchanged", "failed", "blank", "continuation", "warnings")

imports = Table(
    "imports",
    metadata,
    Column("id", UlidType(ImportId), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("file_hash", String(64), nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("file_size", BigInteger, nullable=False),
    Column("analysis", Json, nullable=False),
    Column("plan", Json),
    Column("job_id", UlidType(JobId), ForeignKey(jobs.c.id), unique=True),
    *(Column(name, BigInteger, nullable=False) for name in COUNTERS),
    # Nothing writes it any more; it goes with the release after.
    Column("bytes_done", BigInteger, nullable=False, server_default="0"),
    Column("dry_run", Boolean, nullable=False, server_default=false()),
    Column("user_id", UlidType(UserId)),
    Column("session_id", UlidType(SessionId)),
    Column("token_id", UlidType(TokenId)),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint(KINDS, name="kind"),
    # One without the other could not be run.
    CheckConstraint("(job_id IS NULL) = (plan IS NULL)", name="started"),
    *(CheckConstraint(f"{name} >= 0", name=name) for name in COUNTERS),
    Index("ix_imports_file_hash", "file_hash", "id"),
)

import_keys = Table(
    "import_keys",
    metadata,
    Column("import_id", UlidType(ImportId), ForeignKey(imports.c.id), primary_key=True),
    Column("key", KeyText, primary_key=True),
    Column("row", Integer, nullable=False),
)

import_holders = Table(
    "import_holders",
    metadata,
    Column("import_id", UlidType(ImportId), ForeignKey(imports.c.id), primary_key=True),
    Column("value", KeyText, primary_key=True),
    Column("holder", Text, nullable=False),
)

import_differences = Table(
    "import_differences",
    metadata,
    Column("import_id", UlidType(ImportId), ForeignKey(imports.c.id), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("created", Boolean, nullable=False),
    Column("changes", Json, nullable=False),
)

import_faults = Table(
    "import_faults",
    metadata,
    Column("import_id", UlidType(ImportId), ForeignKey(imports.c.id), primary_key=True),
    Column("severity", String(8), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, nullable=False),
    Column("column", String(255)),
    Column("code", String(40), nullable=False),
    Column("value", Text, nullable=False),
    Column("expected", Text, nullable=False),
    Column("max", BigInteger),
    Column("actual", BigInteger),
    CheckConstraint("severity IN ('error', 'warning')", name="severity"),
)
