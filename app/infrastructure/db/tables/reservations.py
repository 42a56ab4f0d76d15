"""Table of reservations: what is kept of a product at a place, and for whom.

A row is changed only by who holds the level of its place locked, and its quantities are part of
the level's `reserved` until it is released.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    text,
)

from app.domain.common.identifiers import (
    LineId,
    LocationId,
    ProductId,
    ReservationId,
    SaleId,
    UserId,
)
from app.domain.inventory.reservation import REFERENCE_LENGTH
from app.infrastructure.db.metadata import metadata
from app.infrastructure.db.types import QuantityType, UlidType, UtcDateTime

_LIVE = text("released_at IS NULL")
_LIVE_OF_SALE = text("released_at IS NULL AND line_id IS NOT NULL")

stock_reservations = Table(
    "stock_reservations",
    metadata,
    Column("id", UlidType(ReservationId), primary_key=True),
    Column("product_id", UlidType(ProductId), ForeignKey("products.id"), nullable=False),
    Column("location_id", UlidType(LocationId), ForeignKey("locations.id"), nullable=False),
    Column("quantity", QuantityType, nullable=False),
    # What is left to take; of a released one, what was let go.
    Column("remaining", QuantityType, nullable=False),
    Column("sale_id", UlidType(SaleId), ForeignKey("sales.id")),
    # No foreign key: a draft's lines are written anew when it changes.
    Column("line_id", UlidType(LineId)),
    Column("reference", String(REFERENCE_LENGTH)),
    Column("expires_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("released_at", UtcDateTime),
    Column("released_why", String(16)),
    Column("user_id", UlidType(UserId)),
    CheckConstraint("quantity > 0 AND remaining BETWEEN 0 AND quantity", name="quantity"),
    CheckConstraint(
        "(released_at IS NULL) = (released_why IS NULL)"
        " AND (released_at IS NOT NULL OR remaining > 0)"
        " AND released_why IN ('consumed', 'released', 'lapsed', 'shrunk')",
        name="released",
    ),
    CheckConstraint("(sale_id IS NULL) = (line_id IS NULL)", name="sale"),
    Index(
        "uq_stock_reservations_line_id",
        "line_id",
        unique=True,
        postgresql_where=_LIVE_OF_SALE,
        sqlite_where=_LIVE_OF_SALE,
    ),
    Index(
        "ix_stock_reservations_kept",
        "product_id",
        "location_id",
        "id",
        postgresql_where=_LIVE,
        sqlite_where=_LIVE,
    ),
    Index("ix_stock_reservations_live", "id", postgresql_where=_LIVE, sqlite_where=_LIVE),
    Index("ix_stock_reservations_sale_id", "sale_id", "id"),
    Index("ix_stock_reservations_product_id_id", "product_id", "id"),
    Index("ix_stock_reservations_location_id_id", "location_id", "id"),
)
