"""What is sent to confirm and fulfil an order, and what is shown when it is priced anew."""

from __future__ import annotations

from pydantic import Field

from app.api.v1.schemas.common import Instant, LineIdField, MoneyOut, QuantityField, Schema
from app.api.v1.schemas.sales_out import SaleOut, money_out, price_out
from app.application.sales.use_cases.orders import RepricedSale
from app.domain.common.identifiers import LineId
from app.domain.common.quantity import Quantity
from app.domain.sales.fulfilment import Repriced
from app.domain.sales.sale import MOST_LINES


class ConfirmIn(Schema):
    reserved_until: Instant | None = Field(
        default=None, description="Until when the goods are kept; without an end if absent."
    )


class PartIn(Schema):
    line_id: LineIdField
    quantity: QuantityField


class FulfilIn(Schema):
    """How much of which lines is handed over now."""

    lines: list[PartIn] = Field(min_length=1, max_length=MOST_LINES)

    def asked(self) -> list[tuple[LineId, Quantity]]:
        return [(part.line_id, part.quantity) for part in self.lines]


class RepricedLineOut(Schema):
    """A line before and after."""

    line_id: LineIdField
    sku: str
    old_unit_price: MoneyOut
    new_unit_price: MoneyOut
    old_total: MoneyOut
    new_total: MoneyOut

    @classmethod
    def of(cls, line: Repriced, currency: str) -> RepricedLineOut:
        before, after = line.before, line.after
        return cls(
            line_id=line.line_id,
            sku=after.item.sku,
            old_unit_price=price_out(before.unit_price, currency),
            new_unit_price=price_out(after.unit_price, currency),
            old_total=money_out(before.amounts.total_minor, currency),
            new_total=money_out(after.amounts.total_minor, currency),
        )


class RepricedOut(Schema):
    """The sale as it is now, and the lines whose price differs from what was quoted."""

    sale: SaleOut
    repriced: list[RepricedLineOut]

    @classmethod
    def of(cls, repriced: RepricedSale) -> RepricedOut:
        currency = repriced.sale.conditions.currency
        return cls(
            sale=SaleOut.of(repriced.sale),
            repriced=[RepricedLineOut.of(line, currency) for line in repriced.lines],
        )
