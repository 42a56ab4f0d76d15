"""Suppliers with their items, customers, and who bought; what may be the same, and text search.

Text search is made as for products (0003): a trigram index on Postgres, on SQLite an FTS5 table
that triggers keep in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

WORDS = ("supplier", "customer")
SQLITE_SEARCH = [
    """
    CREATE TABLE {word}_search_rows (
        number INTEGER PRIMARY KEY,
        {word}_id BLOB NOT NULL CONSTRAINT uq_{word}_search_rows_{word}_id UNIQUE
    )
    """,
    """
    CREATE VIEW {word}_search_source AS
    SELECT r.number AS number, p.search_text AS search_text
    FROM {word}_search_rows r JOIN {word}s p ON p.id = r.{word}_id
    """,
    """
    CREATE VIRTUAL TABLE {word}_search USING fts5(
        search_text, content='{word}_search_source', content_rowid='number', columnsize=0,
        tokenize='trigram case_sensitive 1'
    )
    """,
    """
    CREATE TRIGGER trg_{word}s_search_insert AFTER INSERT ON {word}s
    BEGIN
        INSERT INTO {word}_search_rows ({word}_id) VALUES (new.id);
        INSERT INTO {word}_search (rowid, search_text)
        SELECT number, new.search_text FROM {word}_search_rows WHERE {word}_id = new.id;
    END
    """,
    """
    CREATE TRIGGER trg_{word}s_search_update AFTER UPDATE OF search_text ON {word}s
    WHEN old.search_text IS NOT new.search_text
    BEGIN
        INSERT INTO {word}_search ({word}_search, rowid, search_text)
        SELECT 'delete', number, old.search_text FROM {word}_search_rows
        WHERE {word}_id = old.id;
        INSERT INTO {word}_search (rowid, search_text)
        SELECT number, new.search_text FROM {word}_search_rows WHERE {word}_id = new.id;
    END
    """,
    """
    CREATE TRIGGER trg_{word}s_search_delete AFTER DELETE ON {word}s
    BEGIN
        INSERT INTO {word}_search ({word}_search, rowid, search_text)
        SELECT 'delete', number, old.search_text FROM {word}_search_rows
        WHERE {word}_id = old.id;
        DELETE FROM {word}_search_rows WHERE {word}_id = old.id;
    END
    """,
]

CUSTOMER_CHECK = "(customer_name IS NOT NULL) = (customer_id IS NOT NULL AND series IS NOT NULL)"
SQLITE_TRIGGERS = (
    "SELECT name, tbl_name, sql FROM sqlite_master"
    " WHERE type = 'trigger' AND tbl_name IN ('sales', 'sale_lines') ORDER BY name"
)
POSTGRES_TRIGGERS = (
    "SELECT tgname, 'sales', pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE tgrelid = 'sales'::regclass AND tgname = 'trg_sales_frozen'"
)
# The end of the list of columns that the trigger of 0005 keeps as they are.
FROZEN = "created_at, completed_at"
FROZEN_TOO = "created_at, completed_at, customer_id, customer_name"


def upgrade() -> None:
    _create_parties("supplier", sa.Column("currency", sa.String(3), nullable=False))
    _create_parties(
        "customer",
        sa.Column("credit_limit_minor", sa.BigInteger()),
        sa.Column("anonymized_at", INSTANT),
        sa.CheckConstraint("credit_limit_minor >= 0", name=op.f("ck_customers_credit_limit_minor")),
    )
    _create_supplier_items()
    _add_customer_to_sales()


def downgrade() -> None:
    _take_customer_from_sales()
    op.drop_table("supplier_items")
    for word in reversed(WORDS):
        if op.get_bind().dialect.name == "sqlite":
            for name in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER trg_{word}s_search_{name}")
            op.execute(f"DROP TABLE {word}_search")
            op.execute(f"DROP VIEW {word}_search_source")
            op.execute(f"DROP TABLE {word}_search_rows")
        op.drop_table(f"{word}_match_keys")
        op.drop_table(f"{word}s")


def _create_parties(word: str, *special: Any) -> None:
    table = f"{word}s"
    op.create_table(
        table,
        sa.Column("id", ULID, nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("code_key", KEY_TEXT, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("name_folded", KEY_TEXT, nullable=False),
        sa.Column("search_text", KEY_TEXT, nullable=False),
        sa.Column("legal_name", sa.String(255)),
        sa.Column("email", sa.String(254)),
        sa.Column("email_key", KEY_TEXT),
        sa.Column("phone", sa.String(40)),
        sa.Column("website", sa.String(255)),
        sa.Column("tax_id", sa.String(32)),
        sa.Column("language", sa.String(35)),
        sa.Column("notes", sa.Text()),
        sa.Column("net_days", sa.Integer()),
        sa.Column("discount_ppm", sa.Integer()),
        sa.Column("discount_days", sa.Integer()),
        sa.Column("contacts", JSON, nullable=False),
        sa.Column("addresses", JSON, nullable=False),
        sa.Column("external_id", KEY_TEXT),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", ULID),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        *(
            sa.UniqueConstraint(column, name=f"uq_{table}_{column}")
            for column in ("code_key", "email_key", "external_id")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            [f"{table}.id"],
            name=f"fk_{table}_merged_into_id",
            ondelete="RESTRICT",
        ),
        sa.CheckConstraint("net_days BETWEEN 0 AND 365", name=op.f(f"ck_{table}_net_days")),
        sa.CheckConstraint(
            "(discount_ppm IS NULL) = (discount_days IS NULL)"
            " AND discount_ppm BETWEEN 0 AND 1000000 AND discount_days BETWEEN 0 AND net_days",
            name=op.f(f"ck_{table}_discount"),
        ),
        sa.CheckConstraint(
            "merged_into_id IS NULL OR (merged_into_id <> id AND NOT active AND email_key IS NULL)",
            name=op.f(f"ck_{table}_merged"),
        ),
        *special,
    )
    op.create_index(f"ix_{table}_merged_into_id", table, ["merged_into_id"])
    for column in ("name_folded", "created_at", "updated_at"):
        op.create_index(f"ix_{table}_{column}_id", table, [column, "id"])
    _create_match_keys(word)
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            f"ix_{table}_search_text",
            table,
            ["search_text"],
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        )
    else:
        for statement in SQLITE_SEARCH:
            op.execute(statement.format(word=word))


def _create_match_keys(word: str) -> None:
    table = f"{word}_match_keys"
    op.create_table(
        table,
        sa.Column("kind", KEY_TEXT, nullable=False),
        sa.Column("value", KEY_TEXT, nullable=False),
        sa.Column("party_id", ULID, nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", "party_id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["party_id"], [f"{word}s.id"], name=f"fk_{table}_party_id", ondelete="RESTRICT"
        ),
        sa.CheckConstraint(
            "kind IN ('tax_id', 'phone', 'name_postal')", name=op.f(f"ck_{table}_kind")
        ),
    )
    op.create_index(f"ix_{table}_party_id", table, ["party_id"])


def _create_supplier_items() -> None:
    op.create_table(
        "supplier_items",
        sa.Column("id", ULID, nullable=False),
        sa.Column("supplier_id", ULID, nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("sku", sa.String(64)),
        sa.Column("sku_key", KEY_TEXT),
        sa.Column("barcode", sa.String(64)),
        sa.Column("pack_size", sa.BigInteger(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger()),
        sa.Column("lead_time_days", sa.Integer()),
        sa.Column("minimum_order", sa.BigInteger()),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_supplier_items"),
        *(
            sa.ForeignKeyConstraint(
                [f"{word}_id"],
                [f"{word}s.id"],
                name=f"fk_supplier_items_{word}_id",
                ondelete="RESTRICT",
            )
            for word in ("supplier", "product")
        ),
        sa.UniqueConstraint("supplier_id", "sku_key", name="uq_supplier_items_sku_key"),
        *(
            sa.CheckConstraint(f"{column} {rule} 0", name=op.f(f"ck_supplier_items_{column}"))
            for column, rule in (
                ("pack_size", ">"),
                ("minimum_order", ">"),
                ("cost_micros", ">="),
                ("lead_time_days", ">="),
            )
        ),
    )
    op.create_index("ix_supplier_items_supplier_id_id", "supplier_items", ["supplier_id", "id"])
    op.create_index("ix_supplier_items_product_id_id", "supplier_items", ["product_id", "id"])
    op.create_index(
        "uq_supplier_items_preferred",
        "supplier_items",
        ["product_id"],
        unique=True,
        postgresql_where=sa.text("preferred"),
        sqlite_where=sa.text("preferred"),
    )


def _add_customer_to_sales() -> None:
    with _sales(was=FROZEN, becomes=FROZEN_TOO) as sales:
        sales.add_column(sa.Column("customer_id", ULID))
        sales.add_column(sa.Column("customer_name", sa.String(255)))
        sales.create_foreign_key(
            "fk_sales_customer_id", "customers", ["customer_id"], ["id"], ondelete="RESTRICT"
        )
        sales.create_check_constraint(op.f("ck_sales_customer_name"), CUSTOMER_CHECK)
        sales.create_index(
            "ix_sales_customer_id_occurred_at_id", ["customer_id", "occurred_at", "id"]
        )


def _take_customer_from_sales() -> None:
    with _sales(was=FROZEN_TOO, becomes=FROZEN) as sales:
        sales.drop_index("ix_sales_customer_id_occurred_at_id")
        sales.drop_constraint(op.f("ck_sales_customer_name"), type_="check")
        sales.drop_constraint("fk_sales_customer_id", type_="foreignkey")
        sales.drop_column("customer_name")
        sales.drop_column("customer_id")


@contextmanager
def _sales(*, was: str, becomes: str) -> Iterator[BatchOperations]:
    """Change the table of sales; afterwards its triggers are there again, one with other columns.

    SQLite loses the triggers of the table that it rebuilds, and stumbles over those of its lines,
    which name it.
    """
    sqlite = op.get_bind().dialect.name == "sqlite"
    triggers = op.get_bind().execute(sa.text(SQLITE_TRIGGERS if sqlite else POSTGRES_TRIGGERS))
    found = [tuple(row) for row in triggers]
    for name, table, _ in found:
        op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
    with op.batch_alter_table("sales") as sales:
        yield sales
    for _, _, definition in found:
        op.execute(definition.replace(f"{was} ON", f"{becomes} ON"))
