"""Sales, their lines and tenders, and the triggers that keep posted sales as they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

# Of a posted sale only these move: status, needs_attention, voided_at, goods_back, void_reason
# and version.
FROZEN = (
    "id, series, year, sequence, currency, prices_include_tax, location_id, discount_ppm, "
    "discount_amount_minor, discount_minor, net_minor, tax_minor, total_minor, user_id, "
    "shop_name, time_zone, occurred_at, created_at, completed_at"
)
LEFT_DRAFT = "OLD.status <> 'draft'"
ILLEGAL_STEP = (
    "OLD.status <> NEW.status "
    "AND (OLD.status = 'voided' OR (OLD.status = 'completed' AND NEW.status <> 'voided'))"
)
OF_POSTED = "(SELECT status FROM sales WHERE id = OLD.sale_id) <> 'draft'"

# Each trigger's table, event, condition and message.
GUARDS = {
    "trg_sales_frozen": (
        "sales",
        f"UPDATE OF {FROZEN}",
        LEFT_DRAFT,
        "a posted sale is never changed",
    ),
    "trg_sales_status": (
        "sales",
        "UPDATE OF status",
        ILLEGAL_STEP,
        "a sale does not go back to an earlier status",
    ),
    "trg_sales_delete": ("sales", "DELETE", None, "a sale is never deleted"),
    "trg_sale_lines_update": (
        "sale_lines",
        "UPDATE",
        OF_POSTED,
        "a line of a posted sale is never changed",
    ),
    "trg_sale_lines_delete": (
        "sale_lines",
        "DELETE",
        OF_POSTED,
        "a line of a posted sale is never deleted",
    ),
    "trg_sale_tenders_update": ("sale_tenders", "UPDATE", None, "a tender is never changed"),
    "trg_sale_tenders_delete": ("sale_tenders", "DELETE", None, "a tender is never deleted"),
}
TABLES = ("sales", "sale_lines", "sale_tenders")


def upgrade() -> None:
    _create_sales()
    _create_lines()
    _create_tenders()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_posted_sale()")


def _create_sales() -> None:
    op.create_table(
        "sales",
        sa.Column("id", ULID, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("series", sa.String(8)),
        sa.Column("year", sa.Integer()),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("location_id", ULID, nullable=False),
        sa.Column("discount_ppm", sa.Integer()),
        sa.Column("discount_amount_minor", sa.BigInteger()),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("needs_attention", sa.Boolean(), nullable=False),
        sa.Column("user_id", ULID),
        sa.Column("shop_name", sa.String(120)),
        sa.Column("time_zone", sa.String(64)),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("completed_at", INSTANT),
        sa.Column("voided_at", INSTANT),
        sa.Column("goods_back", sa.Boolean()),
        sa.Column("void_reason", sa.String(255)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sales"),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name="fk_sales_location_id"),
        sa.UniqueConstraint("series", "year", "sequence", name="uq_sales_number"),
        sa.CheckConstraint(
            "status IN ('draft', 'completed', 'voided')", name=op.f("ck_sales_status")
        ),
        sa.CheckConstraint(
            "(series IS NULL) = (year IS NULL) AND (series IS NULL) = (sequence IS NULL)"
            " AND (series IS NULL) = (completed_at IS NULL)"
            " AND (series IS NULL) = (shop_name IS NULL)"
            " AND (series IS NULL) = (time_zone IS NULL)"
            " AND (status <> 'draft' OR series IS NULL)"
            " AND (status <> 'completed' OR series IS NOT NULL)",
            name=op.f("ck_sales_number"),
        ),
        sa.CheckConstraint(
            "(status = 'voided') = (voided_at IS NOT NULL)", name=op.f("ck_sales_voided_at")
        ),
        sa.CheckConstraint(
            "discount_ppm BETWEEN 0 AND 1000000", name=op.f("ck_sales_discount_ppm")
        ),
        sa.CheckConstraint(
            "discount_amount_minor >= 0", name=op.f("ck_sales_discount_amount_minor")
        ),
        sa.CheckConstraint(
            "discount_minor >= 0 AND net_minor >= 0 AND tax_minor >= 0"
            " AND total_minor = net_minor + tax_minor",
            name=op.f("ck_sales_totals"),
        ),
    )
    op.create_index("ix_sales_occurred_at_id", "sales", ["occurred_at", "id"])
    op.create_index("ix_sales_status_occurred_at_id", "sales", ["status", "occurred_at", "id"])
    op.create_index("ix_sales_user_id_occurred_at_id", "sales", ["user_id", "occurred_at", "id"])
    op.create_index(
        "ix_sales_needing_attention",
        "sales",
        ["occurred_at", "id"],
        postgresql_where=sa.text("needs_attention"),
        sqlite_where=sa.text("needs_attention"),
    )


def _create_lines() -> None:
    op.create_table(
        "sale_lines",
        sa.Column("id", ULID, nullable=False),
        sa.Column("sale_id", ULID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("unit_code", sa.String(16), nullable=False),
        sa.Column("unit_decimals", sa.Integer(), nullable=False),
        sa.Column("tax_code", sa.String(32), nullable=False),
        sa.Column("tax_rate_ppm", sa.Integer(), nullable=False),
        sa.Column("tracks_stock", sa.Boolean(), nullable=False),
        sa.Column("item_price_micros", sa.BigInteger(), nullable=False),
        sa.Column("item_cost_micros", sa.BigInteger()),
        sa.Column("unit_price_micros", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("discount_ppm", sa.Integer()),
        sa.Column("discount_amount_minor", sa.BigInteger()),
        sa.Column("full_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("allotted_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_sale_lines"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_sale_lines_sale_id"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_sale_lines_product_id"),
        sa.UniqueConstraint("sale_id", "position", name="uq_sale_lines_sale_id_position"),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_sale_lines_quantity")),
        sa.CheckConstraint("unit_price_micros >= 0", name=op.f("ck_sale_lines_unit_price_micros")),
        sa.CheckConstraint(
            "tax_rate_ppm BETWEEN 0 AND 1000000", name=op.f("ck_sale_lines_tax_rate_ppm")
        ),
        sa.CheckConstraint(
            "discount_ppm BETWEEN 0 AND 1000000", name=op.f("ck_sale_lines_discount_ppm")
        ),
        sa.CheckConstraint(
            "discount_minor >= 0 AND allotted_minor >= 0"
            " AND discount_minor + allotted_minor <= full_minor",
            name=op.f("ck_sale_lines_discounts"),
        ),
        sa.CheckConstraint(
            "net_minor >= 0 AND tax_minor >= 0 AND total_minor = net_minor + tax_minor",
            name=op.f("ck_sale_lines_totals"),
        ),
    )
    op.create_index("ix_sale_lines_product_id_sale_id", "sale_lines", ["product_id", "sale_id"])


def _create_tenders() -> None:
    op.create_table(
        "sale_tenders",
        sa.Column("sale_id", ULID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("change_minor", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(64)),
        sa.PrimaryKeyConstraint("sale_id", "position", name="pk_sale_tenders"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_sale_tenders_sale_id"),
        sa.CheckConstraint(
            "kind IN ('cash', 'card', 'voucher', 'other')", name=op.f("ck_sale_tenders_kind")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_sale_tenders_amount_minor")),
        sa.CheckConstraint(
            "change_minor BETWEEN 0 AND amount_minor AND (change_minor = 0 OR kind = 'cash')",
            name=op.f("ck_sale_tenders_change_minor"),
        ),
    )


def _guard_sqlite() -> None:
    for name, (table, event, condition, message) in GUARDS.items():
        when = f"WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _guard_postgres() -> None:
    # What belongs to a posted sale can only be told by a query, which WHEN does not allow there:
    # the function asks, for the tables that have the column.
    op.execute(
        """
        CREATE FUNCTION keep_posted_sale() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME = 'sale_lines' AND TG_LEVEL = 'ROW' THEN
                IF (SELECT status FROM sales WHERE id = OLD.sale_id) = 'draft' THEN
                    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
                END IF;
            END IF;
            RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for name, (table, event, condition, message) in GUARDS.items():
        when = f"WHEN ({condition})" if condition and condition != OF_POSTED else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"EXECUTE FUNCTION keep_posted_sale('{message}')"
        )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER trg_{table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION keep_posted_sale('{table} are never emptied')"
        )
