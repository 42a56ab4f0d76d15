"""What is shown of a return: figures as they were posted, money with its currency."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import Field

from app.api.v1.schemas.common import (
    LineIdField,
    LocationIdField,
    MoneyOut,
    ProductIdField,
    QuantityField,
    ReturnIdField,
    SaleIdField,
    Schema,
    UserIdField,
)
from app.api.v1.schemas.sales_out import TaxOut, money_out, price_out
from app.application.returns.queries import CreditNote, ReturnItem
from app.domain.common.numbers import DocumentNumber
from app.domain.returns.line import Disposition, ReturnLine
from app.domain.returns.refund import Refund
from app.domain.returns.sales_return import ReturnStatus, SalesReturn
from app.domain.sales.tender import TenderKind
from app.domain.shop.tax_rate import percent_text


class ReturnLineOut(Schema):
    """A line with its product as it was sold."""

    id: LineIdField
    sale_line_id: LineIdField | None
    product_id: ProductIdField
    sku: str
    name: str
    quantity: QuantityField
    unit: str
    unit_price: MoneyOut
    disposition: Disposition
    refundable: MoneyOut = Field(description="The most that could be paid back, with tax.")
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut = Field(description="What is paid back.")
    tax_code: str
    tax_percent: str
    tracks_stock: bool
    cost: MoneyOut | None = Field(
        description="What the goods cost; null where it is not known, or not to be seen."
    )

    @classmethod
    def of(cls, line: ReturnLine, currency: str, *, costs: bool) -> ReturnLineOut:
        item, amounts = line.item, line.amounts
        cost = amounts.cost_minor if costs else None
        return cls(
            id=line.id,
            sale_line_id=line.sale_line_id,
            product_id=item.product_id,
            sku=item.sku,
            name=item.name,
            quantity=amounts.quantity,
            unit=item.unit_code,
            unit_price=price_out(line.unit_price, currency),
            disposition=line.disposition,
            refundable=money_out(amounts.refundable_minor, currency),
            net=money_out(amounts.net_minor, currency),
            tax=money_out(amounts.tax_minor, currency),
            total=money_out(amounts.total_minor, currency),
            tax_code=item.tax_code,
            tax_percent=percent_text(item.tax_rate_ppm),
            tracks_stock=item.tracks_stock,
            cost=None if cost is None else money_out(cost, currency),
        )


class RefundOut(Schema):
    kind: TenderKind
    amount: MoneyOut
    reference: str | None

    @classmethod
    def of(cls, refund: Refund, currency: str) -> RefundOut:
        return cls(
            kind=refund.kind,
            amount=money_out(refund.amount_minor, currency),
            reference=refund.reference,
        )


class ReturnOut(Schema):
    """A return whole; its totals are the sums of its lines."""

    id: ReturnIdField
    number: str | None = Field(
        description="Of the credit note: given when the money is paid back; never reused."
    )
    status: ReturnStatus
    sale_id: SaleIdField | None = Field(description="Null where no sale vouches for it.")
    sale_number: str | None
    location_id: LocationIdField
    currency: str
    prices_include_tax: bool
    lines: list[ReturnLineOut]
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    withheld: MoneyOut = Field(description="What is kept of what could have been paid back.")
    taxes: list[TaxOut]
    refunds: list[RefundOut]
    reason: str | None
    user_id: UserIdField | None = Field(description="Who asked for it.")
    created_at: datetime
    approved_at: datetime | None
    received_at: datetime | None
    refunded_at: datetime | None
    occurred_at: datetime | None = Field(description="When the money went back.")
    posted_at: datetime | None = Field(
        description=(
            "When it counts in the books: when it occurred, or if that period was closed the start "
            "of the first open day."
        )
    )
    closed_at: datetime | None = Field(description="When it was rejected or cancelled.")
    close_reason: str | None
    version: int

    @classmethod
    def of(cls, document: SalesReturn, *, costs: bool) -> ReturnOut:
        currency, original = document.conditions.currency, document.original
        return cls(
            id=document.id,
            number=_text(document.number),
            status=document.status,
            sale_id=None if original is None else original.id,
            sale_number=None if original is None else str(original.number),
            location_id=document.conditions.location_id,
            currency=currency,
            prices_include_tax=document.conditions.prices_include_tax,
            lines=[ReturnLineOut.of(line, currency, costs=costs) for line in document.lines],
            net=money_out(document.net_minor, currency),
            tax=money_out(document.tax_minor, currency),
            total=money_out(document.total_minor, currency),
            withheld=money_out(document.withheld_minor, currency),
            taxes=[TaxOut.of(share, currency) for share in document.tax_summary],
            refunds=[RefundOut.of(refund, currency) for refund in document.refunds],
            reason=document.reason,
            user_id=document.user_id,
            created_at=document.created_at,
            approved_at=document.approved_at,
            received_at=document.received_at,
            refunded_at=document.refunded_at,
            occurred_at=document.occurred_at,
            posted_at=document.posted_at,
            closed_at=document.closed_at,
            close_reason=document.close_reason,
            version=document.version,
        )


class ReturnItemOut(Schema):
    """A return as lists show it."""

    id: ReturnIdField
    number: str | None
    status: ReturnStatus
    sale_id: SaleIdField | None
    sale_number: str | None
    location_id: LocationIdField
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    user_id: UserIdField | None
    created_at: datetime
    refunded_at: datetime | None
    posted_at: datetime | None
    version: int

    @classmethod
    def of(cls, item: ReturnItem) -> ReturnItemOut:
        return cls(
            id=item.id,
            number=_text(item.number),
            status=item.status,
            sale_id=item.sale_id,
            sale_number=_text(item.sale_number),
            location_id=item.location_id,
            net=MoneyOut.of(item.net),
            tax=MoneyOut.of(item.tax),
            total=MoneyOut.of(item.total),
            user_id=item.user_id,
            created_at=item.created_at,
            refunded_at=item.refunded_at,
            posted_at=item.posted_at,
            version=item.version,
        )


class CreditNoteLineOut(Schema):
    position: int
    sku: str
    name: str
    quantity: QuantityField
    unit: str
    unit_price: MoneyOut
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    tax_code: str
    tax_percent: str

    @classmethod
    def of(cls, line: ReturnLine, position: int, currency: str) -> CreditNoteLineOut:
        return cls(
            position=position,
            sku=line.item.sku,
            name=line.item.name,
            quantity=line.amounts.quantity,
            unit=line.item.unit_code,
            unit_price=price_out(line.unit_price, currency),
            net=money_out(line.amounts.net_minor, currency),
            tax=money_out(line.amounts.tax_minor, currency),
            total=money_out(line.amounts.total_minor, currency),
            tax_code=line.item.tax_code,
            tax_percent=percent_text(line.item.tax_rate_ppm),
        )


class CreditNoteOut(Schema):
    """All that a printer needs: the totals of the lines are the total, net + tax = total."""

    number: str
    return_id: ReturnIdField
    sale_number: str | None = Field(description="The receipt that it corrects.")
    shop_name: str = Field(description="As the shop was called when it was posted.")
    issued_at: datetime = Field(description="By the clock of the shop.")
    time_zone: str
    cashier_id: UserIdField | None
    currency: str
    prices_include_tax: bool
    lines: list[CreditNoteLineOut]
    net: MoneyOut
    taxes: list[TaxOut]
    tax: MoneyOut
    total: MoneyOut
    refunds: list[RefundOut]

    @classmethod
    def of(cls, note: CreditNote) -> CreditNoteOut:
        document, zone = note.document, ZoneInfo(note.letterhead.time_zone)
        currency, original = document.conditions.currency, document.original
        return cls(
            number=str(note.number),
            return_id=document.id,
            sale_number=None if original is None else str(original.number),
            shop_name=note.letterhead.shop_name,
            issued_at=note.issued_at.astimezone(zone),
            time_zone=note.letterhead.time_zone,
            cashier_id=document.user_id,
            currency=currency,
            prices_include_tax=document.conditions.prices_include_tax,
            lines=[
                CreditNoteLineOut.of(line, position, currency)
                for position, line in enumerate(document.lines, start=1)
            ],
            net=money_out(document.net_minor, currency),
            taxes=[TaxOut.of(share, currency) for share in document.tax_summary],
            tax=money_out(document.tax_minor, currency),
            total=money_out(document.total_minor, currency),
            refunds=[RefundOut.of(refund, currency) for refund in document.refunds],
        )


def _text(number: DocumentNumber | None) -> str | None:
    return None if number is None else str(number)
