"""What a sale earned, for those who may see costs."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.api.v1.schemas.common import LineIdField, MoneyOut, SaleIdField, Schema
from app.api.v1.schemas.sales_out import money_out
from app.domain.sales.margin import Margin, margin_of, margin_of_all
from app.domain.sales.sale import Sale
from app.domain.shop.tax_rate import percent_text


class MarginFigures(Schema):
    """Revenue without tax less the cost at which the goods left; null where it is not known."""

    net: MoneyOut
    cost: MoneyOut | None
    margin: MoneyOut | None
    margin_percent: str | None = Field(description="Of the net; null where that is nothing.")


class LineMarginOut(MarginFigures):
    line_id: LineIdField
    sku: str


class SaleMarginOut(MarginFigures):
    """The cost of the whole is known if that of every line is."""

    sale_id: SaleIdField
    lines: list[LineMarginOut]

    @classmethod
    def of(cls, sale: Sale) -> SaleMarginOut:
        currency = sale.conditions.currency
        return cls(
            sale_id=sale.id,
            lines=[
                LineMarginOut(
                    line_id=line.id, sku=line.item.sku, **_figures(margin_of(line), currency)
                )
                for line in sale.lines
            ],
            **_figures(margin_of_all(sale.lines), currency),
        )


def _figures(of: Margin, currency: str) -> dict[str, Any]:
    return {
        "net": money_out(of.net_minor, currency),
        "cost": None if of.cost_minor is None else money_out(of.cost_minor, currency),
        "margin": None if of.margin_minor is None else money_out(of.margin_minor, currency),
        "margin_percent": None if of.margin_ppm is None else percent_text(of.margin_ppm),
    }
