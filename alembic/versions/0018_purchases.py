"""Purchase orders, what came of them and what went back; suppliers on goods receipts.

Suppliers and what they sell may allow for more than is ordered. Columns are added in place: to
build a table of stock documents anew would lose its triggers on SQLite.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

OVER = "OLD.status IN ('closed', 'cancelled')"
LEGAL_STEPS = {
    "draft": ("ordered", "cancelled"),
    "ordered": ("partly_received", "received", "cancelled"),
    "partly_received": ("received", "closed"),
    "received": ("closed",),
}
ILLEGAL_STEP = "OLD.status <> NEW.status AND NOT (" + " OR ".join(
    f"(OLD.status = '{before}' AND NEW.status IN ({', '.join(map(repr, after))}))"
    for before, after in LEGAL_STEPS.items()
) + ")"  # fmt: skip
OF_ORDERED = "(SELECT status FROM purchases WHERE id = OLD.purchase_id) <> 'draft'"

# Each trigger's table, event, condition and message.
GUARDS = {
    "trg_purchases_frozen": (
        "purchases",
        "UPDATE OF id, supplier_id, supplier_name, currency, user_id, created_at",
        None,
        "whom an order is for is never changed",
    ),
    "trg_purchases_ordered": (
        "purchases",
        (
            "UPDATE OF location_id, rate_nanos, total_minor, reference, note, series, year,"
            " sequence, shop_currency, ordered_at"
        ),
        "OLD.status <> 'draft'",
        "what was ordered is never changed",
    ),
    "trg_purchases_over": (
        "purchases",
        "UPDATE OF status, closed_at, close_reason",
        OVER,
        "an order that is over is never changed",
    ),
    "trg_purchases_status": (
        "purchases",
        "UPDATE OF status",
        ILLEGAL_STEP,
        "an order does not go back to an earlier status",
    ),
    "trg_purchases_delete": ("purchases", "DELETE", None, "an order is never deleted"),
    "trg_purchase_lines_update": (
        "purchase_lines",
        (
            "UPDATE OF id, purchase_id, position, product_id, sku, name, unit_code, unit_decimals,"
            " supplier_sku, measure, pack_size, quantity, cost_micros, value_minor, expected_on,"
            " tolerance_ppm, ordered, receivable"
        ),
        None,
        "a line of an order is never changed",
    ),
    "trg_purchase_lines_delete": (
        "purchase_lines",
        "DELETE",
        OF_ORDERED,
        "a line that was ordered is never deleted",
    ),
    "trg_purchase_receipt_lines_update": (
        "purchase_receipt_lines",
        (
            "UPDATE OF id, purchase_line_id, location_id, rejected, quantity, cost_micros,"
            " cost_per, rate_nanos, value_minor"
        ),
        None,
        "what was received is never changed",
    ),
    "trg_purchase_receipt_lines_delete": (
        "purchase_receipt_lines",
        "DELETE",
        None,
        "what was received is never deleted",
    ),
    **{
        f"trg_{table}_{event.lower()}": (table, event, None, f"a supplier return is never {done}")
        for table in ("supplier_returns", "supplier_return_lines")
        for event, done in (("UPDATE", "changed"), ("DELETE", "deleted"))
    },
}
TABLES = (
    "purchases",
    "purchase_lines",
    "purchase_receipt_lines",
    "supplier_returns",
    "supplier_return_lines",
)


def upgrade() -> None:
    for table in ("suppliers", "supplier_items"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN over_receipt_ppm INTEGER CONSTRAINT "
            f"ck_{table}_over_receipt_ppm CHECK (over_receipt_ppm BETWEEN 0 AND 1000000)"
        )
    _create_purchases()
    _create_lines()
    _add_to_documents()
    _create_receipt_lines()
    _create_returns()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()


def downgrade() -> None:
    for index in ("uq_stock_documents_delivery", "ix_stock_documents_purchase_id_recorded_at_id"):
        op.drop_index(index, table_name="stock_documents")
    for column in ("delivery_key", "purchase_id", "supplier_id"):
        op.execute(f"ALTER TABLE stock_documents DROP COLUMN {column}")
    for table in reversed(TABLES):
        op.drop_table(table)
    for table in ("supplier_items", "suppliers"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN over_receipt_ppm")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_purchase()")


def _add_to_documents() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    ulid, text = ("UUID", 'TEXT COLLATE "C"') if on_postgres else ("BLOB", "TEXT")
    for column, parents in (("supplier_id", "suppliers"), ("purchase_id", "purchases")):
        op.execute(
            f"ALTER TABLE stock_documents ADD COLUMN {column} {ulid} CONSTRAINT "
            f"fk_stock_documents_{column} REFERENCES {parents} (id)"
        )
    op.execute(f"ALTER TABLE stock_documents ADD COLUMN delivery_key {text}")
    op.create_index(
        "ix_stock_documents_purchase_id_recorded_at_id",
        "stock_documents",
        ["purchase_id", "recorded_at", "id"],
    )
    op.create_index(
        "uq_stock_documents_delivery",
        "stock_documents",
        ["supplier_id", "delivery_key"],
        unique=True,
    )


def _create_purchases() -> None:
    op.create_table(
        "purchases",
        sa.Column("id", ULID, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("series", sa.String(8)),
        sa.Column("year", sa.Integer()),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("supplier_id", ULID, nullable=False),
        sa.Column("supplier_name", sa.String(255), nullable=False),
        sa.Column("location_id", ULID, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("shop_currency", sa.String(3)),
        sa.Column("rate_nanos", sa.BigInteger()),
        sa.Column("total_minor", sa.BigInteger()),
        sa.Column("reference", sa.String(64)),
        sa.Column("note", sa.Text()),
        sa.Column("user_id", ULID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ordered_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.Column("close_reason", sa.String(255)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_purchases"),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["suppliers.id"],
            name="fk_purchases_supplier_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name="fk_purchases_location_id"),
        sa.UniqueConstraint("series", "year", "sequence", name="uq_purchases_number"),
        *_checks(
            "purchases",
            {
                "status": "status IN ('draft', 'ordered', 'partly_received', 'received', 'closed',"
                " 'cancelled')",
                "number": "(series IS NULL) = (year IS NULL)"
                " AND (series IS NULL) = (sequence IS NULL)"
                " AND (series IS NULL) = (ordered_at IS NULL)"
                " AND (series IS NULL) = (shop_currency IS NULL)"
                " AND (series IS NULL OR rate_nanos IS NOT NULL)"
                " AND (status <> 'draft' OR series IS NULL)"
                " AND (status IN ('draft', 'cancelled') OR series IS NOT NULL)",
                "closed": "(closed_at IS NOT NULL) = (status IN ('closed', 'cancelled'))",
                "rate_nanos": "rate_nanos > 0",
                "total_minor": "total_minor >= 0",
            },
        ),
    )
    for columns in (("created_at", "id"), ("status", "created_at", "id"),
                    ("supplier_id", "created_at", "id"),
                    ("location_id", "created_at", "id")):  # fmt: skip
        op.create_index(f"ix_purchases_{'_'.join(columns)}", "purchases", list(columns))


def _create_lines() -> None:
    op.create_table(
        "purchase_lines",
        sa.Column("id", ULID, nullable=False),
        sa.Column("purchase_id", ULID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("unit_code", sa.String(16), nullable=False),
        sa.Column("unit_decimals", sa.Integer(), nullable=False),
        sa.Column("supplier_sku", sa.String(64)),
        sa.Column("measure", sa.String(4), nullable=False),
        sa.Column("pack_size", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger()),
        sa.Column("value_minor", sa.BigInteger()),
        sa.Column("expected_on", sa.Date()),
        sa.Column("tolerance_ppm", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in (
                *("ordered", "receivable", "received"),
                *("rejected", "returned", "outstanding"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_purchase_lines"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.id"], name="fk_purchase_lines_purchase_id"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_purchase_lines_product_id"
        ),
        sa.UniqueConstraint(
            "purchase_id", "position", name="uq_purchase_lines_purchase_id_position"
        ),
        *_checks(
            "purchase_lines",
            {
                "measure": "measure IN ('pack', 'unit')",
                "pack_size": "pack_size > 0",
                "quantity": "quantity > 0 AND ordered > 0",
                "cost_micros": "cost_micros >= 0",
                "value_minor": "value_minor >= 0 AND (value_minor IS NULL) = (cost_micros IS NULL)",
                "tolerance_ppm": "tolerance_ppm BETWEEN 0 AND 1000000",
                "received": "receivable >= ordered AND received BETWEEN 0 AND receivable",
                "rejected": "rejected BETWEEN 0 AND received",
                "returned": "returned BETWEEN 0 AND received",
                "outstanding": "outstanding BETWEEN 0 AND ordered",
            },
        ),
    )
    op.create_index(
        "ix_purchase_lines_product_id_purchase_id", "purchase_lines", ["product_id", "purchase_id"]
    )
    op.create_index(
        "ix_purchase_lines_outstanding",
        "purchase_lines",
        ["product_id", "purchase_id"],
        postgresql_where=sa.text("outstanding > 0"),
        sqlite_where=sa.text("outstanding > 0"),
    )


def _create_receipt_lines() -> None:
    table = "purchase_receipt_lines"
    op.create_table(
        table,
        sa.Column("id", ULID, nullable=False),
        sa.Column("purchase_line_id", ULID, nullable=False),
        sa.Column("location_id", ULID, nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in (
                *("quantity", "cost_micros", "cost_per"),
                *("rate_nanos", "value_minor", "returned"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        *(
            sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")
            for column, target in (
                ("id", "stock_document_lines.id"),
                ("purchase_line_id", "purchase_lines.id"),
                ("location_id", "locations.id"),
            )
        ),
        *_checks(
            table,
            {
                "quantity": "quantity > 0",
                "cost": "cost_micros >= 0 AND cost_per > 0 AND rate_nanos > 0",
                "value_minor": "value_minor >= 0",
                "returned": "returned BETWEEN 0 AND quantity",
            },
        ),
    )
    op.create_index(f"ix_{table}_purchase_line_id", table, ["purchase_line_id"])


def _create_returns() -> None:
    op.create_table(
        "supplier_returns",
        sa.Column("id", ULID, nullable=False),
        sa.Column("series", sa.String(8), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("purchase_id", ULID, nullable=False),
        sa.Column("supplier_id", ULID, nullable=False),
        sa.Column("supplier_name", sa.String(255), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("shop_currency", sa.String(3), nullable=False),
        sa.Column("reference", sa.String(64)),
        sa.Column("reason", sa.String(255)),
        sa.Column("user_id", ULID),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_supplier_returns"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.id"], name="fk_supplier_returns_purchase_id"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["suppliers.id"],
            name="fk_supplier_returns_supplier_id",
            ondelete="RESTRICT",
        ),
        sa.UniqueConstraint("series", "year", "sequence", name="uq_supplier_returns_number"),
    )
    op.create_index(
        "ix_supplier_returns_purchase_id_recorded_at_id",
        "supplier_returns",
        ["purchase_id", "recorded_at", "id"],
    )
    op.create_index("ix_supplier_returns_supplier_id", "supplier_returns", ["supplier_id"])
    _create_return_lines()


def _create_return_lines() -> None:
    table = "supplier_return_lines"
    op.create_table(
        table,
        sa.Column("id", ULID, nullable=False),
        sa.Column("return_id", ULID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("receipt_line_id", ULID, nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("unit_code", sa.String(16), nullable=False),
        sa.Column("location_id", ULID, nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("quantity", "credit_minor", "shop_credit_minor", "value_minor")
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        *(
            sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")
            for column, target in (
                ("return_id", "supplier_returns.id"),
                ("receipt_line_id", "purchase_receipt_lines.id"),
                ("product_id", "products.id"),
                ("location_id", "locations.id"),
            )
        ),
        sa.UniqueConstraint("return_id", "position", name=f"uq_{table}_return_id_position"),
        *_checks(
            table,
            {
                "quantity": "quantity > 0",
                "money": "credit_minor >= 0 AND shop_credit_minor >= 0 AND value_minor >= 0",
            },
        ),
    )
    op.create_index(f"ix_{table}_receipt_line_id", table, ["receipt_line_id"])
    op.create_index(f"ix_{table}_product_id_return_id", table, ["product_id", "return_id"])


def _checks(table: str, rules: dict[str, str]) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()
    ]


def _guard_sqlite() -> None:
    for name, (table, event, condition, message) in GUARDS.items():
        when = f"WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _guard_postgres() -> None:
    # What belongs to an order can only be told by a query, which WHEN does not allow there: the
    # function asks, for the table that has the column.
    op.execute(
        """
        CREATE FUNCTION keep_purchase() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME = 'purchase_lines' AND TG_OP = 'DELETE' THEN
                IF (SELECT status FROM purchases WHERE id = OLD.purchase_id) = 'draft' THEN
                    RETURN OLD;
                END IF;
            END IF;
            RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for name, (table, event, condition, message) in GUARDS.items():
        when = f"WHEN ({condition})" if condition and condition != OF_ORDERED else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"EXECUTE FUNCTION keep_purchase('{message}')"
        )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER trg_{table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION keep_purchase('{table} are never emptied')"
        )
