"""What a till calls a sale: its register, client id and client number, and a hash of what it told.

Both indexes are small while no sale has a register.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COLUMNS = {
    "register": sa.String(32),
    "client_id": sa.String(64),
    "client_number": sa.String(64),
    "client_digest": sa.LargeBinary(32),
}
SQLITE_TRIGGER = (
    "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'trg_sales_frozen'"
)
POSTGRES_TRIGGER = (
    "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE tgrelid = 'sales'::regclass AND tgname = 'trg_sales_frozen'"
)
# As 0014 has it: Postgres prints a condition in other words than it was given in.
POSTGRES_WHEN = re.compile(r"WHEN \(.*\) EXECUTE")
WHEN_POSTED = "WHEN (OLD.status NOT IN ('draft', 'confirmed')) EXECUTE"
# The end of the list of columns that the trigger of 0015 keeps as they are.
FROZEN = "customer_name, posted_at"
FROZEN_TOO = ", ".join([FROZEN, *COLUMNS])


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("sales", sa.Column(name, kind))
    for name in ("client_id", "client_number"):
        op.create_index(f"uq_sales_{name}", "sales", ["register", name], unique=True)
    with _unguarded(was=FROZEN, becomes=FROZEN_TOO):
        pass


def downgrade() -> None:
    with _unguarded(was=FROZEN_TOO, becomes=FROZEN):
        for name in ("client_number", "client_id"):
            op.drop_index(f"uq_sales_{name}", "sales")
        for name in reversed(COLUMNS):
            op.drop_column("sales", name)


@contextmanager
def _unguarded(*, was: str, becomes: str) -> Iterator[None]:
    """Without the trigger that keeps posted sales; afterwards it keeps other columns."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    definition = str(op.get_bind().scalar(sa.text(SQLITE_TRIGGER if sqlite else POSTGRES_TRIGGER)))
    op.execute("DROP TRIGGER trg_sales_frozen" + ("" if sqlite else " ON sales"))
    yield
    definition = POSTGRES_WHEN.sub(WHEN_POSTED, definition)
    op.execute(definition.replace(f"{was} ON", f"{becomes} ON"))
