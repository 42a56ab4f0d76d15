"""What callers ask of purchases, as parsed but not yet checked against the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.domain.common.identifiers import LineId, LocationId, ProductId, SupplierId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import MAIN_ID
from app.domain.purchases.terms import ExchangeRate, Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPurchaseLine:
    """What is not said comes from what the supplier sells: SKU, pack and the cost of a pack."""

    product_id: ProductId
    quantity: Quantity
    measure: Measure = Measure.UNIT
    pack_size: Quantity | None = None
    cost: UnitPrice | None = None
    supplier_sku: str | None = None
    expected_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPurchase:
    supplier_id: SupplierId
    lines: tuple[AskedPurchaseLine, ...]
    location_id: LocationId = MAIN_ID
    exchange_rate: ExchangeRate | None = None
    reference: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRevision:
    """What is None stays as it is, except the fields named in `cleared`."""

    lines: tuple[AskedPurchaseLine, ...] | None = None
    location_id: LocationId | None = None
    exchange_rate: ExchangeRate | None = None
    reference: str | None = None
    note: str | None = None
    cleared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedArrival:
    line_id: LineId
    accepted: Quantity
    rejected: Quantity
    measure: Measure | None = None
    cost: UnitPrice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDelivery:
    lines: tuple[AskedArrival, ...]
    exchange_rate: ExchangeRate | None = None
    reference: str | None = None
    occurred_at: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBack:
    receipt_line_id: LineId
    quantity: Quantity
    location_id: LocationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSupplierReturn:
    lines: tuple[AskedBack, ...]
    reference: str | None = None
    reason: str | None = None
    occurred_at: datetime | None = None
