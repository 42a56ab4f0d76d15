"""Shop, tax rates, units, categories, products and barcodes.

A shop exists from the first start. Text search is a trigram index: `pg_trgm` on Postgres, FTS5 on
SQLite, where triggers keep it in step. FTS5 needs a stable integer for each row, and SQLite's own
rowid changes under VACUUM when the primary key is not an integer: hence `product_search_rows`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ULID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
KEY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

UNITS = [
    ("piece", "Piece", 0),
    ("kg", "Kilogram", 3),
    ("g", "Gram", 0),
    ("l", "Litre", 3),
    ("ml", "Millilitre", 0),
    ("m", "Metre", 3),
    ("cm", "Centimetre", 1),
    ("m2", "Square metre", 3),
    ("hour", "Hour", 2),
]

SQLITE_SEARCH = [
    """
    CREATE TABLE product_search_rows (
        number INTEGER PRIMARY KEY,
        product_id BLOB NOT NULL CONSTRAINT uq_product_search_rows_product_id UNIQUE
    )
    """,
    """
    CREATE VIEW product_search_source AS
    SELECT r.number AS number, p.search_text AS search_text
    FROM product_search_rows r JOIN products p ON p.id = r.product_id
    """,
    """
    CREATE VIRTUAL TABLE product_search USING fts5(
        search_text, content='product_search_source', content_rowid='number', columnsize=0,
        tokenize='trigram case_sensitive 1'
    )
    """,
    """
    CREATE TRIGGER trg_products_search_insert AFTER INSERT ON products
    BEGIN
        INSERT INTO product_search_rows (product_id) VALUES (new.id);
        INSERT INTO product_search (rowid, search_text)
        SELECT number, new.search_text FROM product_search_rows WHERE product_id = new.id;
    END
    """,
    """
    CREATE TRIGGER trg_products_search_update AFTER UPDATE OF search_text ON products
    WHEN old.search_text IS NOT new.search_text
    BEGIN
        INSERT INTO product_search (product_search, rowid, search_text)
        SELECT 'delete', number, old.search_text FROM product_search_rows
        WHERE product_id = old.id;
        INSERT INTO product_search (rowid, search_text)
        SELECT number, new.search_text FROM product_search_rows WHERE product_id = new.id;
    END
    """,
    """
    CREATE TRIGGER trg_products_search_delete AFTER DELETE ON products
    BEGIN
        INSERT INTO product_search (product_search, rowid, search_text)
        SELECT 'delete', number, old.search_text FROM product_search_rows
        WHERE product_id = old.id;
        DELETE FROM product_search_rows WHERE product_id = old.id;
    END
    """,
]


class TrigramsMissing(Exception):
    """The database user may not install the extension that text search needs."""


def upgrade() -> None:
    _create_shop()
    _create_categories()
    _create_products()
    if op.get_bind().dialect.name == "postgresql":
        _create_trigrams()
    else:
        for statement in SQLITE_SEARCH:
            op.execute(statement)
    _seed()


def downgrade() -> None:
    # The extension stays: other databases' objects may use it, and it does no harm.
    if op.get_bind().dialect.name == "sqlite":
        for name in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER trg_products_search_{name}")
        op.execute("DROP TABLE product_search")
        op.execute("DROP VIEW product_search_source")
        op.execute("DROP TABLE product_search_rows")
    for table in ("product_barcodes", "products", "categories", "shop", "units", "tax_rates"):
        op.drop_table(table)


def _id() -> sa.Column[Any]:
    return sa.Column("id", ULID, nullable=False)


def _version() -> sa.Column[Any]:
    return sa.Column("version", sa.Integer(), nullable=False)


def _create_shop() -> None:
    op.create_table(
        "tax_rates",
        _id(),
        sa.Column("code", KEY_TEXT, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("rate_ppm", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        _version(),
        sa.PrimaryKeyConstraint("id", name="pk_tax_rates"),
        sa.UniqueConstraint("code", name="uq_tax_rates_code"),
        sa.CheckConstraint("rate_ppm BETWEEN 0 AND 1000000", name=op.f("ck_tax_rates_rate_ppm")),
    )
    op.create_table(
        "shop",
        _id(),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("default_tax_rate_id", ULID, nullable=False),
        _version(),
        sa.PrimaryKeyConstraint("id", name="pk_shop"),
        sa.ForeignKeyConstraint(
            ["default_tax_rate_id"], ["tax_rates.id"], name="fk_shop_default_tax_rate_id"
        ),
    )
    op.create_table(
        "units",
        _id(),
        sa.Column("code", KEY_TEXT, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("decimals", sa.Integer(), nullable=False),
        _version(),
        sa.PrimaryKeyConstraint("id", name="pk_units"),
        sa.UniqueConstraint("code", name="uq_units_code"),
        sa.CheckConstraint("decimals BETWEEN 0 AND 3", name=op.f("ck_units_decimals")),
    )


def _create_categories() -> None:
    op.create_table(
        "categories",
        _id(),
        sa.Column("parent_id", ULID),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("slug", KEY_TEXT, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("path_key", KEY_TEXT, nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        _version(),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
        sa.ForeignKeyConstraint(["parent_id"], ["categories.id"], name="fk_categories_parent_id"),
        sa.UniqueConstraint("slug", name="uq_categories_slug"),
        sa.UniqueConstraint("path_key", name="uq_categories_path_key"),
        sa.CheckConstraint("depth >= 0", name=op.f("ck_categories_depth")),
    )
    op.create_index("ix_categories_parent_id", "categories", ["parent_id"])


def _create_products() -> None:
    op.create_table(
        "products",
        _id(),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("sku_key", KEY_TEXT, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("name_folded", KEY_TEXT, nullable=False),
        sa.Column("search_text", KEY_TEXT, nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("category_id", ULID),
        sa.Column("unit_id", ULID, nullable=False),
        sa.Column("tax_rate_id", ULID, nullable=False),
        sa.Column("price_micros", sa.BigInteger(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger()),
        sa.Column("tracks_stock", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("reorder_point", sa.BigInteger()),
        sa.Column("reorder_quantity", sa.BigInteger()),
        sa.Column("attributes", JSON, nullable=False),
        sa.Column("external_id", KEY_TEXT),
        _version(),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("sku_key", name="uq_products_sku_key"),
        sa.UniqueConstraint("external_id", name="uq_products_external_id"),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_products_category_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_products_unit_id"),
        sa.ForeignKeyConstraint(["tax_rate_id"], ["tax_rates.id"], name="fk_products_tax_rate_id"),
        *(
            sa.CheckConstraint(f"{column} >= 0", name=op.f(f"ck_products_{column}"))
            for column in ("price_micros", "cost_micros", "reorder_point", "reorder_quantity")
        ),
    )
    op.create_index("ix_products_category_id", "products", ["category_id"])
    for column in ("name_folded", "price_micros", "created_at", "updated_at"):
        op.create_index(f"ix_products_{column}_id", "products", [column, "id"])
    op.create_table(
        "product_barcodes",
        sa.Column("code_key", KEY_TEXT, nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("product_id", ULID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code_key", name="pk_product_barcodes"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_product_barcodes_product_id"
        ),
    )
    op.create_index("ix_product_barcodes_product_id", "product_barcodes", ["product_id"])


def _create_trigrams() -> None:
    try:
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError as error:
        raise TrigramsMissing(
            "Text search needs the Postgres extension pg_trgm, which this user may not install. "
            "Have an owner of the database run: CREATE EXTENSION pg_trgm;"
        ) from error
    op.create_index(
        "ix_products_search_text",
        "products",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )


def _seed() -> None:
    op.bulk_insert(
        _table("tax_rates", "id", "code", "name", "rate_ppm", "active", "version"),
        [_row(1, code="standard", name="Standard rate", rate_ppm=0, active=True)],
    )
    op.bulk_insert(
        _table(
            "shop",
            "id",
            "name",
            "currency",
            "time_zone",
            "prices_include_tax",
            "default_tax_rate_id",
            "version",
        ),
        [
            _row(
                1,
                name="My shop",
                currency="EUR",
                time_zone="UTC",
                prices_include_tax=True,
                default_tax_rate_id=_key(1),
            )
        ],
    )
    op.bulk_insert(
        _table("units", "id", "code", "name", "decimals", "version"),
        [
            _row(number, code=code, name=name, decimals=decimals)
            for number, (code, name, decimals) in enumerate(UNITS, start=1)
        ],
    )


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(
        name,
        *(sa.column(column, ULID if column.endswith("id") else None) for column in columns),
    )


def _row(number: int, **values: object) -> dict[str, object]:
    return {"id": _key(number), "version": 1, **values}


def _key(number: int) -> bytes | UUID:
    """The same identifiers in every shop, so that the program can name the first ones."""
    value = UUID(int=number)
    return value if op.get_bind().dialect.name == "postgresql" else value.bytes
