"""Tables of counts: the document, its rows, and all that anybody counted.

Triggers (migration 0019) keep what is over: a posted or cancelled count never changes, nor do its
rows, and what was counted is only ever added to.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from app.domain.catalog import limits
from app.domain.common.identifiers import (
    CategoryId,
    LineId,
    LocationId,
    ProductId,
    StocktakeId,
    UserId,
)
from app.domain.inventory import stocktake as rules
from app.domain.shop import unit as unit_rules
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.tables.columns import KeyText
from app.infrastructure.db.types import QuantityType, UlidType, UnitPriceType, UtcDateTime

stocktakes = Table(
    "stocktakes",
    metadata,
    Column("id", UlidType(StocktakeId), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("series", String(8)),
    Column("year", Integer),
    Column("sequence", BigInteger),
    Column("location_id", UlidType(LocationId), ForeignKey("locations.id"), nullable=False),
    Column("scope", String(16), nullable=False),
    # Of its moment: the category may be removed.
    Column("category_id", UlidType(CategoryId)),
    Column("blind", Boolean, nullable=False),
    Column("note", Text),
    Column("user_id", UlidType(UserId)),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("reviewed_at", UtcDateTime),
    Column("posted_at", UtcDateTime),
    Column("posted_by", UlidType(UserId)),
    Column("closed_at", UtcDateTime),
    Column("close_reason", String(rules.REASON_LENGTH)),
    Column("version", Integer, nullable=False),
    CheckConstraint("status IN ('counting', 'review', 'posted', 'cancelled')", name="status"),
    CheckConstraint("scope IN ('products', 'category', 'location')", name="scope"),
    CheckConstraint("(category_id IS NOT NULL) = (scope = 'category')", name="category_id"),
    CheckConstraint(
        "(series IS NOT NULL) = (status = 'posted') AND (series IS NULL) = (year IS NULL)"
        " AND (series IS NULL) = (sequence IS NULL) AND (series IS NULL) = (posted_at IS NULL)",
        name="number",
    ),
    CheckConstraint("(closed_at IS NOT NULL) = (status = 'cancelled')", name="closed_at"),
    UniqueConstraint("series", "year", "sequence", name="uq_stocktakes_number"),
    Index("ix_stocktakes_opened_at_id", "opened_at", "id"),
    Index("ix_stocktakes_status_opened_at_id", "status", "opened_at", "id"),
    Index("ix_stocktakes_location_id_opened_at_id", "location_id", "opened_at", "id"),
)

stocktake_lines = Table(
    "stocktake_lines",
    metadata,
    Column("stocktake_id", UlidType(StocktakeId), ForeignKey(stocktakes.c.id), primary_key=True),
    # Also the line of its movements: a product stands once in a count.
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), primary_key=True),
    Column("location_id", UlidType(LocationId), ForeignKey("locations.id"), nullable=False),
    Column("sku", String(limits.SKU_LENGTH), nullable=False),
    Column("sku_key", KeyText, nullable=False),
    Column("name", String(limits.NAME_LENGTH), nullable=False),
    Column("unit_code", String(unit_rules.CODE_LENGTH), nullable=False),
    Column("expected", QuantityType, nullable=False),
    Column("found", Boolean, nullable=False),
    Column("counted", QuantityType),
    Column("counted_at", UtcDateTime),
    Column("counted_by", UlidType(UserId)),
    Column("unit_cost_micros", UnitPriceType),
    Column("disputed", Boolean, nullable=False),
    # In thousandths, worked out in review and again when the count is posted.
    Column("book", BigInteger),
    Column("variance", BigInteger),
    Column("posted_at", UtcDateTime),
    CheckConstraint("expected >= 0", name="expected"),
    CheckConstraint("counted >= 0", name="counted"),
    CheckConstraint("(counted IS NULL) = (counted_at IS NULL)", name="counted_at"),
    CheckConstraint("unit_cost_micros >= 0", name="unit_cost_micros"),
    CheckConstraint(
        "(book IS NULL) = (variance IS NULL) AND (variance IS NULL OR counted IS NOT NULL)"
        " AND (variance IS NULL OR book + variance = counted)",
        name="variance",
    ),
    CheckConstraint("posted_at IS NULL OR variance IS NOT NULL", name="posted_at"),
    Index("ix_stocktake_lines_stocktake_id_sku_key", "stocktake_id", "sku_key", "product_id"),
    # What is known of a place by counts, for whatever becomes known late.
    Index(
        "ix_stocktake_lines_posted",
        "product_id",
        "location_id",
        "counted_at",
        postgresql_where=text("posted_at IS NOT NULL"),
        sqlite_where=text("posted_at IS NOT NULL"),
    ),
)

stocktake_entries = Table(
    "stocktake_entries",
    metadata,
    Column("id", UlidType(LineId), primary_key=True),
    Column("stocktake_id", UlidType(StocktakeId), ForeignKey(stocktakes.c.id), nullable=False),
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), nullable=False),
    Column("client_id", String(rules.CLIENT_ID_LENGTH)),
    Column("counted", QuantityType, nullable=False),
    Column("counted_at", UtcDateTime, nullable=False),
    Column("unit_cost_micros", UnitPriceType),
    Column("user_id", UlidType(UserId)),
    Column("recorded_at", UtcDateTime, nullable=False),
    CheckConstraint("counted >= 0", name="counted"),
    UniqueConstraint("stocktake_id", "client_id", name="uq_stocktake_entries_client_id"),
    Index("ix_stocktake_entries_stocktake_id_product_id", "stocktake_id", "product_id", "id"),
)
