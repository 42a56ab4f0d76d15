"""Reservations, what of a level is reserved, and sales that are confirmed before they complete.

What was posted stays kept by its triggers: they take a confirmed sale for what it is, an order
that still changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
LIVE = sa.text("released_at IS NULL")
LIVE_OF_SALE = sa.text("released_at IS NULL AND line_id IS NOT NULL")
SQLITE_TRIGGERS = (
    "SELECT name, tbl_name, sql FROM sqlite_master"
    " WHERE type = 'trigger' AND sql LIKE '%sales%' ORDER BY name"
)
POSTGRES_TRIGGERS = (
    "SELECT tgname, 'sales', pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE tgrelid = 'sales'::regclass AND tgname = 'trg_sales_frozen'"
)
STATUSES = "status IN ('draft', 'completed', 'voided')"
MORE_STATUSES = "status IN ('draft', 'confirmed', 'completed', 'voided')"
NUMBER = (
    "(series IS NULL) = (year IS NULL) AND (series IS NULL) = (sequence IS NULL)"
    " AND (series IS NULL) = (completed_at IS NULL)"
    " AND (series IS NULL) = (shop_name IS NULL)"
    " AND (series IS NULL) = (time_zone IS NULL)"
    " AND (status <> 'draft' OR series IS NULL)"
    " AND (status <> 'completed' OR series IS NOT NULL)"
)
NUMBER_LATER = NUMBER.replace("status <> 'draft'", "status NOT IN ('draft', 'confirmed')")
# How the triggers of 0005 know a sale that is kept as it is, and how they know it from here on.
POSTED = "<> 'draft'"
POSTED_LATER = "NOT IN ('draft', 'confirmed')"
POSTGRES_WHEN = re.compile(r"WHEN \(.*\) EXECUTE")
# To the letter as 0005 has it, so that the way down leaves what was there.
KEEP_POSTED_SALE = """
        CREATE OR REPLACE FUNCTION keep_posted_sale() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME = 'sale_lines' AND TG_LEVEL = 'ROW' THEN
                IF (SELECT status FROM sales WHERE id = OLD.sale_id) {open} THEN
                    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
                END IF;
            END IF;
            RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
        END $$
        """


def upgrade() -> None:
    with op.batch_alter_table("stock_levels") as levels:
        levels.add_column(
            sa.Column("reserved", sa.BigInteger(), nullable=False, server_default="0")
        )
        levels.create_check_constraint(
            op.f("ck_stock_levels_reserved"), "reserved BETWEEN 0 AND on_hand"
        )
    with _sales(confirmed=True) as (sales, lines):
        sales.add_column(sa.Column("confirmed_at", INSTANT))
        sales.add_column(sa.Column("reserved_until", INSTANT))
        sales.create_check_constraint(
            op.f("ck_sales_confirmed_at"), "status <> 'confirmed' OR confirmed_at IS NOT NULL"
        )
        lines.add_column(
            sa.Column("fulfilled", sa.BigInteger(), nullable=False, server_default="0")
        )
        lines.create_check_constraint(
            op.f("ck_sale_lines_fulfilled"), "fulfilled BETWEEN 0 AND quantity"
        )
    _create_reservations()


def downgrade() -> None:
    op.drop_table("stock_reservations")
    op.execute("UPDATE sales SET status = 'draft' WHERE status = 'confirmed'")
    with _sales(confirmed=False) as (sales, lines):
        lines.drop_constraint(op.f("ck_sale_lines_fulfilled"), type_="check")
        lines.drop_column("fulfilled")
        sales.drop_constraint(op.f("ck_sales_confirmed_at"), type_="check")
        sales.drop_column("reserved_until")
        sales.drop_column("confirmed_at")
    with op.batch_alter_table("stock_levels") as levels:
        levels.drop_constraint(op.f("ck_stock_levels_reserved"), type_="check")
        levels.drop_column("reserved")


def _create_reservations() -> None:
    op.create_table(
        "stock_reservations",
        sa.Column("id", ULID, nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("location_id", ULID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", ULID),
        sa.Column("line_id", ULID),
        sa.Column("reference", sa.String(64)),
        sa.Column("expires_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("released_at", INSTANT),
        sa.Column("released_why", sa.String(16)),
        sa.Column("user_id", ULID),
        sa.PrimaryKeyConstraint("id", name="pk_stock_reservations"),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_stock_reservations_{column}"
            )
            for column, table in (
                ("product_id", "products"),
                ("location_id", "locations"),
                ("sale_id", "sales"),
            )
        ),
        sa.CheckConstraint(
            "quantity > 0 AND remaining BETWEEN 0 AND quantity",
            name=op.f("ck_stock_reservations_quantity"),
        ),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_why IS NULL)"
            " AND (released_at IS NOT NULL OR remaining > 0)"
            " AND released_why IN ('consumed', 'released', 'lapsed', 'shrunk')",
            name=op.f("ck_stock_reservations_released"),
        ),
        sa.CheckConstraint(
            "(sale_id IS NULL) = (line_id IS NULL)", name=op.f("ck_stock_reservations_sale")
        ),
    )
    op.create_index(
        "uq_stock_reservations_line_id",
        "stock_reservations",
        ["line_id"],
        unique=True,
        postgresql_where=LIVE_OF_SALE,
        sqlite_where=LIVE_OF_SALE,
    )
    op.create_index(
        "ix_stock_reservations_kept",
        "stock_reservations",
        ["product_id", "location_id", "id"],
        postgresql_where=LIVE,
        sqlite_where=LIVE,
    )
    op.create_index(
        "ix_stock_reservations_live",
        "stock_reservations",
        ["id"],
        postgresql_where=LIVE,
        sqlite_where=LIVE,
    )
    for column in ("sale_id", "product_id", "location_id"):
        name = f"ix_stock_reservations_{column}" + ("" if column == "sale_id" else "_id")
        op.create_index(name, "stock_reservations", [column, "id"])


@contextmanager
def _sales(*, confirmed: bool) -> Iterator[tuple[BatchOperations, BatchOperations]]:
    """Change sales and their lines; afterwards the triggers that name them are there again.

    SQLite loses the triggers of a table that it rebuilds, and stumbles over those of others which
    name it. Which sales a trigger keeps follows the statuses that there are now.
    """
    bind = op.get_bind()
    sqlite = bind.dialect.name == "sqlite"
    triggers = bind.execute(sa.text(SQLITE_TRIGGERS if sqlite else POSTGRES_TRIGGERS))
    found = [tuple(row) for row in triggers]
    for name, table, _ in found:
        op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
    with op.batch_alter_table("sales") as sales, op.batch_alter_table("sale_lines") as lines:
        for name, narrow, wide in (
            ("ck_sales_status", STATUSES, MORE_STATUSES),
            ("ck_sales_number", NUMBER, NUMBER_LATER),
        ):
            sales.drop_constraint(op.f(name), type_="check")
            sales.create_check_constraint(op.f(name), wide if confirmed else narrow)
        yield sales, lines
    for _, _, definition in found:
        op.execute(_kept(definition, confirmed=confirmed))
    if not sqlite:
        still_open = "IN ('draft', 'confirmed')" if confirmed else "= 'draft'"
        op.execute(KEEP_POSTED_SALE.format(open=still_open))


def _kept(definition: str, *, confirmed: bool) -> str:
    was, becomes = (POSTED, POSTED_LATER) if confirmed else (POSTED_LATER, POSTED)
    # Postgres words the condition in its own way.
    worded = POSTGRES_WHEN.sub(f"WHEN (OLD.status {becomes}) EXECUTE", definition)
    return worded.replace(f"OLD.status {was}", f"OLD.status {becomes}").replace(
        f"OLD.sale_id) {was}", f"OLD.sale_id) {becomes}"
    )
