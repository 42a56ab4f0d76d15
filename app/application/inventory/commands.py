"""What callers ask of stock, as parsed but not yet checked against the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.common.identifiers import LocationId, ProductId, SupplierId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Delta
from app.domain.inventory.locations import MAIN_ID
from app.domain.inventory.reasons import AdjustmentReason, WriteOffReason
from app.domain.inventory.transfer import ArrivedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """`line_cost` is the decimal text of what the whole line cost, in the shop's currency."""

    product_id: ProductId
    change: Delta
    unit_cost: UnitPrice | None = None
    line_cost: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDocument:
    lines: tuple[AskedLine, ...]
    location_id: LocationId = MAIN_ID
    occurred_at: datetime | None = None
    supplier: str | None = None
    supplier_id: SupplierId | None = None
    reference: str | None = None
    reason: AdjustmentReason | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTransfer:
    """Through transit goods only leave; otherwise they arrive in the same moment."""

    source: LocationId
    target: LocationId
    lines: tuple[AskedLine, ...]
    through_transit: bool = False
    occurred_at: datetime | None = None
    reference: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedStep:
    """What happens to a transfer under way; without lines to all that is in transit."""

    lines: tuple[ArrivedLine, ...] | None = None
    reason: WriteOffReason | None = None
    occurred_at: datetime | None = None
    note: str | None = None
