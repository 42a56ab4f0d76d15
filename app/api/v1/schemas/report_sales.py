"""Reports on sales as they are shown: amounts are decimal text in the currency of the report."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from app.api.v1.schemas.common import CategoryIdField, ProductIdField, Schema, UserIdField
from app.application.reports.queries import (
    Cashier,
    Figures,
    Rate,
    SoldCategory,
    SoldProduct,
    Sums,
    Taken,
)
from app.domain.common.money import Money
from app.domain.common.quantity import Delta
from app.domain.sales.tender import TenderKind
from app.domain.shop.days import Days, Span
from app.domain.shop.tax_rate import percent_text

Row = TypeVar("Row", bound=BaseModel)

_AMOUNT = Field(examples=["25.00"])
_UNITS = Field(examples=["3.000"])
_COST = "Only for those who may see costs."


class PeriodOut(Schema):
    """Whole days of the shop, the last one included, and the instants they begin and end at."""

    first_day: date
    last_day: date
    time_zone: str = Field(examples=["Europe/Berlin"])
    since: datetime
    until: datetime = Field(description="No longer in the period.")

    @classmethod
    def of(cls, days: Days) -> PeriodOut:
        whole = days.whole
        return cls(
            first_day=days.first,
            last_day=days.last,
            time_zone=days.zone.key,
            since=whole.since,
            until=whole.until,
        )


class SoldOut(Schema):
    """What was sold; `gross` is before discounts, with tax where prices include it."""

    documents: int
    units: str = _UNITS
    gross: str = _AMOUNT
    discount: str = _AMOUNT
    net: str = _AMOUNT
    tax: str = _AMOUNT
    total: str = _AMOUNT


class TakenBackOut(Schema):
    """What was voided, or came back by credit notes."""

    documents: int
    units: str = _UNITS
    net: str = _AMOUNT
    tax: str = _AMOUNT
    total: str = _AMOUNT


class ResultOut(Schema):
    """What was sold, less what was voided and what came back."""

    units: str = _UNITS
    net: str = _AMOUNT
    tax: str = _AMOUNT
    total: str = _AMOUNT


class EarnedOut(Schema):
    """The net of goods whose cost is known, less that cost; what came back is taken off."""

    cost: str = _AMOUNT
    margin: str = _AMOUNT
    margin_percent: str | None = Field(description="Of the net it is of; null if that is nothing.")
    net_without_cost: str = Field(description="Net of goods whose cost is not known.")


class FiguresOut(Schema):
    sold: SoldOut
    voided: TakenBackOut
    returned: TakenBackOut
    result: ResultOut
    earned: EarnedOut | None = Field(description=_COST)

    @classmethod
    def of(cls, figures: Figures, *, currency: str, costs: bool) -> FiguresOut:
        return cls(**members_of(figures, currency=currency, costs=costs))


class SpanOut(Schema):
    day: date = Field(description="By the shop's calendar.")
    since: datetime = Field(description="With the shop's offset from UTC at that moment.")
    until: datetime


class SpanSalesOut(FiguresOut, SpanOut):
    """One day, or one hour of a day."""


class ProductOut(Schema):
    product_id: ProductIdField
    sku: str
    name: str


class ProductSalesOut(FiguresOut, ProductOut):
    pass


class CategoryOut(Schema):
    category_id: CategoryIdField | None
    category: str | None = Field(description="Its path; null for products that have none.")


class CategorySalesOut(FiguresOut, CategoryOut):
    pass


class CashierOut(Schema):
    user_id: UserIdField | None
    user: str | None = Field(description="Their name now.")


class CashierSalesOut(FiguresOut, CashierOut):
    pass


class RateOut(Schema):
    tax_code: str
    tax_percent: str = Field(examples=["19.00"])


class RateSalesOut(FiguresOut, RateOut):
    pass


class TenderOut(Schema):
    """Money by one means; `kept` is what was taken less what went back."""

    tender: TenderKind
    payments: int
    taken: str = Field(examples=["25.00"], description="Without the change that was given.")
    voided: str = Field(examples=["25.00"], description="Paid back by voids.")
    refunds: int
    refunded: str = _AMOUNT
    kept: str = _AMOUNT

    @classmethod
    def of(cls, taken: Taken, *, currency: str) -> TenderOut:
        return cls(
            tender=taken.kind,
            payments=taken.payments,
            taken=amount(taken.taken, currency),
            voided=amount(taken.voided, currency),
            refunds=taken.refunds,
            refunded=amount(taken.refunded, currency),
            kept=amount(taken.kept, currency),
        )


class SalesReportOut(BaseModel, Generic[Row]):
    """Figures of a period; `totals` counts each document once, whatever the rows."""

    period: PeriodOut
    currency: str = Field(examples=["EUR"])
    items: list[Row]
    totals: FiguresOut
    next_cursor: str | None = Field(
        default=None, description="Where the next page begins; null at the end."
    )


class TendersReportOut(Schema):
    period: PeriodOut
    currency: str = Field(examples=["EUR"])
    items: list[TenderOut]


def span_members(span: Span, days: Days) -> dict[str, Any]:
    since, until = span.since.astimezone(days.zone), span.until.astimezone(days.zone)
    return {"day": since.date(), "since": since, "until": until}


def product_members(product: SoldProduct) -> dict[str, Any]:
    return {"product_id": product.id, "sku": product.sku, "name": product.name}


def category_members(category: SoldCategory | None) -> dict[str, Any]:
    if category is None:
        return {"category_id": None, "category": None}
    return {"category_id": category.id, "category": category.path}


def cashier_members(cashier: Cashier | None) -> dict[str, Any]:
    if cashier is None:
        return {"user_id": None, "user": None}
    return {"user_id": cashier.id, "user": cashier.name}


def rate_members(rate: Rate) -> dict[str, Any]:
    return {"tax_code": rate.code, "tax_percent": percent_text(rate.rate_ppm)}


def members_of(figures: Figures, *, currency: str, costs: bool) -> dict[str, Any]:
    return {
        "sold": _sold(figures.sold, currency),
        "voided": _taken_back(figures.voided, currency),
        "returned": _taken_back(figures.returned, currency),
        "result": ResultOut(
            units=units(figures.units),
            net=amount(figures.net, currency),
            tax=amount(figures.tax, currency),
            total=amount(figures.total, currency),
        ),
        "earned": _earned(figures, currency) if costs else None,
    }


def amount(minor: int, currency: str) -> str:
    return Money(minor, currency).amount


def units(thousandths: int) -> str:
    return str(Delta(thousandths))


def _sold(sums: Sums, currency: str) -> SoldOut:
    return SoldOut(
        documents=sums.documents,
        units=units(sums.units),
        gross=amount(sums.gross, currency),
        discount=amount(sums.discount, currency),
        net=amount(sums.net, currency),
        tax=amount(sums.tax, currency),
        total=amount(sums.total, currency),
    )


def _taken_back(sums: Sums, currency: str) -> TakenBackOut:
    return TakenBackOut(
        documents=sums.documents,
        units=units(sums.units),
        net=amount(sums.net, currency),
        tax=amount(sums.tax, currency),
        total=amount(sums.total, currency),
    )


def _earned(figures: Figures, currency: str) -> EarnedOut:
    ppm = figures.margin_ppm
    return EarnedOut(
        cost=amount(figures.cost, currency),
        margin=amount(figures.margin, currency),
        margin_percent=None if ppm is None else percent_text(ppm),
        net_without_cost=amount(figures.uncosted_net, currency),
    )
