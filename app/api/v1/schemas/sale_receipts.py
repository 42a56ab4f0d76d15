"""A sale as a printer takes it: nothing is left to look up or to work out."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import Field

from app.api.v1.schemas.common import (
    CustomerIdField,
    MoneyOut,
    QuantityField,
    SaleIdField,
    Schema,
    UserIdField,
)
from app.api.v1.schemas.sales_out import DiscountOut, TaxOut, TenderOut, money_out, price_out
from app.application.sales.queries import Receipt
from app.domain.sales.line import SaleLine
from app.domain.shop.tax_rate import percent_text


class ReceiptLineOut(Schema):
    position: int
    sku: str
    name: str
    quantity: QuantityField
    unit: str
    unit_price: MoneyOut
    full: MoneyOut = Field(description="Unit price times quantity.")
    discount: DiscountOut | None
    line_discount: MoneyOut
    amount: MoneyOut = Field(
        description="After the line's own discount; with tax if the prices include it."
    )
    tax_code: str
    tax_percent: str

    @classmethod
    def of(cls, line: SaleLine, position: int, currency: str) -> ReceiptLineOut:
        return cls(
            position=position,
            sku=line.item.sku,
            name=line.item.name,
            quantity=line.quantity,
            unit=line.item.unit_code,
            unit_price=price_out(line.unit_price, currency),
            full=money_out(line.amounts.full_minor, currency),
            discount=DiscountOut.of(line.discount, currency),
            line_discount=money_out(line.amounts.discount_minor, currency),
            amount=money_out(line.amounts.rest_minor, currency),
            tax_code=line.item.tax_code,
            tax_percent=percent_text(line.item.tax_rate_ppm),
        )


class ReceiptOut(Schema):
    """All that a printer needs: lines − discount (+ tax, if prices are without) = total."""

    number: str
    sale_id: SaleIdField
    shop_name: str = Field(description="As the shop was called when the sale was posted.")
    issued_at: datetime = Field(description="By the clock of the shop.")
    occurred_at: datetime = Field(description="By the clock of the shop.")
    time_zone: str
    cashier_id: UserIdField | None
    customer_id: CustomerIdField | None
    customer_name: str | None = Field(description="As it was when the sale was posted.")
    currency: str
    prices_include_tax: bool
    lines: list[ReceiptLineOut]
    subtotal: MoneyOut = Field(description="Sum of the lines' amounts.")
    discount: DiscountOut | None
    sale_discount: MoneyOut = Field(description="What the sale's own discount took off.")
    net: MoneyOut
    taxes: list[TaxOut]
    tax: MoneyOut
    total: MoneyOut
    tenders: list[TenderOut]
    paid: MoneyOut
    change: MoneyOut
    voided_at: datetime | None = Field(description="A voided sale keeps its number.")

    @classmethod
    def of(cls, receipt: Receipt) -> ReceiptOut:
        sale, zone = receipt.sale, ZoneInfo(receipt.letterhead.time_zone)
        currency, totals = sale.conditions.currency, sale.totals
        return cls(
            number=str(receipt.number),
            sale_id=sale.id,
            shop_name=receipt.letterhead.shop_name,
            issued_at=receipt.issued_at.astimezone(zone),
            occurred_at=sale.occurred_at.astimezone(zone),
            time_zone=receipt.letterhead.time_zone,
            cashier_id=sale.user_id,
            customer_id=sale.customer_id,
            customer_name=None if sale.customer is None else sale.customer.name,
            currency=currency,
            prices_include_tax=sale.conditions.prices_include_tax,
            lines=[
                ReceiptLineOut.of(line, position, currency)
                for position, line in enumerate(sale.lines, start=1)
            ],
            subtotal=money_out(sale.subtotal_minor, currency),
            discount=DiscountOut.of(sale.discount, currency),
            sale_discount=money_out(sale.allotted_minor, currency),
            net=money_out(totals.net_minor, currency),
            taxes=[TaxOut.of(share, currency) for share in sale.tax_summary],
            tax=money_out(totals.tax_minor, currency),
            total=money_out(totals.total_minor, currency),
            tenders=[TenderOut.of(tender, currency) for tender in sale.tenders],
            paid=money_out(sale.paid_minor, currency),
            change=money_out(sale.change_minor, currency),
            voided_at=sale.voided_at and sale.voided_at.astimezone(zone),
        )
