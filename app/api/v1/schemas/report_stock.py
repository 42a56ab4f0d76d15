"""Reports on stock as they are shown: quantities and amounts are decimal text."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from app.api.v1.schemas.common import LocationIdField, Schema
from app.api.v1.schemas.report_sales import (
    CategoryOut,
    PeriodOut,
    ProductOut,
    amount,
    product_members,
    units,
)
from app.application.inventory.queries import Basis
from app.application.reports.stock import RATIO_PLACES, Held, Place, SlowMover, Turned
from app.domain.common.decimals import decimal_text

Row = TypeVar("Row", bound=BaseModel)

_COST = "Only for those who may see costs."


class HeldOut(Schema):
    quantity: str = Field(examples=["3.000"])
    value: str | None = Field(examples=["25.00"], description=_COST)

    @classmethod
    def of(cls, held: Held, *, currency: str, costs: bool) -> HeldOut:
        return cls(**held_members(held, currency=currency, costs=costs))


class ProductHeldOut(HeldOut, ProductOut):
    pass


class PlaceOut(Schema):
    location_id: LocationIdField
    location: str = Field(description="Its code.")
    name: str


class PlaceHeldOut(HeldOut, PlaceOut):
    """The value is the place's share of that of each product, by quantity."""


class CategoryHeldOut(HeldOut, CategoryOut):
    pass


class StockReportOut(BaseModel, Generic[Row]):
    """What the shop held right after `at`; the total is the sum of its movements."""

    at: datetime
    basis: Basis
    currency: str = Field(examples=["EUR"])
    items: list[Row]
    total: HeldOut
    next_cursor: str | None = Field(
        default=None, description="Where the next page begins; null at the end."
    )


class TurnedOut(ProductOut):
    """How often the stock of a product was sold."""

    opening_value: str = Field(examples=["25.00"])
    closing_value: str = Field(examples=["25.00"])
    average_value: str = Field(examples=["25.00"])
    cost_of_sales: str = Field(
        examples=["25.00"], description="Of what was sold, less what came back."
    )
    turns: str | None = Field(
        examples=["4.20"], description="Cost of sales by average value; null where that is nothing."
    )
    days_held: int | None = Field(
        description="How long the average value lasts at this pace; null where nothing was sold."
    )

    @classmethod
    def of(cls, turned: Turned, *, currency: str, days: int) -> TurnedOut:
        turns = turned.turns
        return cls(
            **product_members(turned.product),
            opening_value=amount(turned.opening, currency),
            closing_value=amount(turned.closing, currency),
            average_value=amount(turned.average, currency),
            cost_of_sales=amount(turned.cost, currency),
            turns=None
            if turns is None
            else decimal_text(turns, places=RATIO_PLACES, at_least=RATIO_PLACES),
            days_held=turned.days_held(days),
        )


class SlowMoverOut(HeldOut, ProductOut):
    sold: str = Field(examples=["1.000"], description="In the period, less what came back.")
    last_sold_at: datetime | None

    @classmethod
    def showing(cls, slow: SlowMover, *, currency: str, costs: bool) -> SlowMoverOut:
        return cls(
            **product_members(slow.product),
            **held_members(slow.held, currency=currency, costs=costs),
            sold=units(slow.units),
            last_sold_at=slow.last_sold_at,
        )


class ListedReportOut(BaseModel, Generic[Row]):
    period: PeriodOut
    currency: str = Field(examples=["EUR"])
    items: list[Row]
    next_cursor: str | None = Field(description="Where the next page begins; null at the end.")


def held_members(held: Held, *, currency: str, costs: bool) -> dict[str, Any]:
    return {
        "quantity": units(held.quantity),
        "value": amount(held.value, currency) if costs else None,
    }


def place_members(place: Place) -> dict[str, Any]:
    return {"location_id": place.id, "location": place.code, "name": place.name}
