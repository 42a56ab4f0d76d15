"""Tables of stock: locations, the ledger, what follows from it, and the documents that move goods.

Movements and documents are only ever added: triggers of migration 0004 refuse the rest. Levels
exist for locations of the shop's own; the balance of a virtual one is computed from movements.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)

from app.domain.catalog import limits
from app.domain.common.identifiers import (
    DocumentId,
    LineId,
    LocationId,
    MovementId,
    ProductId,
    PurchaseId,
    SupplierId,
    UserId,
)
from app.domain.inventory import locations as location_rules
from app.domain.shop import unit as unit_rules
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.tables.columns import KeyText
from app.infrastructure.db.types import QuantityType, UlidType, UnitPriceType, UtcDateTime

LOCATION_KINDS = "'stock', 'supplier', 'customer', 'opening', 'adjustment', 'scrap', 'discrepancy'"
MOVEMENT_KINDS = (
    "'opening', 'receipt', 'sale', 'return', 'adjustment', 'transfer', 'stocktake', 'scrap'"
)
_KIND = Enum(
    location_rules.LocationKind,
    native_enum=False,
    create_constraint=False,
    length=16,
    values_callable=lambda kinds: [kind.value for kind in kinds],
)

locations = Table(
    "locations",
    metadata,
    Column("id", UlidType(LocationId), primary_key=True),
    Column("code", KeyText, nullable=False, unique=True),
    Column("name", String(location_rules.NAME_LENGTH), nullable=False),
    Column("kind", _KIND, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("counts_as_available", Boolean, nullable=False, server_default=true()),
    Column("version", Integer, nullable=False),
    Column("parent_id", UlidType(LocationId), ForeignKey("locations.id")),
    CheckConstraint(f"kind IN ({LOCATION_KINDS})", name="kind"),
    Index("ix_locations_parent_id", "parent_id"),
)

stock_levels = Table(
    "stock_levels",
    metadata,
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), primary_key=True),
    Column("location_id", UlidType(LocationId), ForeignKey(locations.c.id), primary_key=True),
    Column("on_hand", QuantityType, nullable=False),
    # The sum of what unreleased reservations keep here, those past their time among them.
    Column("reserved", QuantityType, nullable=False, server_default="0"),
    # The last instant of which a posted count says what was there.
    Column("counted_at", UtcDateTime),
    CheckConstraint("on_hand >= 0", name="on_hand"),
    CheckConstraint("reserved BETWEEN 0 AND on_hand", name="reserved"),
    Index("ix_stock_levels_location_id_product_id", "location_id", "product_id"),
)

product_valuations = Table(
    "product_valuations",
    metadata,
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), primary_key=True),
    Column("quantity", QuantityType, nullable=False),
    Column("value_minor", BigInteger, nullable=False),
    CheckConstraint("quantity >= 0", name="quantity"),
    CheckConstraint("value_minor >= 0 AND (quantity > 0 OR value_minor = 0)", name="value_minor"),
)

stock_movements = Table(
    "stock_movements",
    metadata,
    Column("id", UlidType(MovementId), primary_key=True),
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), nullable=False),
    Column("source_id", UlidType(LocationId), ForeignKey(locations.c.id), nullable=False),
    Column("target_id", UlidType(LocationId), ForeignKey(locations.c.id), nullable=False),
    Column("quantity", QuantityType, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reason", String(32)),
    Column("value_minor", BigInteger, nullable=False),
    Column("document_kind", String(16), nullable=False),
    Column("document_id", UlidType(DocumentId), nullable=False),
    Column("line_id", UlidType(LineId), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("reverses_id", UlidType(MovementId), ForeignKey("stock_movements.id"), unique=True),
    Column("user_id", UlidType(UserId)),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("value_minor >= 0", name="value_minor"),
    CheckConstraint("source_id <> target_id", name="places"),
    CheckConstraint("generation >= 0", name="generation"),
    CheckConstraint(f"kind IN ({MOVEMENT_KINDS})", name="kind"),
    # No effect of a document is ever applied twice, whoever asks.
    UniqueConstraint(
        "document_kind",
        "document_id",
        "line_id",
        "kind",
        "source_id",
        "target_id",
        "generation",
        name="uq_stock_movements_effect",
    ),
    Index("ix_stock_movements_recorded_at_id", "recorded_at", "id"),
    Index("ix_stock_movements_product_id_recorded_at_id", "product_id", "recorded_at", "id"),
    Index("ix_stock_movements_product_id_occurred_at_id", "product_id", "occurred_at", "id"),
    Index("ix_stock_movements_source_id_recorded_at_id", "source_id", "recorded_at", "id"),
    Index("ix_stock_movements_target_id_recorded_at_id", "target_id", "recorded_at", "id"),
)

stock_documents = Table(
    "stock_documents",
    metadata,
    Column("id", UlidType(DocumentId), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("series", String(8), nullable=False),
    Column("year", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("location_id", UlidType(LocationId), ForeignKey(locations.c.id), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("supplier", String(255)),
    Column("supplier_id", UlidType(SupplierId), ForeignKey("suppliers.id")),
    Column("purchase_id", UlidType(PurchaseId), ForeignKey("purchases.id")),
    Column("reference", String(64)),
    Column("delivery_key", KeyText),
    Column("reason", String(32)),
    Column("note", Text),
    Column("user_id", UlidType(UserId)),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    CheckConstraint("kind IN ('opening', 'goods_receipt', 'adjustment', 'scrap')", name="kind"),
    CheckConstraint("(kind IN ('adjustment', 'scrap')) = (reason IS NOT NULL)", name="reason"),
    UniqueConstraint("series", "year", "sequence", name="uq_stock_documents_number"),
    Index("ix_stock_documents_kind_recorded_at_id", "kind", "recorded_at", "id"),
    Index("ix_stock_documents_purchase_id_recorded_at_id", "purchase_id", "recorded_at", "id"),
    # A delivery note counts once, however two clerks write it down.
    Index("uq_stock_documents_delivery", "supplier_id", "delivery_key", unique=True),
)

stock_document_lines = Table(
    "stock_document_lines",
    metadata,
    Column("id", UlidType(LineId), primary_key=True),
    Column("document_id", UlidType(DocumentId), ForeignKey(stock_documents.c.id), nullable=False),
    Column("position", Integer, nullable=False),
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), nullable=False),
    Column("sku", String(limits.SKU_LENGTH), nullable=False),
    Column("name", String(limits.NAME_LENGTH), nullable=False),
    Column("unit_code", String(unit_rules.CODE_LENGTH), nullable=False),
    # In thousandths; negative where an adjustment takes away.
    Column("change", BigInteger, nullable=False),
    Column("unit_cost_micros", UnitPriceType),
    Column("value_minor", BigInteger, nullable=False),
    CheckConstraint("change <> 0", name="change"),
    CheckConstraint("unit_cost_micros >= 0", name="unit_cost_micros"),
    CheckConstraint("value_minor >= 0", name="value_minor"),
    UniqueConstraint(
        "document_id", "position", name="uq_stock_document_lines_document_id_position"
    ),
    Index("ix_stock_document_lines_product_id", "product_id", "document_id"),
)
