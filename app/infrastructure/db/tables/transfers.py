"""Tables of transfers: what was sent, and of each line what became of it.

Triggers (migration 0017) keep what was sent as it is, and a transfer of which nothing is in transit
any more as a whole; no transfer is ever deleted.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from app.domain.catalog import limits
from app.domain.common.identifiers import LineId, LocationId, ProductId, TransferId, UserId
from app.domain.shop import unit as unit_rules
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.types import QuantityType, UlidType, UtcDateTime

STATUSES = "'in_transit', 'received', 'closed', 'cancelled'"

transfers = Table(
    "transfers",
    metadata,
    Column("id", UlidType(TransferId), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("series", String(8), nullable=False),
    Column("year", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("source_id", UlidType(LocationId), ForeignKey("locations.id"), nullable=False),
    Column("target_id", UlidType(LocationId), ForeignKey("locations.id"), nullable=False),
    Column("reference", String(64)),
    Column("note", Text),
    Column("user_id", UlidType(UserId)),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    CheckConstraint(f"status IN ({STATUSES})", name="status"),
    CheckConstraint("source_id <> target_id", name="places"),
    CheckConstraint("(finished_at IS NULL) = (status = 'in_transit')", name="finished_at"),
    UniqueConstraint("series", "year", "sequence", name="uq_transfers_number"),
    Index("ix_transfers_recorded_at_id", "recorded_at", "id"),
    Index("ix_transfers_status_recorded_at_id", "status", "recorded_at", "id"),
)

transfer_lines = Table(
    "transfer_lines",
    metadata,
    Column("id", UlidType(LineId), primary_key=True),
    Column("transfer_id", UlidType(TransferId), ForeignKey(transfers.c.id), nullable=False),
    Column("position", Integer, nullable=False),
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), nullable=False),
    Column("sku", String(limits.SKU_LENGTH), nullable=False),
    Column("name", String(limits.NAME_LENGTH), nullable=False),
    Column("unit_code", String(unit_rules.CODE_LENGTH), nullable=False),
    Column("unit_decimals", Integer, nullable=False),
    Column("quantity", QuantityType, nullable=False),
    Column("received", QuantityType, nullable=False),
    Column("rejected", QuantityType, nullable=False),
    Column("lost", QuantityType, nullable=False),
    Column("returned", QuantityType, nullable=False),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint(
        "received >= 0 AND rejected >= 0 AND lost >= 0 AND returned >= 0"
        " AND received + rejected + lost + returned <= quantity",
        name="settled",
    ),
    UniqueConstraint("transfer_id", "position", name="uq_transfer_lines_transfer_id_position"),
    Index("ix_transfer_lines_product_id_transfer_id", "product_id", "transfer_id"),
)
