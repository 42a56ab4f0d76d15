"""What is sent to reserve goods, and what is shown of a reservation."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.api.v1.schemas.common import (
    Instant,
    LineIdField,
    LocationIdField,
    ProductIdField,
    QuantityField,
    ReservationIdField,
    SaleIdField,
    Schema,
    UserIdField,
)
from app.api.v1.schemas.stock_documents import PlaceField
from app.application.inventory.queries import ReservationView
from app.application.inventory.use_cases.reservations import AskedReservation
from app.domain.inventory.locations import MAIN_ID
from app.domain.inventory.reservation import LONGEST, MOST_RESERVED_LINES, REFERENCE_LENGTH


class ReservationStatus(StrEnum):
    """Whether something is kept, or why nothing is any more."""

    HELD = "held"
    CONSUMED = "consumed"
    RELEASED = "released"
    LAPSED = "lapsed"
    SHRUNK = "shrunk"


class ReservedLineIn(Schema):
    product_id: ProductIdField
    quantity: QuantityField


class Lasting(Schema):
    """Until when something is kept: a moment, or so many seconds from now; neither for no end."""

    expires_at: Instant | None = None
    seconds: int | None = Field(
        default=None,
        ge=1,
        le=int(LONGEST.total_seconds()),
        description="How long from now, instead of `expires_at`.",
    )

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Lasting:
        if self.expires_at is not None and self.seconds is not None:
            raise PydanticCustomError("one_of", "Either expires_at or seconds is given")
        return self

    def until(self, now: datetime) -> datetime | None:
        return self.expires_at if self.seconds is None else now + timedelta(seconds=self.seconds)


class ReservationIn(Lasting):
    """Goods to keep at one place."""

    lines: list[ReservedLineIn] = Field(min_length=1, max_length=MOST_RESERVED_LINES)
    location_id: PlaceField = MAIN_ID
    reference: str | None = Field(
        default=None, max_length=REFERENCE_LENGTH, description="For whom or what it is kept."
    )

    def asked(self, now: datetime) -> AskedReservation:
        return AskedReservation(
            lines=[(line.product_id, line.quantity) for line in self.lines],
            location_id=self.location_id,
            reference=self.reference,
            expires_at=self.until(now),
        )


class ReservationOut(Schema):
    """What is kept of one product at one place."""

    id: ReservationIdField
    status: ReservationStatus
    product_id: ProductIdField
    sku: str
    location_id: LocationIdField
    quantity: QuantityField
    remaining: QuantityField = Field(
        description="What is left to take; of one that is over, what was let go."
    )
    reference: str | None
    sale_id: SaleIdField | None = Field(description="The confirmed sale that it is kept for.")
    line_id: LineIdField | None
    expires_at: datetime | None
    created_at: datetime
    released_at: datetime | None = Field(
        description="When it was written down that it is over; what lapsed is over before."
    )
    user_id: UserIdField | None

    @classmethod
    def of(cls, view: ReservationView) -> ReservationOut:
        reservation, ended = view.reservation, view.reservation.ended(at=view.as_of)
        return cls(
            id=reservation.id,
            status=ReservationStatus.HELD if ended is None else ReservationStatus(ended.value),
            product_id=reservation.product_id,
            sku=view.sku,
            location_id=reservation.location_id,
            quantity=reservation.quantity,
            remaining=reservation.remaining,
            reference=reservation.reference,
            sale_id=reservation.sale_id,
            line_id=reservation.line_id,
            expires_at=reservation.expires_at,
            created_at=reservation.created_at,
            released_at=reservation.released_at,
            user_id=reservation.user_id,
        )


class ReservationsOut(Schema):
    """The reservations that were made, in the order of the lines."""

    items: list[ReservationOut]
