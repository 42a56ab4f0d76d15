"""The days that a request asks for, by the shop's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from app.api.deps import ServicesDep
from app.api.v1.schemas.common import Day, LocationIdField
from app.application.reports.queries import Within
from app.domain.common.identifiers import LocationId
from app.domain.shop.days import Days

MOST_DAYS = 3660
MOST_DAYS_BY_DAY = 732
MOST_DAYS_BY_HOUR = 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The days of a report with what counts in the shop at this moment."""

    first: date
    last: date
    time_zone: str
    currency: str
    location_id: LocationId | None

    def days(self, *, most: int = MOST_DAYS) -> Days:
        return Days.of(self.first, self.last, time_zone=self.time_zone, most=most)

    def within(self, days: Days) -> Within:
        return Within(span=days.whole, currency=self.currency, location_id=self.location_id)


async def get_asked(
    services: ServicesDep,
    first: Annotated[
        Day | None,
        Query(alias="from", description="First day; else the first of the month of `to`."),
    ] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last day, included; today if absent.")
    ] = None,
    location_id: Annotated[
        LocationIdField | None, Query(description="Only documents of this location.")
    ] = None,
) -> Asked:
    shop = await services.shop.shop()
    until = last or services.clock.now().astimezone(ZoneInfo(shop.time_zone)).date()
    return Asked(
        first=first or until.replace(day=1),
        last=until,
        time_zone=shop.time_zone,
        currency=shop.currency,
        location_id=location_id,
    )


AskedDep = Annotated[Asked, Depends(get_asked)]
