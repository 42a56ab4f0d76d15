"""Reports on stock over HTTP: what was held at an instant, what turns and what does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query

from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, errors
from app.api.pages import PageDep
from app.api.tables import CSV_TOO, FormatDep, Table, TableFormat, csv_of, csv_while_read, pages_of
from app.api.v1.report_periods import AskedDep
from app.api.v1.schemas.common import Instant
from app.api.v1.schemas.report_sales import PeriodOut, category_members, product_members
from app.api.v1.schemas.report_stock import (
    CategoryHeldOut,
    HeldOut,
    ListedReportOut,
    PlaceHeldOut,
    ProductHeldOut,
    SlowMoverOut,
    StockReportOut,
    TurnedOut,
    held_members,
    place_members,
)
from app.application.common.actor import Actor
from app.application.common.paging import PageRequest
from app.application.inventory.queries import Basis
from app.application.reports.stock import Holding, Listed, StockMoment, StockReport
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue
from app.domain.common.quantity import Quantity

router = APIRouter(prefix="/reports/stock", tags=["reports"])

CanRead = Annotated[Actor, requires(Permission.REPORTS_READ)]
CanSeeCost = Annotated[Actor, requires(Permission.COST_READ)]
By = TypeVar("By")
Members = Callable[[Any], dict[str, Any]]
_RESPONSES = {**CSV_TOO, **errors(InvalidValue)}
_PAGED = {**CSV_TOO, **errors(InvalidValue, InvalidCursor)}
_TICK = timedelta(microseconds=1)
"""Instants are kept to the microsecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedStock:
    """An instant, and what counts in the shop at this moment."""

    at: datetime
    basis: Basis
    currency: str

    @property
    def moment(self) -> StockMoment:
        return StockMoment(before=self.at + _TICK, basis=self.basis)


async def get_asked_stock(
    services: ServicesDep,
    at: Annotated[
        Instant | None, Query(description="As it was right after this instant; now if absent.")
    ] = None,
    basis: Annotated[
        Basis, Query(description="The time that counts: of recording, or of happening.")
    ] = Basis.RECORDED,
) -> AskedStock:
    shop = await services.shop.shop()
    return AskedStock(at=at or services.clock.now(), basis=basis, currency=shop.currency)


AskedStockDep = Annotated[AskedStock, Depends(get_asked_stock)]


class _Shown:
    """Puts holdings into rows of a model, as JSON or as a file."""

    def __init__(self, asked: AskedStock, actor: Actor, *, row: type[HeldOut], by: Members) -> None:
        self._asked = asked
        self._costs = actor.may(Permission.COST_READ)
        self._row = row
        self._by = by

    @property
    def table(self) -> Table:
        return Table(self._row, without=() if self._costs else ("value",))

    def rows(self, holdings: Sequence[Holding[Any]]) -> list[HeldOut]:
        return [self._row(**self._by(h.by), **self._held(h)) for h in holdings]

    def _held(self, holding: Holding[Any]) -> dict[str, Any]:
        return held_members(holding.held, currency=self._asked.currency, costs=self._costs)

    def whole(self, report: StockReport[By], *, next_cursor: str | None = None) -> Any:
        return StockReportOut[self._row](  # type: ignore[name-defined]
            at=self._asked.at,
            basis=self._asked.basis,
            currency=self._asked.currency,
            items=self.rows(report.holdings),
            total=HeldOut.of(report.total, currency=self._asked.currency, costs=self._costs),
            next_cursor=next_cursor,
        )

    def answer(self, report: StockReport[By], format_: TableFormat, *, name: str) -> Any:
        if format_ is TableFormat.CSV:
            return csv_of(self.table, self.rows(report.holdings), name=name)
        return self.whole(report)


@router.get(
    "/products",
    response_model=StockReportOut[ProductHeldOut],
    responses=_PAGED,
    summary="Report stock by product",
    description="Every product that had moved by then, by SKU, over all locations of the shop, "
    "summed from the ledger; as CSV all of them, whatever `limit` and `cursor` say.",
)
async def by_product(
    asked: AskedStockDep, page: PageDep, format_: FormatDep, services: ServicesDep, actor: CanRead
) -> Any:
    shown = _Shown(asked, actor, row=ProductHeldOut, by=product_members)

    async def listed(page: PageRequest) -> Listed[Any]:
        return await services.stock_reports.by_product(asked.moment, page=page)

    if format_ is TableFormat.CSV:
        parts = pages_of(listed, shown.rows)
        return csv_while_read(shown.table, parts, name="stock-by-product.csv")
    found = await listed(page.request())
    total = await services.stock_reports.total(asked.moment)
    report = StockReport(holdings=found.rows, total=total)
    return shown.whole(report, next_cursor=page.cursor(found.next_after))


