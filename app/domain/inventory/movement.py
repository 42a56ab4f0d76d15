"""The stock ledger: every change of stock moves a quantity from one location to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.common.errors import Conflict
from app.domain.common.identifiers import (
    DocumentId,
    LineId,
    LocationId,
    MovementId,
    ProductId,
    UserId,
)
from app.domain.common.quantity import Quantity


class AlreadyApplied(Conflict):
    """The document has moved this before, and that counts once."""

    code = "already_applied"
    title = "The goods were moved already"


class MovementKind(StrEnum):
    OPENING = "opening"
    RECEIPT = "receipt"
    SALE = "sale"
    RETURN = "return"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    STOCKTAKE = "stocktake"
    SCRAP = "scrap"


class DocumentKind(StrEnum):
    """What a movement can belong to."""

    OPENING = "opening"
    GOODS_RECEIPT = "goods_receipt"
    ADJUSTMENT = "adjustment"
    SCRAP = "scrap"
    TRANSFER = "transfer"
    SALE = "sale"
    RETURN = "return"
    SUPPLIER_RETURN = "supplier_return"
    IMPORT = "import"
    STOCKTAKE = "stocktake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a document line asks of the ledger.

    `value_minor` is the value that travels with the goods in minor units: given for goods that
    come in at a cost of their own (a receipt's, or that of the movement it reverses), None for
    goods that move at the moving average of the moment. Goods that leave always do. A move may
    have a `generation` of its own instead of the posting's.
    """

    product_id: ProductId
    source: LocationId
    target: LocationId
    quantity: Quantity
    kind: MovementKind
    line_id: LineId
    value_minor: int | None = None
    reason: str | None = None
    reverses: MovementId | None = None
    generation: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """All that one document moves, posted whole or not at all.

    `generation` counts repeated effects of one document (post 0, reversal 1): together with
    document, line, kind, source and target it is unique, so that no effect is ever applied twice.
    `oversell` accepts goods that left although the books hold fewer: the shortfall is drawn from
    the discrepancy location. `consumes_reservations` lets goods leave for a line of a sale from
    what is reserved for that line, as far as it goes; the rest is taken at availability.

    `overrides_reservations` is for facts: goods that are gone are gone, reserved or not. What
    adjusts, counts or scraps sets it, and then the newest reservations of a place shrink by what
    it can no longer keep. What only wants goods (a sale, a transfer, a return to the supplier)
    does not set it: to it, what is reserved for others is not there.
    """

    document_kind: DocumentKind
    document_id: DocumentId
    user_id: UserId | None
    occurred_at: datetime
    recorded_at: datetime
    moves: tuple[Move, ...]
    generation: int = 0
    oversell: bool = False
    consumes_reservations: bool = False
    overrides_reservations: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One row of the ledger, never changed; its unit cost is derived from the value."""

    id: MovementId
    product_id: ProductId
    source: LocationId
    target: LocationId
    quantity: Quantity
    kind: MovementKind
    reason: str | None
    value_minor: int
    document_kind: DocumentKind
    document_id: DocumentId
    line_id: LineId
    generation: int
    reverses: MovementId | None
    user_id: UserId | None
    occurred_at: datetime
    recorded_at: datetime
