"""What callers ask of a return, before anything was looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.application.sales.commands import AskedTender
from app.domain.common.identifiers import LineId, LocationId, ProductId, SaleId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.returns.line import Disposition


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedReturnLine:
    """Pieces of a line of the sale, or without a sale of a product.

    `refund` is a decimal in the currency of the return, for less than all that is refundable.
    """

    quantity: Quantity
    disposition: Disposition
    sale_line_id: LineId | None = None
    product_id: ProductId | None = None
    unit_price: UnitPrice | None = None
    refund: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedReturn:
    """Without a location goods go back to where the sale took them from."""

    lines: tuple[AskedReturnLine, ...]
    sale_id: SaleId | None = None
    location_id: LocationId | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRevision:
    """What is to change; None leaves lines and location as they are.

    The reason changes only if `replaces_reason` says so, for None takes it away.
    """

    lines: tuple[AskedReturnLine, ...] | None = None
    location_id: LocationId | None = None
    reason: str | None = None
    replaces_reason: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """By which means the money goes back; None spreads it over the tenders as they were paid.

    `occurred_at` is given for one that is told late.
    """

    refunds: tuple[AskedTender, ...] | None = None
    occurred_at: datetime | None = None