@router.get(
    "/locations",
    response_model=StockReportOut[PlaceHeldOut],
    responses=_RESPONSES,
    summary="Report stock by location",
    description="Value belongs to a product as a whole: each place has its share by quantity, and "
    "the shares come to the whole.",
)
async def by_location(
    asked: AskedStockDep, format_: FormatDep, services: ServicesDep, actor: CanRead
) -> Any:
    report = await services.stock_reports.by_location(asked.moment)
    shown = _Shown(asked, actor, row=PlaceHeldOut, by=place_members)
    return shown.answer(report, format_, name="stock-by-location.csv")


@router.get(
    "/categories",
    response_model=StockReportOut[CategoryHeldOut],
    responses=_RESPONSES,
    summary="Report stock by category",
    description="By the category that products have now. Each counts what lies below it as well, "
    "so that rows overlap; with `own=true` only its own products.",
)
async def by_category(
    asked: AskedStockDep,
    format_: FormatDep,
    services: ServicesDep,
    actor: CanRead,
    own: Annotated[bool, Query(description="Leave out what lies below.")] = False,
) -> Any:
    report = await services.stock_reports.by_category(asked.moment, whole_branch=not own)
    shown = _Shown(asked, actor, row=CategoryHeldOut, by=category_members)
    return shown.answer(report, format_, name="stock-by-category.csv")


@router.get(
    "/turnover",
    response_model=ListedReportOut[TurnedOut],
    responses=_PAGED,
    summary="Report how often stock turns",
    description="Cost of what was sold against the mean of the values at both ends of the period.",
)
async def turnover(
    asked: AskedDep, page: PageDep, format_: FormatDep, services: ServicesDep, _: CanSeeCost
) -> Any:
    days = asked.days()
    within = asked.within(days)

    async def listed(page: PageRequest) -> Listed[Any]:
        return await services.stock_reports.turnover(within, page=page)

    def rows(found: Sequence[Any]) -> list[TurnedOut]:
        return [TurnedOut.of(t, currency=asked.currency, days=days.count) for t in found]

    if format_ is TableFormat.CSV:
        return csv_while_read(Table(TurnedOut), pages_of(listed, rows), name="turnover.csv")
    found = await listed(page.request())
    return ListedReportOut[TurnedOut](
        period=PeriodOut.of(days),
        currency=asked.currency,
        items=rows(found.rows),
        next_cursor=page.cursor(found.next_after),
    )


@router.get(
    "/slow-movers",
    response_model=ListedReportOut[SlowMoverOut],
    responses=_PAGED,
    summary="List what lies there and is not sold",
    description="Products on hand now that sold at most `most` in the period, the most valuable "
    "first.",
)
async def slow_movers(
    asked: AskedDep,
    page: PageDep,
    format_: FormatDep,
    services: ServicesDep,
    actor: CanRead,
    most: Annotated[int, Query(ge=0, le=1_000_000, description="Units sold, at most.")] = 0,
) -> Any:
    days, costs = asked.days(), actor.may(Permission.COST_READ)
    within, units = asked.within(days), Quantity.of(most).thousandths

    async def listed(page: PageRequest) -> Listed[Any]:
        return await services.stock_reports.slow_movers(within, most_units=units, page=page)

    def rows(found: Sequence[Any]) -> list[SlowMoverOut]:
        return [SlowMoverOut.showing(s, currency=asked.currency, costs=costs) for s in found]

    if format_ is TableFormat.CSV:
        table = Table(SlowMoverOut, without=() if costs else ("value",))
        return csv_while_read(table, pages_of(listed, rows), name="slow-movers.csv")
    found = await listed(page.request())
    return ListedReportOut[SlowMoverOut](
        period=PeriodOut.of(days),
        currency=asked.currency,
        items=rows(found.rows),
        next_cursor=page.cursor(found.next_after),
    )
