"""Locations, the stock ledger with its levels and valuations, and stock documents.

Movements and documents are append-only: triggers refuse to change or remove a row. SQLite fires
delete triggers for INSERT OR REPLACE only under a setting of the connection, so that a trigger of
its own looks at what is inserted.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)

LOCATION_KINDS = "'stock', 'supplier', 'customer', 'opening', 'adjustment', 'scrap', 'discrepancy'"
MOVEMENT_KINDS = (
    "'opening', 'receipt', 'sale', 'return', 'adjustment', 'transfer', 'stocktake', 'scrap'"
)
LOCATIONS = [
    ("main", "Main", "stock"),
    ("supplier", "Suppliers", "supplier"),
    ("customer", "Customers", "customer"),
    ("opening", "Opening stock", "opening"),
    ("adjustment", "Adjustments", "adjustment"),
    ("scrap", "Scrap", "scrap"),
    ("discrepancy", "Discrepancies", "discrepancy"),
]
EFFECT = (
    "document_kind",
    "document_id",
    "line_id",
    "kind",
    "source_id",
    "target_id",
    "generation",
)
APPEND_ONLY = ("stock_movements", "stock_documents", "stock_document_lines")
TABLES = (
    "locations",
    "stock_levels",
    "product_valuations",
    "stock_movements",
    "stock_documents",
    "stock_document_lines",
)


def upgrade() -> None:
    _create_locations()
    _create_balances()
    _create_movements()
    _create_documents()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()
    _seed()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_locations() -> None:
    op.create_table(
        "locations",
        sa.Column("id", ULID, nullable=False),
        sa.Column("code", KEY_TEXT, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_locations"),
        sa.UniqueConstraint("code", name="uq_locations_code"),
        sa.CheckConstraint(f"kind IN ({LOCATION_KINDS})", name=op.f("ck_locations_kind")),
    )


def _create_balances() -> None:
    op.create_table(
        "stock_levels",
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("location_id", ULID, nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", "location_id", name="pk_stock_levels"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_stock_levels_product_id"),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name="fk_stock_levels_location_id"
        ),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_levels_on_hand")),
    )
    op.create_index(
        "ix_stock_levels_location_id_product_id", "stock_levels", ["location_id", "product_id"]
    )
    op.create_table(
        "product_valuations",
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name="pk_product_valuations"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_product_valuations_product_id"
        ),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_product_valuations_quantity")),
        sa.CheckConstraint(
            "value_minor >= 0 AND (quantity > 0 OR value_minor = 0)",
            name=op.f("ck_product_valuations_value_minor"),
        ),
    )


def _create_movements() -> None:
    op.create_table(
        "stock_movements",
        sa.Column("id", ULID, nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("source_id", ULID, nullable=False),
        sa.Column("target_id", ULID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("document_kind", sa.String(16), nullable=False),
        sa.Column("document_id", ULID, nullable=False),
        sa.Column("line_id", ULID, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("reverses_id", ULID),
        sa.Column("user_id", ULID),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stock_movements"),
        sa.UniqueConstraint(*EFFECT, name="uq_stock_movements_effect"),
        sa.UniqueConstraint("reverses_id", name="uq_stock_movements_reverses_id"),
        *(
            sa.ForeignKeyConstraint([column], [target], name=f"fk_stock_movements_{column}")
            for column, target in (
                ("product_id", "products.id"),
                ("source_id", "locations.id"),
                ("target_id", "locations.id"),
                ("reverses_id", "stock_movements.id"),
            )
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_movements_quantity")),
        sa.CheckConstraint("value_minor >= 0", name=op.f("ck_stock_movements_value_minor")),
        sa.CheckConstraint("source_id <> target_id", name=op.f("ck_stock_movements_places")),
        sa.CheckConstraint("generation >= 0", name=op.f("ck_stock_movements_generation")),
        sa.CheckConstraint(f"kind IN ({MOVEMENT_KINDS})", name=op.f("ck_stock_movements_kind")),
    )
    for columns in (
        ("recorded_at", "id"),
        ("product_id", "recorded_at", "id"),
        ("product_id", "occurred_at", "id"),
        ("source_id", "recorded_at", "id"),
        ("target_id", "recorded_at", "id"),
    ):
        op.create_index(f"ix_stock_movements_{'_'.join(columns)}", "stock_movements", list(columns))


def _create_documents() -> None:
    op.create_table(
        "stock_documents",
        sa.Column("id", ULID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("series", sa.String(8), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("location_id", ULID, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("supplier", sa.String(255)),
        sa.Column("reference", sa.String(64)),
        sa.Column("reason", sa.String(32)),
        sa.Column("note", sa.Text()),
        sa.Column("user_id", ULID),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stock_documents"),
        sa.UniqueConstraint("series", "year", "sequence", name="uq_stock_documents_number"),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name="fk_stock_documents_location_id"
        ),
        sa.CheckConstraint(
            "kind IN ('opening', 'goods_receipt', 'adjustment')",
            name=op.f("ck_stock_documents_kind"),
        ),
        sa.CheckConstraint(
            "(kind = 'adjustment') = (reason IS NOT NULL)", name=op.f("ck_stock_documents_reason")
        ),
    )
    op.create_index(
        "ix_stock_documents_kind_recorded_at_id", "stock_documents", ["kind", "recorded_at", "id"]
    )
    op.create_table(
        "stock_document_lines",
        sa.Column("id", ULID, nullable=False),
        sa.Column("document_id", ULID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("unit_code", sa.String(16), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost_micros", sa.BigInteger()),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stock_document_lines"),
        sa.UniqueConstraint(
            "document_id", "position", name="uq_stock_document_lines_document_id_position"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["stock_documents.id"], name="fk_stock_document_lines_document_id"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_stock_document_lines_product_id"
        ),
        sa.CheckConstraint("change <> 0", name=op.f("ck_stock_document_lines_change")),
        *(
            sa.CheckConstraint(f"{column} >= 0", name=op.f(f"ck_stock_document_lines_{column}"))
            for column in ("unit_cost_micros", "value_minor")
        ),
    )
    op.create_index(
        "ix_stock_document_lines_product_id",
        "stock_document_lines",
        ["product_id", "document_id"],
    )


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for what in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER trg_{table}_no_{what} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append_only: {table}'); END"
            )
        op.execute(
            f"CREATE TRIGGER trg_{table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
            f"BEGIN SELECT RAISE(ABORT, 'append_only: {table}'); END"
        )
    same_effect = " AND ".join(f"{column} = NEW.{column}" for column in EFFECT)
    op.execute(
        "CREATE TRIGGER trg_stock_movements_once BEFORE INSERT ON stock_movements "
        f"WHEN EXISTS (SELECT 1 FROM stock_movements WHERE {same_effect}) "
        "OR EXISTS (SELECT 1 FROM stock_movements WHERE reverses_id = NEW.reverses_id) "
        "BEGIN SELECT RAISE(ABORT, 'applied_twice: stock_movements'); END"
    )


def _guard_postgres() -> None:
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER trg_{table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER trg_{table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _seed() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    table = sa.table(
        "locations",
        sa.column("id", ULID),
        *(sa.column(name) for name in ("code", "name", "kind", "active", "version")),
    )
    rows = []
    for number, (code, name, kind) in enumerate(LOCATIONS, start=1):
        # The same identifiers in every shop, so that the program can name them.
        key = UUID(int=number)
        rows.append(
            {
                "id": key if on_postgres else key.bytes,
                "code": code,
                "name": name,
                "kind": kind,
                "active": True,
                "version": 1,
            }
        )
    op.bulk_insert(table, rows)
