"""What is read of returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.application.common.paging import Page, PageRequest
from app.domain.common.identifiers import LocationId, ProductId, ReturnId, SaleId, UserId
from app.domain.common.money import Money
from app.domain.common.numbers import DocumentNumber
from app.domain.returns.sales_return import ReturnNotPosted, ReturnStatus, SalesReturn
from app.domain.sales.sale import Letterhead


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnItem:
    """A return as lists show it."""

    id: ReturnId
    number: DocumentNumber | None
    status: ReturnStatus
    sale_id: SaleId | None
    sale_number: DocumentNumber | None
    location_id: LocationId
    net: Money
    tax: Money
    total: Money
    user_id: UserId | None
    created_at: datetime
    refunded_at: datetime | None
    posted_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFilter:
    """Conditions that all hold; from `since` on and before `until`, by when it was asked for.

    `without_sale` leaves those that no sale vouches for, or the others.
    """

    status: ReturnStatus | None = None
    number: str | None = None
    sale_id: SaleId | None = None
    product_id: ProductId | None = None
    without_sale: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """A posted return as it is handed to the buyer: every reprint says the same."""

    document: SalesReturn
    number: DocumentNumber
    letterhead: Letterhead
    issued_at: datetime

    @classmethod
    def of(cls, document: SalesReturn) -> CreditNote:
        """Refuse with `ReturnNotPosted` what has no number: there is nothing to hand out."""
        if document.number is None or document.letterhead is None or document.refunded_at is None:
            raise ReturnNotPosted
        return cls(
            document=document,
            number=document.number,
            letterhead=document.letterhead,
            issued_at=document.refunded_at,
        )


class ReturnsReader(Protocol):
    """Single returns are `NotFound` when they are not there."""

    async def document(self, identifier: ReturnId) -> SalesReturn: ...

    async def documents(self, where: ReturnFilter, *, page: PageRequest) -> Page[ReturnItem]:
        """Return the newest first."""
        ...
