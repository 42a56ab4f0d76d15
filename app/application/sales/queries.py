"""What is read of sales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.application.common.paging import Page, PageRequest
from app.domain.common.identifiers import (
    CustomerId,
    LineId,
    LocationId,
    ProductId,
    SaleId,
    UserId,
)
from app.domain.common.money import Money
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.sales.margin import Undone
from app.domain.sales.sale import Letterhead, Sale, SaleNotPosted, SaleStatus


class Returned(StrEnum):
    """How much of what was sold came back."""

    NONE = "none"
    PARTLY = "partly"
    FULLY = "fully"

    @classmethod
    def of(cls, sold: int, back: int) -> Returned:
        """Tell from the quantities of all lines, none of which comes back beyond what was sold."""
        if not back:
            return cls.NONE
        return cls.FULLY if back >= sold else cls.PARTLY


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """What came back of a sale, by line, and what was paid back for it."""

    quantities: Mapping[LineId, Quantity]
    refunded_minor: int

    def of(self, line: LineId) -> Quantity:
        return self.quantities.get(line, Quantity(0))


NOTHING_CAME_BACK = CameBack(quantities={}, refunded_minor=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleItem:
    """A sale as lists show it."""

    id: SaleId
    number: DocumentNumber | None
    status: SaleStatus
    returned: Returned
    location_id: LocationId
    customer_id: CustomerId | None
    customer_name: str | None
    net: Money
    tax: Money
    total: Money
    needs_attention: bool
    user_id: UserId | None
    occurred_at: datetime
    posted_at: datetime | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFilter:
    """Conditions that all hold; from `since` on and before `until`, by when it took place.

    `user_id` is the cashier; sales of those who were merged into a customer are the customer's too.
    """

    status: SaleStatus | None = None
    number: str | None = None
    user_id: UserId | None = None
    location_id: LocationId | None = None
    customer_id: CustomerId | None = None
    product_id: ProductId | None = None
    needs_attention: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A posted sale as it is handed to the buyer: every reprint says the same."""

    sale: Sale
    number: DocumentNumber
    letterhead: Letterhead
    issued_at: datetime

    @classmethod
    def of(cls, sale: Sale) -> Receipt:
        """Refuse a draft with `SaleNotPosted`: without a number there is nothing to hand out."""
        if sale.number is None or sale.letterhead is None or sale.completed_at is None:
            raise SaleNotPosted
        return cls(
            sale=sale,
            number=sale.number,
            letterhead=sale.letterhead,
            issued_at=sale.completed_at,
        )


class SalesReader(Protocol):
    """Single sales are `NotFound` when they are not there.

    One sale is shown by the same rendering whether it was read or just posted, so both give it
    whole.
    """

    async def sale(self, identifier: SaleId) -> Sale: ...

    async def came_back(self, identifier: SaleId) -> CameBack:
        """Return what returns brought back of the sale; requests that wait do not count."""
        ...

    async def undone(self, identifier: SaleId) -> Mapping[LineId, Undone]:
        """Return what returns took back of each line of the sale in money and cost."""
        ...

    async def sales(self, where: SaleFilter, *, page: PageRequest) -> Page[SaleItem]:
        """Return the newest first."""
        ...
