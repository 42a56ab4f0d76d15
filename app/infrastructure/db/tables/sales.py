"""Tables of sales: the document, its lines and its tenders.

Posted sales are kept by triggers (migrations 0005, 0012, 0014 to 0016): of a posted sale only what
voiding writes can change, its lines and tenders not at all, and no sale is ever deleted.
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
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from app.domain.catalog import limits
from app.domain.common.identifiers import (
    CustomerId,
    LineId,
    LocationId,
    ProductId,
    SaleId,
    UserId,
)
from app.domain.parties.limits import NAME_LENGTH as PARTY_NAME_LENGTH
from app.domain.sales.sale import REASON_LENGTH, REFERENCE_LENGTH
from app.domain.sales.till import CLIENT_ID_LENGTH, CLIENT_NUMBER_LENGTH, REGISTER_LENGTH
from app.domain.shop import shop as shop_rules
from app.domain.shop import tax_rate as tax_rules
from app.domain.shop import unit as unit_rules
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.types import QuantityType, UlidType, UnitPriceType, UtcDateTime

sales = Table(
    "sales",
    metadata,
    Column("id", UlidType(SaleId), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("series", String(8)),
    Column("year", Integer),
    Column("sequence", BigInteger),
    Column("currency", String(3), nullable=False),
    Column("prices_include_tax", Boolean, nullable=False),
    Column("location_id", UlidType(LocationId), ForeignKey("locations.id"), nullable=False),
    Column("customer_id", UlidType(CustomerId), ForeignKey("customers.id", ondelete="RESTRICT")),
    Column("customer_name", String(PARTY_NAME_LENGTH)),
    Column("register", String(REGISTER_LENGTH)),
    Column("client_id", String(CLIENT_ID_LENGTH)),
    Column("client_number", String(CLIENT_NUMBER_LENGTH)),
    Column("client_digest", LargeBinary(32)),
    Column("discount_ppm", Integer),
    Column("discount_amount_minor", BigInteger),
    Column("discount_minor", BigInteger, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("needs_attention", Boolean, nullable=False),
    Column("user_id", UlidType(UserId)),
    Column("shop_name", String(shop_rules.NAME_LENGTH)),
    Column("time_zone", String(64)),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column(
        "posted_at",
        UtcDateTime,
        CheckConstraint("posted_at IS NULL OR series IS NOT NULL", name="posted_at"),
    ),
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Column("reserved_until", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("voided_at", UtcDateTime),
    Column("goods_back", Boolean),
    Column("void_reason", String(REASON_LENGTH)),
    Column("version", Integer, nullable=False),
    CheckConstraint("status IN ('draft', 'confirmed', 'completed', 'voided')", name="status"),
    CheckConstraint(
        "(series IS NULL) = (year IS NULL) AND (series IS NULL) = (sequence IS NULL)"
        " AND (series IS NULL) = (completed_at IS NULL)"
        " AND (series IS NULL) = (shop_name IS NULL)"
        " AND (series IS NULL) = (time_zone IS NULL)"
        " AND (status NOT IN ('draft', 'confirmed') OR series IS NULL)"
        " AND (status <> 'completed' OR series IS NOT NULL)",
        name="number",
    ),
    CheckConstraint("(status = 'voided') = (voided_at IS NOT NULL)", name="voided_at"),
    CheckConstraint("status <> 'confirmed' OR confirmed_at IS NOT NULL", name="confirmed_at"),
    CheckConstraint("discount_ppm BETWEEN 0 AND 1000000", name="discount_ppm"),
    CheckConstraint("discount_amount_minor >= 0", name="discount_amount_minor"),
    CheckConstraint(
        "discount_minor >= 0 AND net_minor >= 0 AND tax_minor >= 0"
        " AND total_minor = net_minor + tax_minor",
        name="totals",
    ),
    CheckConstraint(
        "(customer_name IS NOT NULL) = (customer_id IS NOT NULL AND series IS NOT NULL)",
        name="customer_name",
    ),
    UniqueConstraint("series", "year", "sequence", name="uq_sales_number"),
    Index("uq_sales_client_id", "register", "client_id", unique=True),
    Index("uq_sales_client_number", "register", "client_number", unique=True),
    Index("ix_sales_occurred_at_id", "occurred_at", "id"),
    Index("ix_sales_posted_at_id", "posted_at", "id"),
    Index("ix_sales_status_occurred_at_id", "status", "occurred_at", "id"),
    Index("ix_sales_user_id_occurred_at_id", "user_id", "occurred_at", "id"),
    Index("ix_sales_customer_id_occurred_at_id", "customer_id", "occurred_at", "id"),
    Index(
        "ix_sales_voided_at",
        "voided_at",
        "id",
        postgresql_where=text("voided_at IS NOT NULL"),
        sqlite_where=text("voided_at IS NOT NULL"),
    ),
    Index(
        "ix_sales_needing_attention",
        "occurred_at",
        "id",
        postgresql_where=text("needs_attention"),
        sqlite_where=text("needs_attention"),
    ),
)

sale_lines = Table(
    "sale_lines",
    metadata,
    Column("id", UlidType(LineId), primary_key=True),
    Column("sale_id", UlidType(SaleId), ForeignKey(sales.c.id), nullable=False),
    Column("position", Integer, nullable=False),
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
    # What left before the sale was completed; then all of it has left.
    Column("fulfilled", QuantityType, nullable=False, server_default="0"),
    Column("discount_ppm", Integer),
    Column("discount_amount_minor", BigInteger),
    Column("full_minor", BigInteger, nullable=False),
    Column("discount_minor", BigInteger, nullable=False),
    Column("allotted_minor", BigInteger, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("cost_minor", BigInteger),
    UniqueConstraint("sale_id", "position", name="uq_sale_lines_sale_id_position"),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("fulfilled BETWEEN 0 AND quantity", name="fulfilled"),
    CheckConstraint("unit_price_micros >= 0", name="unit_price_micros"),
    CheckConstraint("tax_rate_ppm BETWEEN 0 AND 1000000", name="tax_rate_ppm"),
    CheckConstraint("discount_ppm BETWEEN 0 AND 1000000", name="discount_ppm"),
    CheckConstraint(
        "discount_minor >= 0 AND allotted_minor >= 0"
        " AND discount_minor + allotted_minor <= full_minor",
        name="discounts",
    ),
    CheckConstraint(
        "net_minor >= 0 AND tax_minor >= 0 AND total_minor = net_minor + tax_minor",
        name="totals",
    ),
    Index("ix_sale_lines_product_id_sale_id", "product_id", "sale_id"),
)

sale_tenders = Table(
    "sale_tenders",
    metadata,
    Column("sale_id", UlidType(SaleId), ForeignKey(sales.c.id), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("change_minor", BigInteger, nullable=False),
    Column("reference", String(REFERENCE_LENGTH)),
    CheckConstraint("kind IN ('cash', 'card', 'voucher', 'other')", name="kind"),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    CheckConstraint(
        "change_minor BETWEEN 0 AND amount_minor AND (change_minor = 0 OR kind = 'cash')",
        name="change_minor",
    ),
)

# What a void paid back by each means, beside what returns paid back.
sale_refunds = Table(
    "sale_refunds",
    metadata,
    Column("sale_id", UlidType(SaleId), ForeignKey(sales.c.id), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    CheckConstraint("kind IN ('cash', 'card', 'voucher', 'other')", name="kind"),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
)
