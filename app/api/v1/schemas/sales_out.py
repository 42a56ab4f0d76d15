"""What is shown of a sale: figures as they were posted, money with its currency."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict, Field

from app.api.v1.schemas.common import (
    CustomerIdField,
    LineIdField,
    LocationIdField,
    MoneyOut,
    ProductIdField,
    QuantityField,
    SaleIdField,
    Schema,
    UserIdField,
)
from app.application.sales.queries import NOTHING_CAME_BACK, CameBack, Returned, SaleItem
from app.domain.common.money import Money, UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.sales.discount import AmountOff, Discount, PercentOff
from app.domain.sales.line import SaleLine, TaxShare
from app.domain.sales.sale import Sale, SaleStatus
from app.domain.sales.tender import Tender, TenderKind
from app.domain.sales.undoing import PaidBack
from app.domain.shop.tax_rate import percent_text


def money_out(minor: int, currency: str) -> MoneyOut:
    return MoneyOut.of(Money(minor, currency))


def price_out(price: UnitPrice, currency: str) -> MoneyOut:
    return MoneyOut(amount=price.amount, currency=currency)


class DiscountOut(Schema):
    """The discount as it was asked: one of the two."""

    percent: str | None
    amount: MoneyOut | None

    @classmethod
    def of(cls, discount: Discount | None, currency: str) -> DiscountOut | None:
        match discount:
            case PercentOff(ppm):
                return cls(percent=percent_text(ppm), amount=None)
            case AmountOff(minor):
                return cls(percent=None, amount=money_out(minor, currency))
            case None:
                return None


class LineOut(Schema):
    """A line with its product as it was at the time."""

    id: LineIdField
    product_id: ProductIdField
    sku: str
    name: str
    quantity: QuantityField = Field(description="What was ordered.")
    reserved: QuantityField = Field(description="What is kept of a confirmed sale's goods.")
    fulfilled: QuantityField = Field(description="What has left.")
    unit: str
    list_price: MoneyOut = Field(description="What the catalog asked for one unit.")
    unit_price: MoneyOut
    quoted: bool = Field(
        description="The price stands as quoted, until the sale is repriced or completed."
    )
    discount: DiscountOut | None
    full: MoneyOut = Field(description="Unit price times quantity.")
    line_discount: MoneyOut = Field(description="What the line's own discount took off.")
    sale_discount: MoneyOut = Field(description="The line's part of the sale's discount.")
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    tax_code: str
    tax_percent: str
    tracks_stock: bool
    returned: QuantityField = Field(description="How much of it came back by returns.")

    @classmethod
    def of(cls, line: SaleLine, sale: Sale, returned: Quantity) -> LineOut:
        item, amounts, currency = line.item, line.amounts, sale.conditions.currency
        is_posted = sale.number is not None
        return cls(
            id=line.id,
            product_id=item.product_id,
            sku=item.sku,
            name=item.name,
            quantity=line.quantity,
            reserved=line.reserved,
            fulfilled=line.quantity if is_posted else line.fulfilled,
            unit=item.unit_code,
            list_price=price_out(item.price, currency),
            unit_price=price_out(line.unit_price, currency),
            quoted=not is_posted,
            discount=DiscountOut.of(line.discount, currency),
            full=money_out(amounts.full_minor, currency),
            line_discount=money_out(amounts.discount_minor, currency),
            sale_discount=money_out(amounts.allotted_minor, currency),
            net=money_out(amounts.net_minor, currency),
            tax=money_out(amounts.tax_minor, currency),
            total=money_out(amounts.total_minor, currency),
            tax_code=item.tax_code,
            tax_percent=percent_text(item.tax_rate_ppm),
            tracks_stock=item.tracks_stock,
            returned=returned,
        )


class TaxOut(Schema):
    """What the lines of one tax rate come to."""

    code: str
    percent: str
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut

    @classmethod
    def of(cls, share: TaxShare, currency: str) -> TaxOut:
        return cls(
            code=share.code,
            percent=percent_text(share.rate_ppm),
            net=money_out(share.net_minor, currency),
            tax=money_out(share.tax_minor, currency),
            total=money_out(share.total_minor, currency),
        )


class TenderOut(Schema):
    kind: TenderKind
    amount: MoneyOut = Field(description="What was handed over.")
    change: MoneyOut = Field(description="What of it was given back.")
    reference: str | None

    @classmethod
    def of(cls, tender: Tender, currency: str) -> TenderOut:
        return cls(
            kind=tender.kind,
            amount=money_out(tender.amount_minor, currency),
            change=money_out(tender.change_minor, currency),
            reference=tender.reference,
        )


class PaidBackOut(Schema):
    kind: TenderKind
    amount: MoneyOut

    @classmethod
    def of(cls, refund: PaidBack, currency: str) -> PaidBackOut:
        return cls(kind=refund.kind, amount=money_out(refund.amount_minor, currency))


class SaleOut(Schema):
    """A sale whole; its totals are the sums of its lines."""

    model_config = ConfigDict(serialize_by_alias=True)

    id: SaleIdField
    number: str | None = Field(description="Given when the sale is completed; never reused.")
    status: SaleStatus
    register_code: str | None = Field(
        alias="register", description="The till that it was rung up at."
    )
    client_id: str | None = Field(description="What that till knows it by.")
    client_number: str | None = Field(description="The number that the till printed.")
    returned: Returned = Field(description="How much of it came back by returns.")
    refunded: MoneyOut = Field(description="What returns paid back.")
    location_id: LocationIdField
    customer_id: CustomerIdField | None
    customer_name: str | None = Field(
        description="Of a draft as it is now, of a posted sale as it was then."
    )
    currency: str
    prices_include_tax: bool
    lines: list[LineOut]
    discount: DiscountOut | None
    total_discount: MoneyOut = Field(description="All discounts of lines and sale together.")
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    taxes: list[TaxOut]
    tenders: list[TenderOut]
    change: MoneyOut
    needs_attention: bool = Field(
        description=(
            "Goods left which the books did not hold; or for a confirmed sale less is kept than "
            "still has to leave."
        )
    )
    user_id: UserIdField | None = Field(description="Who completed it, or drafted it.")
    occurred_at: datetime = Field(description="When it took place.")
    posted_at: datetime | None = Field(
        description=(
            "When it counts in the books: when it took place, or for a sale that was told after "
            "its period was closed the start of the first open day. Null for a draft."
        )
    )
    created_at: datetime
    confirmed_at: datetime | None
    reserved_until: datetime | None = Field(
        description="Until when goods are kept for a confirmed sale; null without an end."
    )
    completed_at: datetime | None
    voided_at: datetime | None
    goods_back: bool | None
    void_reason: str | None
    void_refunds: list[PaidBackOut] = Field(
        description="What the void paid back, beside what returns did before."
    )
    version: int

    @classmethod
    def of(cls, sale: Sale, came_back: CameBack = NOTHING_CAME_BACK) -> SaleOut:
        currency, totals = sale.conditions.currency, sale.totals
        sold = sum(line.quantity.thousandths for line in sale.lines)
        back = sum(quantity.thousandths for quantity in came_back.quantities.values())
        return cls(
            id=sale.id,
            number=None if sale.number is None else str(sale.number),
            status=sale.status,
            register=None if sale.till is None else sale.till.register,
            client_id=None if sale.till is None else sale.till.client_id,
            client_number=None if sale.till is None else sale.till.client_number,
            returned=Returned.of(sold, back),
            refunded=money_out(came_back.refunded_minor, currency),
            location_id=sale.conditions.location_id,
            customer_id=sale.customer_id,
            customer_name=None if sale.customer is None else sale.customer.name,
            currency=currency,
            prices_include_tax=sale.conditions.prices_include_tax,
            lines=[LineOut.of(line, sale, came_back.of(line.id)) for line in sale.lines],
            discount=DiscountOut.of(sale.discount, currency),
            total_discount=money_out(totals.discount_minor, currency),
            net=money_out(totals.net_minor, currency),
            tax=money_out(totals.tax_minor, currency),
            total=money_out(totals.total_minor, currency),
            taxes=[TaxOut.of(share, currency) for share in sale.tax_summary],
            tenders=[TenderOut.of(tender, currency) for tender in sale.tenders],
            change=money_out(sale.change_minor, currency),
            needs_attention=sale.needs_attention or sale.lacks_goods,
            user_id=sale.user_id,
            occurred_at=sale.occurred_at,
            posted_at=sale.posted_at,
            created_at=sale.created_at,
            confirmed_at=sale.confirmed_at,
            reserved_until=sale.reserved_until,
            completed_at=sale.completed_at,
            voided_at=sale.voided_at,
            goods_back=sale.goods_back,
            void_reason=sale.void_reason,
            void_refunds=[PaidBackOut.of(refund, currency) for refund in sale.refunds],
            version=sale.version,
        )


class SaleItemOut(Schema):
    """A sale as lists show it."""

    id: SaleIdField
    number: str | None
    status: SaleStatus
    returned: Returned
    location_id: LocationIdField
    customer_id: CustomerIdField | None
    customer_name: str | None = Field(
        description="Of a draft as it is now, of a posted sale as it was then."
    )
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    needs_attention: bool
    user_id: UserIdField | None
    occurred_at: datetime
    posted_at: datetime | None
    created_at: datetime
    version: int

    @classmethod
    def of(cls, item: SaleItem) -> SaleItemOut:
        return cls(
            id=item.id,
            number=None if item.number is None else str(item.number),
            status=item.status,
            returned=item.returned,
            location_id=item.location_id,
            customer_id=item.customer_id,
            customer_name=item.customer_name,
            net=MoneyOut.of(item.net),
            tax=MoneyOut.of(item.tax),
            total=MoneyOut.of(item.total),
            needs_attention=item.needs_attention,
            user_id=item.user_id,
            occurred_at=item.occurred_at,
            posted_at=item.posted_at,
            created_at=item.created_at,
            version=item.version,
        )
