"""The reorder list over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, errors
from app.api.pages import PageDep
from app.api.tables import CSV_TOO, FormatDep, Table, TableFormat, csv_while_read, pages_of
from app.api.v1.schemas.report_reorder import ReorderOut
from app.api.v1.schemas.report_sales import PeriodOut
from app.api.v1.schemas.report_stock import ListedReportOut
from app.application.common.actor import Actor
from app.application.common.paging import PageRequest
from app.application.reports.queries import Within
from app.application.reports.reorder import Reorder, ReorderList
from app.application.reports.stock import Listed
from app.domain.auth.roles import Permission
from app.domain.shop.days import Days

router = APIRouter(prefix="/reports", tags=["reports"])

CanRead = Annotated[Actor, requires(Permission.REPORTS_READ)]
MOST_DAYS = 366


@router.get(
    "/reorder",
    response_model=ListedReportOut[ReorderOut],
    responses={**CSV_TOO, **errors(InvalidCursor)},
    summary="List what to order again",
    description="Active products whose available stock, with what is on its way, is down to the "
    "reorder point, by SKU. Proposed is what brings it up to that point by the time it arrives, at "
    "the pace of the last days: at least the product's reorder quantity and the supplier's "
    "minimum, in whole packs. A page may hold fewer than `limit`.",
)
async def reorder(
    page: PageDep,
    format_: FormatDep,
    services: ServicesDep,
    actor: CanRead,
    days: Annotated[
        int, Query(ge=1, le=MOST_DAYS, description="Whose sales give the pace; today counts.")
    ] = 28,
) -> Any:
    shop = await services.shop.shop()
    today = services.clock.now().astimezone(ZoneInfo(shop.time_zone)).date()
    period = Days.of(
        today - timedelta(days=days - 1), today, time_zone=shop.time_zone, most=MOST_DAYS
    )
    within = Within(span=period.whole, currency=shop.currency)
    suppliers, costs = actor.may(Permission.PARTIES_READ), actor.may(Permission.COST_READ)
    reorders = ReorderList(services.inventory, services.supplies)

    async def listed(page: PageRequest) -> Listed[Reorder]:
        return await reorders(within, days=days, page=page)

    def rows(found: Sequence[Reorder]) -> list[ReorderOut]:
        return [ReorderOut.of(item, suppliers=suppliers, costs=costs) for item in found]

    if format_ is TableFormat.CSV:
        hidden = [*(() if suppliers else ("source",)), *(() if costs else ("pack_cost",))]
        table = Table(ReorderOut, without=hidden)
        return csv_while_read(table, pages_of(listed, rows), name="reorder.csv")
    found = await listed(page.request())
    return ListedReportOut[ReorderOut](
        period=PeriodOut.of(period),
        currency=shop.currency,
        items=rows(found.rows),
        next_cursor=page.cursor(found.next_after),
    )
