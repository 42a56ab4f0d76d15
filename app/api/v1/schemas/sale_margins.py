"""What a sale earned, for those who may see costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from app.api.v1.schemas.common import LineIdField, MoneyOut, SaleIdField, Schema
from app.api.v1.schemas.sales_out import money_out
from app.domain.common.identifiers import LineId
from app.domain.sales.margin import Margin, Undone, margin_of_all, margins
from app.domain.sales.sale import Sale
from app.domain.shop.tax_rate import percent_text


class MarginFigures(Schema):
    """Revenue without tax less the cost at which the goods left; null where it is not known.

    What was paid back, and the cost of goods that came back, is taken off.
    """

    net: MoneyOut
    cost: MoneyOut | None
    margin: MoneyOut | None
    margin_percent: str | None = Field(description="Of the net; null where that is nothing.")
    refunded_net: MoneyOut = Field(description="What returns and a void took off the net.")
    returned_cost: MoneyOut = Field(description="What goods that came back took off the cost.")


class LineMarginOut(MarginFigures):
    line_id: LineIdField
    sku: str


class SaleMarginOut(MarginFigures):
    """The cost of the whole is known if that of every line is."""

    sale_id: SaleIdField
    lines: list[LineMarginOut]

    @classmethod
    def of(cls, sale: Sale, returned: Mapping[LineId, Undone]) -> SaleMarginOut:
        currency = sale.conditions.currency
        parts = margins(sale, returned)
        undone = Undone(
            sum(part.net_minor for _, part, _ in parts),
            sum(part.cost_minor for _, part, _ in parts),
        )
        return cls(
            sale_id=sale.id,
            lines=[
                LineMarginOut(line_id=line.id, sku=line.item.sku, **_figures(left, part, currency))
                for line, part, left in parts
            ],
            **_figures(margin_of_all(left for _, _, left in parts), undone, currency),
        )


def _figures(left: Margin, undone: Undone, currency: str) -> dict[str, Any]:
    return {
        "net": money_out(left.net_minor, currency),
        "cost": None if left.cost_minor is None else money_out(left.cost_minor, currency),
        "margin": None if left.margin_minor is None else money_out(left.margin_minor, currency),
        "margin_percent": None if left.margin_ppm is None else percent_text(left.margin_ppm),
        "refunded_net": money_out(undone.net_minor, currency),
        "returned_cost": money_out(undone.cost_minor, currency),
    }
