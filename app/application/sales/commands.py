"""What callers ask of a sale, before anything was looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.common.identifiers import CustomerId, LineId, LocationId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.sales.discount import PercentOff
from app.domain.sales.tender import TenderKind
from app.domain.sales.till import TillRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAmountOff:
    """A decimal whose places depend on the currency of the sale."""

    amount: str


AskedDiscount = PercentOff | AskedAmountOff


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """A product to sell, or with `id` a line of the draft to keep with its quoted price."""

    quantity: Quantity
    product_id: ProductId | None = None
    id: LineId | None = None
    unit_price: UnitPrice | None = None
    discount: AskedDiscount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTender:
    kind: TenderKind
    amount: str
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSale:
    """`currency` is what the caller counts in, if it says so: nothing is ever converted."""

    lines: tuple[AskedLine, ...]
    location_id: LocationId
    currency: str | None = None
    discount: AskedDiscount | None = None
    customer_id: CustomerId | None = None
    till: TillRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What is to change; None leaves lines and location as they are.

    Discount and customer change only if `replaces_…` says so, for None takes them away.
    """

    lines: tuple[AskedLine, ...] | None = None
    location_id: LocationId | None = None
    discount: AskedDiscount | None = None
    replaces_discount: bool = False
    customer_id: CustomerId | None = None
    replaces_customer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What turns a draft into a sale; `occurred_at` is given for one that is told late.

    `oversell` takes goods that lie on the counter although the books hold fewer.
    """

    tenders: tuple[AskedTender, ...]
    occurred_at: datetime | None = None
    oversell: bool = False
