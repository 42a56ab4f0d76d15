"""Tables of returns: the document, its lines, and how the money went back.

Triggers (migrations 0013 and 0015) keep what is over: a refunded, rejected or cancelled return
never changes, nor do the lines of one whose goods came, and no return is ever deleted.
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
    UniqueConstraint,
)

from app.domain.catalog import limits
from app.domain.common.identifiers import (
    LineId,
    LocationId,
    ProductId,
    ReturnId,
    SaleId,
    UserId,
)
from app.domain.sales.sale import REASON_LENGTH, REFERENCE_LENGTH
from app.domain.shop import shop as shop_rules
from app.domain.shop import tax_rate as tax_rules
from app.domain.shop import unit as unit_rules
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.tables.sales import sale_lines, sales
from app.infrastructure.db.types import QuantityType, UlidType, UnitPriceType, UtcDateTime

STATUSES = "'requested', 'approved', 'received', 'refunded', 'rejected', 'cancelled'"

returns = Table(
    "returns",
    metadata,
    Column("id", UlidType(ReturnId), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("sale_id", UlidType(SaleId), ForeignKey(sales.c.id)),
    Column("series", String(8)),
    Column("year", Integer),
    Column("sequence", BigInteger),
    Column("currency", String(3), nullable=False),
    Column("prices_include_tax", Boolean, nullable=False),
    Column("location_id", UlidType(LocationId), ForeignKey("locations.id"), nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("reason", String(REASON_LENGTH)),
    Column("user_id", UlidType(UserId)),
    Column("shop_name", String(shop_rules.NAME_LENGTH)),
    Column("time_zone", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("approved_at", UtcDateTime),
    Column("received_at", UtcDateTime),
    Column("refunded_at", UtcDateTime),
    *(
        Column(
            name,
            UtcDateTime,
            CheckConstraint(f"{name} IS NULL OR series IS NOT NULL", name=name),
        )
        for name in ("occurred_at", "posted_at")
    ),
    Column("closed_at", UtcDateTime),
    Column("close_reason", String(REASON_LENGTH)),
    Column("version", Integer, nullable=False),
    CheckConstraint(f"status IN ({STATUSES})", name="status"),
    CheckConstraint(
        "(series IS NOT NULL) = (status = 'refunded') AND (series IS NULL) = (year IS NULL)"
        " AND (series IS NULL) = (sequence IS NULL) AND (series IS NULL) = (refunded_at IS NULL)"
        " AND (series IS NULL) = (shop_name IS NULL) AND (series IS NULL) = (time_zone IS NULL)",
        name="number",
    ),
    CheckConstraint(
        "(received_at IS NOT NULL) = (status IN ('received', 'refunded'))", name="received_at"
    ),
    CheckConstraint(
        "(closed_at IS NOT NULL) = (status IN ('rejected', 'cancelled'))", name="closed_at"
    ),
    CheckConstraint("sale_id IS NOT NULL OR reason IS NOT NULL", name="reason"),
    CheckConstraint(
        "net_minor >= 0 AND tax_minor >= 0 AND total_minor = net_minor + tax_minor",
        name="totals",
    ),
    UniqueConstraint("series", "year", "sequence", name="uq_returns_number"),
    Index("ix_returns_posted_at_id", "posted_at", "id"),
    Index("ix_returns_created_at_id", "created_at", "id"),
    Index("ix_returns_status_created_at_id", "status", "created_at", "id"),
    Index("ix_returns_sale_id_created_at_id", "sale_id", "created_at", "id"),
)

return_lines = Table(
    "return_lines",
    metadata,
    Column("id", UlidType(LineId), primary_key=True),
    Column("return_id", UlidType(ReturnId), ForeignKey(returns.c.id), nullable=False),
    Column("position", Integer, nullable=False),
    Column("sale_line_id", UlidType(LineId), ForeignKey(sale_lines.c.id)),
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), nullable=False),
    Column("sku", String(limits.SKU_LENGTH), nullable=False),
    Column("name", String(limits.NAME_LENGTH), nullable=False),
    Column("unit_code", String(unit_rules.CODE_LENGTH), nullable=False),
    Column("unit_decimals", Integer, nullable=False),
    Column("tax_code", String(tax_rules.CODE_LENGTH), nullable=False),
    Column("tax_rate_ppm", Integer, nullable=False),
    Column("tracks_stock", Boolean, nullable=False),
    Column("item_price_micros", UnitPriceType, nullable=False),
    Column("item_cost_micros", UnitPriceType),
    Column("unit_price_micros", UnitPriceType, nullable=False),
    Column("quantity", QuantityType, nullable=False),
    Column("disposition", String(16), nullable=False),
    Column("refundable_minor", BigInteger, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("cost_minor", BigInteger),
    UniqueConstraint("return_id", "position", name="uq_return_lines_return_id_position"),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("unit_price_micros >= 0", name="unit_price_micros"),
    CheckConstraint("tax_rate_ppm BETWEEN 0 AND 1000000", name="tax_rate_ppm"),
    CheckConstraint(
        "disposition IN ('restock', 'quarantine', 'scrap', 'none')", name="disposition"
    ),
    CheckConstraint(
        "net_minor >= 0 AND tax_minor >= 0 AND total_minor = net_minor + tax_minor"
        " AND total_minor <= refundable_minor",
        name="totals",
    ),
    CheckConstraint("cost_minor >= 0", name="cost_minor"),
    Index("ix_return_lines_sale_line_id", "sale_line_id"),
    Index("ix_return_lines_product_id_return_id", "product_id", "return_id"),
)

return_refunds = Table(
    "return_refunds",
    metadata,
    Column("return_id", UlidType(ReturnId), ForeignKey(returns.c.id), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("reference", String(REFERENCE_LENGTH)),
    CheckConstraint("kind IN ('cash', 'card', 'voucher', 'other')", name="kind"),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
)
