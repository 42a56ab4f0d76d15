"""Tables of purchases: orders, their lines, what came of each, and what went back.

Triggers (migration 0018) keep what was ordered as it was, let orders only go forward, and refuse
to change what came or went back, but for the count of what went back of it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
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
    LineId,
    LocationId,
    ProductId,
    PurchaseId,
    SupplierId,
    SupplierReturnId,
    UserId,
)
from app.domain.parties import limits as party_limits
from app.domain.purchases.order import REASON_LENGTH, REFERENCE_LENGTH
from app.domain.shop import unit as unit_rules
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.tables.inventory import stock_document_lines
from app.infrastructure.db.tables.parties import suppliers
from app.infrastructure.db.types import QuantityType, UlidType, UnitPriceType, UtcDateTime

STATUSES = "'draft', 'ordered', 'partly_received', 'received', 'closed', 'cancelled'"

purchases = Table(
    "purchases",
    metadata,
    Column("id", UlidType(PurchaseId), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("series", String(8)),
    Column("year", Integer),
    Column("sequence", BigInteger),
    Column(
        "supplier_id",
        UlidType(SupplierId),
        ForeignKey(suppliers.c.id, ondelete="RESTRICT"),
        nullable=False,
    ),
    Column("supplier_name", String(party_limits.NAME_LENGTH), nullable=False),
    Column("location_id", UlidType(LocationId), ForeignKey("locations.id"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("shop_currency", String(3)),
    Column("rate_nanos", BigInteger),
    Column("total_minor", BigInteger),
    Column("reference", String(REFERENCE_LENGTH)),
    Column("note", Text),
    Column("user_id", UlidType(UserId)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ordered_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("close_reason", String(REASON_LENGTH)),
    Column("version", Integer, nullable=False),
    CheckConstraint(f"status IN ({STATUSES})", name="status"),
    CheckConstraint(
        "(series IS NULL) = (year IS NULL) AND (series IS NULL) = (sequence IS NULL)"
        " AND (series IS NULL) = (ordered_at IS NULL)"
        " AND (series IS NULL) = (shop_currency IS NULL)"
        " AND (series IS NULL OR rate_nanos IS NOT NULL)"
        " AND (status <> 'draft' OR series IS NULL)"
        " AND (status IN ('draft', 'cancelled') OR series IS NOT NULL)",
        name="number",
    ),
    CheckConstraint("(closed_at IS NOT NULL) = (status IN ('closed', 'cancelled'))", name="closed"),
    CheckConstraint("rate_nanos > 0", name="rate_nanos"),
    CheckConstraint("total_minor >= 0", name="total_minor"),
    UniqueConstraint("series", "year", "sequence", name="uq_purchases_number"),
    *(
        Index(f"ix_purchases_{'_'.join(columns)}", *columns)
        for columns in (
            ("created_at", "id"),
            ("status", "created_at", "id"),
            ("supplier_id", "created_at", "id"),
            ("location_id", "created_at", "id"),
        )
    ),
)

purchase_lines = Table(
    "purchase_lines",
    metadata,
    Column("id", UlidType(LineId), primary_key=True),
    Column("purchase_id", UlidType(PurchaseId), ForeignKey(purchases.c.id), nullable=False),
    Column("position", Integer, nullable=False),
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), nullable=False),
    Column("sku", String(limits.SKU_LENGTH), nullable=False),
    Column("name", String(limits.NAME_LENGTH), nullable=False),
    Column("unit_code", String(unit_rules.CODE_LENGTH), nullable=False),
    Column("unit_decimals", Integer, nullable=False),
    Column("supplier_sku", String(party_limits.SUPPLIER_SKU_LENGTH)),
    Column("measure", String(4), nullable=False),
    Column("pack_size", QuantityType, nullable=False),
    Column("quantity", QuantityType, nullable=False),
    Column("cost_micros", UnitPriceType),
    Column("value_minor", BigInteger),
    Column("expected_on", Date),
    Column("tolerance_ppm", Integer, nullable=False),
    Column("ordered", QuantityType, nullable=False),
    Column("receivable", QuantityType, nullable=False),
    Column("received", QuantityType, nullable=False),
    Column("rejected", QuantityType, nullable=False),
    Column("returned", QuantityType, nullable=False),
    Column("outstanding", QuantityType, nullable=False),
    UniqueConstraint("purchase_id", "position", name="uq_purchase_lines_purchase_id_position"),
    CheckConstraint("measure IN ('pack', 'unit')", name="measure"),
    CheckConstraint("pack_size > 0", name="pack_size"),
    CheckConstraint("quantity > 0 AND ordered > 0", name="quantity"),
    CheckConstraint("cost_micros >= 0", name="cost_micros"),
    CheckConstraint(
        "value_minor >= 0 AND (value_minor IS NULL) = (cost_micros IS NULL)", name="value_minor"
    ),
    CheckConstraint("tolerance_ppm BETWEEN 0 AND 1000000", name="tolerance_ppm"),
    # The last wall against more than was ordered, whoever comes at once.
    CheckConstraint("receivable >= ordered AND received BETWEEN 0 AND receivable", name="received"),
    CheckConstraint("rejected BETWEEN 0 AND received", name="rejected"),
    CheckConstraint("returned BETWEEN 0 AND received", name="returned"),
    CheckConstraint("outstanding BETWEEN 0 AND ordered", name="outstanding"),
    Index("ix_purchase_lines_product_id_purchase_id", "product_id", "purchase_id"),
    # What is expected is looked up with every stock; what has come, or will not, is not in it.
    Index(
        "ix_purchase_lines_outstanding",
        "product_id",
        "purchase_id",
        postgresql_where=text("outstanding > 0"),
        sqlite_where=text("outstanding > 0"),
    ),
)

purchase_receipt_lines = Table(
    "purchase_receipt_lines",
    metadata,
    Column("id", UlidType(LineId), ForeignKey(stock_document_lines.c.id), primary_key=True),
    Column("purchase_line_id", UlidType(LineId), ForeignKey(purchase_lines.c.id), nullable=False),
    Column("location_id", UlidType(LocationId), ForeignKey("locations.id"), nullable=False),
    Column("rejected", Boolean, nullable=False),
    Column("quantity", QuantityType, nullable=False),
    Column("cost_micros", UnitPriceType, nullable=False),
    Column("cost_per", QuantityType, nullable=False),
    Column("rate_nanos", BigInteger, nullable=False),
    Column("value_minor", BigInteger, nullable=False),
    Column("returned", QuantityType, nullable=False),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("cost_micros >= 0 AND cost_per > 0 AND rate_nanos > 0", name="cost"),
    CheckConstraint("value_minor >= 0", name="value_minor"),
    CheckConstraint("returned BETWEEN 0 AND quantity", name="returned"),
    Index("ix_purchase_receipt_lines_purchase_line_id", "purchase_line_id"),
)

supplier_returns = Table(
    "supplier_returns",
    metadata,
    Column("id", UlidType(SupplierReturnId), primary_key=True),
    Column("series", String(8), nullable=False),
    Column("year", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("purchase_id", UlidType(PurchaseId), ForeignKey(purchases.c.id), nullable=False),
    Column(
        "supplier_id",
        UlidType(SupplierId),
        ForeignKey(suppliers.c.id, ondelete="RESTRICT"),
        nullable=False,
    ),
    Column("supplier_name", String(party_limits.NAME_LENGTH), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("shop_currency", String(3), nullable=False),
    Column("reference", String(REFERENCE_LENGTH)),
    Column("reason", String(REASON_LENGTH)),
    Column("user_id", UlidType(UserId)),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    UniqueConstraint("series", "year", "sequence", name="uq_supplier_returns_number"),
    Index("ix_supplier_returns_purchase_id_recorded_at_id", "purchase_id", "recorded_at", "id"),
    Index("ix_supplier_returns_supplier_id", "supplier_id"),
)

supplier_return_lines = Table(
    "supplier_return_lines",
    metadata,
    Column("id", UlidType(LineId), primary_key=True),
    Column(
        "return_id", UlidType(SupplierReturnId), ForeignKey(supplier_returns.c.id), nullable=False
    ),
    Column("position", Integer, nullable=False),
    Column(
        "receipt_line_id",
        UlidType(LineId),
        ForeignKey(purchase_receipt_lines.c.id),
        nullable=False,
    ),
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), nullable=False),
    Column("sku", String(limits.SKU_LENGTH), nullable=False),
    Column("name", String(limits.NAME_LENGTH), nullable=False),
    Column("unit_code", String(unit_rules.CODE_LENGTH), nullable=False),
    Column("location_id", UlidType(LocationId), ForeignKey("locations.id"), nullable=False),
    Column("quantity", QuantityType, nullable=False),
    Column("credit_minor", BigInteger, nullable=False),
    Column("shop_credit_minor", BigInteger, nullable=False),
    Column("value_minor", BigInteger, nullable=False),
    UniqueConstraint("return_id", "position", name="uq_supplier_return_lines_return_id_position"),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint(
        "credit_minor >= 0 AND shop_credit_minor >= 0 AND value_minor >= 0", name="money"
    ),
    Index("ix_supplier_return_lines_receipt_line_id", "receipt_line_id"),
    Index("ix_supplier_return_lines_product_id_return_id", "product_id", "return_id"),
)
