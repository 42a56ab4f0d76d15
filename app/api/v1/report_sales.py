"""Reports on sales over HTTP: by day, hour, product, category, cashier, tax rate and tender."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, errors
from app.api.pages import PageDep
from app.api.tables import CSV_TOO, FormatDep, Table, TableFormat, csv_from, csv_of
from app.api.v1.report_periods import (
    MOST_DAYS_BY_DAY,
    MOST_DAYS_BY_HOUR,
    Asked,
    AskedDep,
)
from app.api.v1.schemas.report_sales import (
    CashierSalesOut,
    CategorySalesOut,
    FiguresOut,
    PeriodOut,
    ProductSalesOut,
    RateSalesOut,
    SalesReportOut,
    SpanSalesOut,
    TenderOut,
    TendersReportOut,
    cashier_members,
    category_members,
    members_of,
    product_members,
    rate_members,
    span_members,
)
from app.application.common.actor import Actor
from app.application.reports.queries import Entry, SalesReport, SoldProduct
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue
from app.domain.shop.days import Days, Span

router = APIRouter(prefix="/reports/sales", tags=["reports"])

CanRead = Annotated[Actor, requires(Permission.REPORTS_READ)]
By = TypeVar("By")
Members = Callable[[Any], dict[str, Any]]
_RESPONSES = {**CSV_TOO, **errors(InvalidValue)}


class _Shown:
    """Puts the entries of one report into rows of a model, as JSON or as a file."""

    def __init__(
        self, asked: Asked, days: Days, actor: Actor, *, row: type[FiguresOut], by: Members
    ) -> None:
        self._days = days
        self._currency = asked.currency
        self._costs = actor.may(Permission.COST_READ)
        self._row = row
        self._by = by

    def answer(
        self, report: SalesReport[By], format_: TableFormat, *, name: str
    ) -> Response | SalesReportOut[Any]:
        rows = self.rows(report.entries)
        if format_ is TableFormat.CSV:
            return csv_of(self.table, rows, name=name)
        return self.whole(report, rows)

    def whole(self, report: SalesReport[By], rows: Sequence[BaseModel]) -> SalesReportOut[Any]:
        return SalesReportOut[self._row](  # type: ignore[name-defined]
            period=PeriodOut.of(self._days),
            currency=self._currency,
            items=list(rows),
            totals=FiguresOut.of(report.totals, currency=self._currency, costs=self._costs),
        )

    @property
    def table(self) -> Table:
        return Table(self._row, without=() if self._costs else ("earned",))

    def rows(self, entries: Sequence[Entry[Any]]) -> list[FiguresOut]:
        return [
            self._row(
                **self._by(entry.by),
                **members_of(entry.figures, currency=self._currency, costs=self._costs),
            )
            for entry in entries
        ]


@router.get(
    "/days",
    response_model=SalesReportOut[SpanSalesOut],
    responses=_RESPONSES,
    summary="Report sales by day",
    description="A row for each day of the shop's calendar, also where nothing was sold.",
)
async def by_day(asked: AskedDep, format_: FormatDep, services: ServicesDep, actor: CanRead) -> Any:
    days = asked.days(most=MOST_DAYS_BY_DAY)
    report = await services.sales_reports.by_span(asked.within(days), days.days())
    return _spans(asked, days, actor).answer(report, format_, name="sales-by-day.csv")


@router.get(
    "/hours",
    response_model=SalesReportOut[SpanSalesOut],
    responses=_RESPONSES,
    summary="Report sales by hour",
    description="A row for each hour of each day: 23 or 25 where the clocks are changed.",
)
async def by_hour(
    asked: AskedDep, format_: FormatDep, services: ServicesDep, actor: CanRead
) -> Any:
    days = asked.days(most=MOST_DAYS_BY_HOUR)
    report = await services.sales_reports.by_span(asked.within(days), days.hours())
    return _spans(asked, days, actor).answer(report, format_, name="sales-by-hour.csv")


def _spans(asked: Asked, days: Days, actor: Actor) -> _Shown:
    def by(span: Span) -> dict[str, Any]:
        return span_members(span, days)

    return _Shown(asked, days, actor, row=SpanSalesOut, by=by)


@router.get(
    "/products",
    response_model=SalesReportOut[ProductSalesOut],
    responses={**_RESPONSES, **errors(InvalidValue, InvalidCursor)},
    summary="Report sales by product",
    description="What brought most first; as CSV all of it, whatever `limit` and `cursor` say.",
)
async def by_product(
    asked: AskedDep, page: PageDep, format_: FormatDep, services: ServicesDep, actor: CanRead
) -> Any:
    days = asked.days()
    within = asked.within(days)
    shown = _Shown(asked, days, actor, row=ProductSalesOut, by=product_members)
    if format_ is TableFormat.CSV:
        every = _rows(services.sales_reports.every_product(within), shown)
        return await csv_from(shown.table, every, name="sales-by-product.csv")
    report = await services.sales_reports.by_product(within, page=page.request())
    answered = shown.whole(report, shown.rows(report.entries))
    return answered.model_copy(update={"next_cursor": page.cursor(report.next_after)})


async def _rows(
    parts: AsyncGenerator[Sequence[Entry[SoldProduct]]], shown: _Shown
) -> AsyncGenerator[Sequence[BaseModel]]:
    try:
        async for part in parts:
            yield shown.rows(part)
    finally:
        await parts.aclose()


@router.get(
    "/categories",
    response_model=SalesReportOut[CategorySalesOut],
    responses=_RESPONSES,
    summary="Report sales by category",
    description="By the category that products have now. Each counts what lies below it as well, "
    "so that rows overlap; with `own=true` only its own products.",
)
async def by_category(
    asked: AskedDep,
    format_: FormatDep,
    services: ServicesDep,
    actor: CanRead,
    own: Annotated[bool, Query(description="Leave out what lies below.")] = False,
) -> Any:
    days = asked.days()
    report = await services.sales_reports.by_category(asked.within(days), whole_branch=not own)
    shown = _Shown(asked, days, actor, row=CategorySalesOut, by=category_members)
    return shown.answer(report, format_, name="sales-by-category.csv")


@router.get(
    "/cashiers",
    response_model=SalesReportOut[CashierSalesOut],
    responses=_RESPONSES,
    summary="Report sales by cashier",
    description="Sales and voids count for who completed the sale, returns for who took them.",
)
async def by_cashier(
    asked: AskedDep, format_: FormatDep, services: ServicesDep, actor: CanRead
) -> Any:
    days = asked.days()
    report = await services.sales_reports.by_cashier(asked.within(days))
    shown = _Shown(asked, days, actor, row=CashierSalesOut, by=cashier_members)
    return shown.answer(report, format_, name="sales-by-cashier.csv")


@router.get(
    "/taxes",
    response_model=SalesReportOut[RateSalesOut],
    responses=_RESPONSES,
    summary="Report tax by rate",
    description="Net and tax of what was sold, voided and given back, apart; the sums of a period "
    "are the sums of its documents, to the minor unit.",
)
async def by_rate(
    asked: AskedDep, format_: FormatDep, services: ServicesDep, actor: CanRead
) -> Any:
    days = asked.days()
    report = await services.sales_reports.by_rate(asked.within(days))
    shown = _Shown(asked, days, actor, row=RateSalesOut, by=rate_members)
    return shown.answer(report, format_, name="taxes.csv")


@router.get(
    "/tenders",
    response_model=TendersReportOut,
    responses=_RESPONSES,
    summary="Report money by means of paying",
    description="What is kept of all means comes to the total that is left of all sales.",
)
async def by_tender(asked: AskedDep, format_: FormatDep, services: ServicesDep, _: CanRead) -> Any:
    days = asked.days()
    found = await services.sales_reports.by_tender(asked.within(days))
    rows = [TenderOut.of(taken, currency=asked.currency) for taken in found]
    if format_ is TableFormat.CSV:
        return csv_of(Table(TenderOut), rows, name="tenders.csv")
    return TendersReportOut(period=PeriodOut.of(days), currency=asked.currency, items=rows)
