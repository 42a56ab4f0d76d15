"""What callers ask of a sale, before anything was looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.common.identifiers import LineId, LocationId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.sales.discount import PercentOff
from app.domain.sales.tender import TenderKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAmount:
    """A decimal whose places depend on the shop's currency, and the currency if one was named."""

    amount: str
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPrice:
    """A price per unit, and the currency if one was named."""

    price: UnitPrice
    currency: str | None = None


AskedDiscount = PercentOff | AskedAmount


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """A product to sell, or with `id` a line of the draft to keep with its quoted price."""

    quantity: Quantity
    product_id: ProductId | None = None
    id: LineId | None = None
    unit_price: AskedPrice | None = None
    discount: AskedDiscount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTender:
    kind: TenderKind
    amount: AskedAmount
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSale:
    lines: tuple[AskedLine, ...]
    location_id: LocationId
    discount: AskedDiscount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What turns a draft into a sale; `occurred_at` is given for one that is told late.

    `oversell` takes goods that lie on the counter although the books hold fewer.
    """

    tenders: tuple[AskedTender, ...]
    occurred_at: datetime | None = None
    oversell: bool = False
