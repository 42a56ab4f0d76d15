"""Reservations: goods on hand that are kept for somebody, and so not available to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from app.domain.common.errors import Conflict, InvalidValue
from app.domain.common.events import DomainEvent
from app.domain.common.identifiers import (
    LineId,
    LocationId,
    ProductId,
    ReservationId,
    SaleId,
    UserId,
)
from app.domain.common.quantity import Quantity
from app.domain.inventory.plan import Place

REFERENCE_LENGTH = 64
MOST_RESERVED_LINES = 500
LONGEST = timedelta(days=366)


class ReleaseReason(StrEnum):
    """Why nothing is kept any more: the goods left, were let go, ran out of time, or are gone."""

    CONSUMED = "consumed"
    RELEASED = "released"
    LAPSED = "lapsed"
    SHRUNK = "shrunk"


class ReservationEnded(Conflict):
    """Nothing is kept by the reservation any more, so there is nothing to release or extend."""

    code = "reservation_ended"
    title = "The reservation has ended"


class ReservedForSale(Conflict):
    """The reservation belongs to a sale and goes with it."""

    code = "reserved_for_sale"
    title = "The reservation belongs to a sale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What is kept of a product at a place, and for whom: a line of a sale, or a reference.

    `remaining` is what is left to take; of one that was released, what was let go.
    """

    id: ReservationId
    product_id: ProductId
    location_id: LocationId
    quantity: Quantity
    remaining: Quantity
    created_at: datetime
    user_id: UserId | None
    reference: str | None = None
    sale_id: SaleId | None = None
    line_id: LineId | None = None
    expires_at: datetime | None = None
    released_at: datetime | None = None
    released_why: ReleaseReason | None = None

    @property
    def place(self) -> Place:
        return self.product_id, self.location_id

    def snapshot(self) -> dict[str, object]:
        """The reservation as events and the audit log show it."""
        expires_at = self.expires_at
        return {
            "product_id": str(self.product_id),
            "location_id": str(self.location_id),
            "quantity": str(self.quantity),
            "reference": self.reference,
            "expires_at": None if expires_at is None else expires_at.isoformat(),
        }

    def ended(self, *, at: datetime) -> ReleaseReason | None:
        """Tell why it keeps nothing at that time; one past its time lapsed, written down or not."""
        if self.released_why is None and self.expires_at is not None and self.expires_at <= at:
            return ReleaseReason.LAPSED
        return self.released_why


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationCreated(DomainEvent):
    """Goods are kept for somebody; `reservation` holds which, where and for whom."""

    name: ClassVar[str] = "reservation.created"
    reservation: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationReleased(DomainEvent):
    """What was kept is available again."""

    name: ClassVar[str] = "reservation.released"
    quantity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationShrunk(DomainEvent):
    """Goods that were reserved are gone; `sale_id` names the sale that lacks them now, if any."""

    name: ClassVar[str] = "reservation.shrunk"
    quantity: str
    remaining: str
    sale_id: str | None


def checked_expiry(
    expires_at: datetime | None, *, at: datetime, field: str = "expires_at"
) -> datetime | None:
    """Refuse a time that is over, or so far off that it is none."""
    if expires_at is None:
        return None
    if expires_at <= at:
        raise InvalidValue.of(field, "lies in the past")
    if expires_at > at + LONGEST:
        raise InvalidValue.of(field, f"lies more than {LONGEST.days} days ahead")
    return expires_at
