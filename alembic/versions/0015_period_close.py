"""The day through which the books are closed, and when sales and returns count in them.

What was posted counts when it happened. A sale that the program of before posts while this step
runs has no posting date: `stockbook verify` names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
# Each table's new columns, and from where those of posted documents are filled.
FILLED = {
    "sales": {"posted_at": "occurred_at"},
    "returns": {"occurred_at": "refunded_at", "posted_at": "refunded_at"},
}
SQLITE_TRIGGER = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = '{name}'"
POSTGRES_TRIGGER = (
    "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE tgrelid = 'sales'::regclass AND tgname = 'trg_sales_frozen'"
)
# As 0014 has it: Postgres prints a condition in other words than it was given in.
POSTGRES_WHEN = re.compile(r"WHEN \(.*\) EXECUTE")
WHEN_POSTED = "WHEN (OLD.status NOT IN ('draft', 'confirmed')) EXECUTE"
# The end of the list of columns that the trigger of 0012 keeps as they are.
FROZEN = "customer_id, customer_name"
FROZEN_TOO = "customer_id, customer_name, posted_at"


def upgrade() -> None:
    op.add_column("shop", sa.Column("closed_through", sa.Date()))
    kind = INSTANT.compile(dialect=op.get_bind().dialect)
    for table, columns in FILLED.items():
        for name in columns:
            rule = f"CONSTRAINT ck_{table}_{name} CHECK ({name} IS NULL OR series IS NOT NULL)"
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind} {rule}")
    with _sales_unguarded(was=FROZEN, becomes=FROZEN_TOO):
        _fill("sales")
    with _returns_unguarded():
        _fill("returns")
    for table in FILLED:
        op.create_index(f"ix_{table}_posted_at_id", table, ["posted_at", "id"])


def downgrade() -> None:
    for table in FILLED:
        op.drop_index(f"ix_{table}_posted_at_id", table)
    with _sales_unguarded(was=FROZEN_TOO, becomes=FROZEN):
        op.drop_column("sales", "posted_at")
    for name in FILLED["returns"]:
        op.drop_column("returns", name)
    op.drop_column("shop", "closed_through")


def _fill(table: str) -> None:
    filled = ", ".join(f"{name} = {source}" for name, source in FILLED[table].items())
    op.execute(f"UPDATE {table} SET {filled} WHERE series IS NOT NULL")


@contextmanager
def _sales_unguarded(*, was: str, becomes: str) -> Iterator[None]:
    """Without the trigger that keeps posted sales; afterwards it keeps other columns."""
    if _on_sqlite():
        query, place = SQLITE_TRIGGER.format(name="trg_sales_frozen"), ""
    else:
        query, place = POSTGRES_TRIGGER, " ON sales"
    definition = str(op.get_bind().scalar(sa.text(query)))
    op.execute(f"DROP TRIGGER trg_sales_frozen{place}")
    yield
    definition = POSTGRES_WHEN.sub(WHEN_POSTED, definition)
    op.execute(definition.replace(f"{was} ON", f"{becomes} ON"))


@contextmanager
def _returns_unguarded() -> Iterator[None]:
    """Without the trigger that keeps returns that are over."""
    if not _on_sqlite():
        op.execute("ALTER TABLE returns DISABLE TRIGGER trg_returns_over")
        yield
        op.execute("ALTER TABLE returns ENABLE TRIGGER trg_returns_over")
        return
    query = SQLITE_TRIGGER.format(name="trg_returns_over")
    definition = str(op.get_bind().scalar(sa.text(query)))
    op.execute("DROP TRIGGER trg_returns_over")
    yield
    op.execute(definition)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
