"""Tables of the catalog: categories, families, products and their barcodes.

Every sort order of the product list has an index that ends with the id. Text search reads a
trigram index on `search_text`: GIN on Postgres, an FTS5 table kept by triggers on SQLite, both made
by migration 0003.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from app.domain.catalog import limits
from app.domain.common.identifiers import CategoryId, FamilyId, ProductId, TaxRateId, UnitId
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.tables.columns import KeyText
from app.infrastructure.db.types import (
    Json,
    QuantityType,
    TextList,
    UlidType,
    UnitPriceType,
    UtcDateTime,
)

categories = Table(
    "categories",
    metadata,
    Column("id", UlidType(CategoryId), primary_key=True),
    Column("parent_id", UlidType(CategoryId), ForeignKey("categories.id"), index=True),
    Column("name", String(limits.CATEGORY_NAME_LENGTH), nullable=False),
    Column("slug", KeyText, nullable=False, unique=True),
    Column("path", Text, nullable=False),
    Column("path_key", KeyText, nullable=False, unique=True),
    Column("depth", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("depth >= 0", name="depth"),
)

product_families = Table(
    "product_families",
    metadata,
    Column("id", UlidType(FamilyId), primary_key=True),
    Column("key", String(limits.FAMILY_KEY_LENGTH), nullable=False),
    Column("match_key", KeyText, nullable=False, unique=True),
    Column("name", String(limits.NAME_LENGTH), nullable=False),
    Column("search_text", KeyText, nullable=False),
    Column("options", TextList, nullable=False),
    Column("images", TextList, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("id", UlidType(ProductId), primary_key=True),
    Column("sku", String(limits.SKU_LENGTH), nullable=False),
    Column("sku_key", KeyText, nullable=False, unique=True),
    Column("name", String(limits.NAME_LENGTH), nullable=False),
    Column("name_folded", KeyText, nullable=False),
    Column("search_text", KeyText, nullable=False),
    Column("description", Text),
    Column("category_id", UlidType(CategoryId), ForeignKey(categories.c.id), index=True),
    Column("family_id", UlidType(FamilyId), ForeignKey(product_families.c.id), index=True),
    Column("unit_id", UlidType(UnitId), ForeignKey("units.id"), nullable=False),
    Column("tax_rate_id", UlidType(TaxRateId), ForeignKey("tax_rates.id"), nullable=False),
    Column("price_micros", UnitPriceType, nullable=False),
    Column("cost_micros", UnitPriceType),
    Column("tracks_stock", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("reorder_point", QuantityType),
    Column("reorder_quantity", QuantityType),
    Column("attributes", Json, nullable=False),
    Column("images", TextList, nullable=False, server_default=text("'[]'")),
    Column("external_id", KeyText, unique=True),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    CheckConstraint("price_micros >= 0", name="price_micros"),
    CheckConstraint("cost_micros >= 0", name="cost_micros"),
    CheckConstraint("reorder_point >= 0", name="reorder_point"),
    CheckConstraint("reorder_quantity >= 0", name="reorder_quantity"),
    Index("ix_products_name_folded_id", "name_folded", "id"),
    Index("ix_products_price_micros_id", "price_micros", "id"),
    Index("ix_products_created_at_id", "created_at", "id"),
    Index("ix_products_updated_at_id", "updated_at", "id"),
    Index(
        "ix_products_reordered",
        "sku_key",
        postgresql_where=text("reorder_point IS NOT NULL"),
        sqlite_where=text("reorder_point IS NOT NULL"),
    ),
    Index(
        "ix_products_search_text",
        "search_text",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    ).ddl_if(dialect="postgresql"),
)

product_barcodes = Table(
    "product_barcodes",
    metadata,
    Column("code_key", KeyText, primary_key=True),
    Column("code", String(limits.BARCODE_LENGTH), nullable=False),
    Column(
        "product_id", UlidType(ProductId), ForeignKey(products.c.id), nullable=False, index=True
    ),
    Column("position", Integer, nullable=False),
)
