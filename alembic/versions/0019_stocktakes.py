"""Counts, their rows and all that was counted; levels say of which instant a count speaks last.

A program of before goes on posting meanwhile: it knows no counts, and none is posted yet.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)

OVER = "OLD.status IN ('posted', 'cancelled')"
OF_OVER = "(SELECT status FROM stocktakes WHERE id = OLD.stocktake_id) IN ('posted', 'cancelled')"
# Each trigger's table, event, condition and message.
GUARDS = {
    "trg_stocktakes_frozen": (
        "stocktakes",
        "UPDATE OF id, location_id, scope, category_id, blind, user_id, opened_at",
        None,
        "what a count is about is never changed",
    ),
    "trg_stocktakes_over": ("stocktakes", "UPDATE", OVER, "a count that is over is never changed"),
    "trg_stocktakes_delete": ("stocktakes", "DELETE", None, "a count is never deleted"),
    "trg_stocktake_lines_update": (
        "stocktake_lines",
        "UPDATE",
        OF_OVER,
        "a row of a count that is over is never changed",
    ),
    "trg_stocktake_lines_delete": (
        "stocktake_lines",
        "DELETE",
        None,
        "a row of a count is never deleted",
    ),
    "trg_stocktake_entries_update": (
        "stocktake_entries",
        "UPDATE",
        None,
        "what was counted is never changed",
    ),
    "trg_stocktake_entries_delete": (
        "stocktake_entries",
        "DELETE",
        None,
        "what was counted is never deleted",
    ),
}
TABLES = ("stocktakes", "stocktake_lines", "stocktake_entries")


def upgrade() -> None:
    _create_stocktakes()
    _create_lines()
    _create_entries()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()
    op.add_column("stock_levels", sa.Column("counted_at", INSTANT))


def downgrade() -> None:
    op.drop_column("stock_levels", "counted_at")
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_stocktake()")


def _create_stocktakes() -> None:
    op.create_table(
        "stocktakes",
        sa.Column("id", ULID, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("series", sa.String(8)),
        sa.Column("year", sa.Integer()),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("location_id", ULID, nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("category_id", ULID),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("user_id", ULID),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("reviewed_at", INSTANT),
        sa.Column("posted_at", INSTANT),
        sa.Column("posted_by", ULID),
        sa.Column("closed_at", INSTANT),
        sa.Column("close_reason", sa.String(255)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stocktakes"),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name="fk_stocktakes_location_id"
        ),
        sa.UniqueConstraint("series", "year", "sequence", name="uq_stocktakes_number"),
        *_checks(
            "stocktakes",
            status="status IN ('counting', 'review', 'posted', 'cancelled')",
            scope="scope IN ('products', 'category', 'location')",
            category_id="(category_id IS NOT NULL) = (scope = 'category')",
            number="(series IS NOT NULL) = (status = 'posted')"
            " AND (series IS NULL) = (year IS NULL)"
            " AND (series IS NULL) = (sequence IS NULL)"
            " AND (series IS NULL) = (posted_at IS NULL)",
            closed_at="(closed_at IS NOT NULL) = (status = 'cancelled')",
        ),
    )
    for columns in (("opened_at", "id"), ("status", "opened_at", "id"),
                    ("location_id", "opened_at", "id")):  # fmt: skip
        op.create_index(f"ix_stocktakes_{'_'.join(columns)}", "stocktakes", list(columns))


def _create_lines() -> None:
    op.create_table(
        "stocktake_lines",
        sa.Column("stocktake_id", ULID, nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("location_id", ULID, nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("sku_key", KEY_TEXT, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("unit_code", sa.String(16), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("counted", sa.BigInteger()),
        sa.Column("counted_at", INSTANT),
        sa.Column("counted_by", ULID),
        sa.Column("unit_cost_micros", sa.BigInteger()),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("book", sa.BigInteger()),
        sa.Column("variance", sa.BigInteger()),
        sa.Column("posted_at", INSTANT),
        sa.PrimaryKeyConstraint("stocktake_id", "product_id", name="pk_stocktake_lines"),
        *_references(
            "stocktake_lines",
            stocktake_id="stocktakes",
            product_id="products",
            location_id="locations",
        ),
        *_checks(
            "stocktake_lines",
            expected="expected >= 0",
            counted="counted >= 0",
            counted_at="(counted IS NULL) = (counted_at IS NULL)",
            unit_cost_micros="unit_cost_micros >= 0",
            variance="(book IS NULL) = (variance IS NULL)"
            " AND (variance IS NULL OR counted IS NOT NULL)"
            " AND (variance IS NULL OR book + variance = counted)",
            posted_at="posted_at IS NULL OR variance IS NOT NULL",
        ),
    )
    op.create_index(
        "ix_stocktake_lines_stocktake_id_sku_key",
        "stocktake_lines",
        ["stocktake_id", "sku_key", "product_id"],
    )
    op.create_index(
        "ix_stocktake_lines_posted",
        "stocktake_lines",
        ["product_id", "location_id", "counted_at"],
        postgresql_where=sa.text("posted_at IS NOT NULL"),
        sqlite_where=sa.text("posted_at IS NOT NULL"),
    )


def _create_entries() -> None:
    op.create_table(
        "stocktake_entries",
        sa.Column("id", ULID, nullable=False),
        sa.Column("stocktake_id", ULID, nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("client_id", sa.String(64)),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", INSTANT, nullable=False),
        sa.Column("unit_cost_micros", sa.BigInteger()),
        sa.Column("user_id", ULID),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stocktake_entries"),
        *_references("stocktake_entries", stocktake_id="stocktakes", product_id="products"),
        sa.UniqueConstraint("stocktake_id", "client_id", name="uq_stocktake_entries_client_id"),
        *_checks("stocktake_entries", counted="counted >= 0"),
    )
    op.create_index(
        "ix_stocktake_entries_stocktake_id_product_id",
        "stocktake_entries",
        ["stocktake_id", "product_id", "id"],
    )


def _checks(table: str, **rules: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()
    ]


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")
        for column, target in columns.items()
    ]


def _guard_sqlite() -> None:
    for name, (table, event, condition, message) in GUARDS.items():
        when = f"WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _guard_postgres() -> None:
    # What belongs to a count can only be told by a query, which WHEN does not allow there: the
    # function asks, for the table that has the column.
    op.execute(
        """
        CREATE FUNCTION keep_stocktake() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME = 'stocktake_lines' AND TG_OP = 'UPDATE' THEN
                IF (SELECT status FROM stocktakes WHERE id = OLD.stocktake_id)
                    IN ('counting', 'review') THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for name, (table, event, condition, message) in GUARDS.items():
        when = f"WHEN ({condition})" if condition and condition != OF_OVER else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"EXECUTE FUNCTION keep_stocktake('{message}')"
        )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER trg_{table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION keep_stocktake('{table} are never emptied')"
        )
