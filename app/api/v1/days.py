"""Days of the shop as a filter of lists: the same days as in reports."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from app.api.v1.schemas.common import Day
from app.application.services import Services
from app.domain.shop.days import start_of_day

FirstDay = Annotated[
    Day | None, Query(alias="from", description="On this day of the shop or later.")
]
LastDay = Annotated[Day | None, Query(alias="to", description="On this day of the shop or before.")]


async def narrowed(
    services: Services,
    since: datetime | None,
    until: datetime | None,
    *,
    first: Day | None,
    last: Day | None,
) -> tuple[datetime | None, datetime | None]:
    """Return the instants between which both the instants and the days hold."""
    if first is None and last is None:
        return since, until
    zone = ZoneInfo((await services.shop.shop()).time_zone)
    if first is not None:
        begin = start_of_day(first, zone)
        since = begin if since is None else max(since, begin)
    if last is not None:
        end = start_of_day(last + timedelta(days=1), zone)
        until = end if until is None else min(until, end)
    return since, until
