"""What is shown of purchases: money of the order in its currency, values in the shop's."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from app.api.v1.schemas.common import (
    DocumentIdField,
    LineIdField,
    LocationIdField,
    MoneyOut,
    PercentField,
    ProductIdField,
    PurchaseIdField,
    QuantityField,
    RateField,
    Schema,
    SupplierIdField,
    SupplierReturnIdField,
    UserIdField,
    shown_percent,
)
from app.api.v1.schemas.sales_out import money_out, price_out
from app.application.purchases.queries import DeliveredLine, DeliveryView, PurchaseItem
from app.domain.common.numbers import DocumentNumber
from app.domain.purchases.line import NOTHING, PurchaseLine
from app.domain.purchases.order import Purchase, PurchaseStatus
from app.domain.purchases.supplier_return import SupplierReturn, SupplierReturnLine
from app.domain.purchases.terms import Measure

_COST = "Only for those who may see costs."


class PurchaseLineOut(Schema):
    """A line with its product as it was when ordered; all but `quantity` is in its unit."""

    id: LineIdField
    product_id: ProductIdField
    sku: str
    name: str
    unit: str
    supplier_sku: str | None
    measure: Measure = Field(description="What `quantity` and `cost` are in.")
    pack_size: QuantityField
    quantity: QuantityField
    cost: MoneyOut | None = Field(description=f"Null where it is not known. {_COST}")
    value: MoneyOut | None = Field(description=_COST)
    expected_on: date | None
    over_receipt_percent: PercentField
    ordered: QuantityField
    received: QuantityField = Field(description="What arrived, faulty goods included.")
    rejected: QuantityField
    returned: QuantityField
    receivable: QuantityField = Field(description="What may still arrive, the tolerance included.")
    outstanding: QuantityField = Field(description="What is still expected.")

    @classmethod
    def of(cls, line: PurchaseLine, purchase: Purchase, *, costs: bool) -> PurchaseLineOut:
        currency = purchase.currency
        value = line.value_minor(currency) if costs else None
        left = line.still_receivable if purchase.is_open else NOTHING
        return cls(
            id=line.id,
            product_id=line.item.product_id,
            sku=line.item.sku,
            name=line.item.name,
            unit=line.item.unit_code,
            supplier_sku=line.supplier_sku,
            measure=line.measure,
            pack_size=line.pack_size,
            quantity=line.quantity,
            cost=price_out(line.cost, currency) if costs and line.cost is not None else None,
            value=None if value is None else money_out(value, currency),
            expected_on=line.expected_on,
            over_receipt_percent=shown_percent(line.tolerance_ppm),
            ordered=line.ordered,
            received=line.received,
            rejected=line.rejected,
            returned=line.returned,
            receivable=left,
            outstanding=purchase.outstanding(line),
        )


class PurchaseOut(Schema):
    """An order whole, with what came of it so far."""

    id: PurchaseIdField
    number: str | None = Field(description="Given when it is ordered.", examples=["PO-2026-000042"])
    status: PurchaseStatus
    closed_short: bool = Field(description="It was closed although something never came.")
    supplier_id: SupplierIdField
    supplier_name: str = Field(description="As it was called when the order was drafted.")
    location_id: LocationIdField
    currency: str
    exchange_rate: RateField | None
    total: MoneyOut | None = Field(description=f"Null while a cost is not known. {_COST}")
    reference: str | None
    note: str | None
    lines: list[PurchaseLineOut]
    user_id: UserIdField | None
    created_at: datetime
    ordered_at: datetime | None
    closed_at: datetime | None = Field(description="When it was closed or cancelled.")
    close_reason: str | None
    version: int

    @classmethod
    def of(cls, purchase: Purchase, *, costs: bool) -> PurchaseOut:
        total = purchase.total_minor if costs else None
        heading = purchase.heading
        return cls(
            id=purchase.id,
            number=_text(purchase.number),
            status=purchase.status,
            closed_short=purchase.closed_short,
            supplier_id=purchase.supplier.id,
            supplier_name=purchase.supplier.name,
            location_id=heading.location_id,
            currency=purchase.currency,
            exchange_rate=heading.rate,
            total=None if total is None else money_out(total, purchase.currency),
            reference=heading.reference,
            note=heading.note,
            lines=[PurchaseLineOut.of(line, purchase, costs=costs) for line in purchase.lines],
            user_id=purchase.user_id,
            created_at=purchase.created_at,
            ordered_at=purchase.ordered_at,
            closed_at=purchase.closed_at,
            close_reason=purchase.close_reason,
            version=purchase.version,
        )


class PurchaseItemOut(Schema):
    """An order as lists show it."""

    id: PurchaseIdField
    number: str | None
    status: PurchaseStatus
    supplier_id: SupplierIdField
    supplier_name: str
    location_id: LocationIdField
    currency: str
    total: MoneyOut | None = Field(description=_COST)
    reference: str | None
    user_id: UserIdField | None
    created_at: datetime
    ordered_at: datetime | None
    version: int

    @classmethod
    def of(cls, item: PurchaseItem, *, costs: bool) -> PurchaseItemOut:
        return cls(
            id=item.id,
            number=_text(item.number),
            status=item.status,
            supplier_id=item.supplier.id,
            supplier_name=item.supplier.name,
            location_id=item.location_id,
            currency=item.currency,
            total=MoneyOut.of(item.total) if costs and item.total is not None else None,
            reference=item.reference,
            user_id=item.user_id,
            created_at=item.created_at,
            ordered_at=item.ordered_at,
            version=item.version,
        )


class DeliveredLineOut(Schema):
    """Goods of a line of the order that came to one place."""

    id: LineIdField
    line_id: LineIdField = Field(description="The line of the order.")
    product_id: ProductIdField
    sku: str
    name: str
    unit: str
    location_id: LocationIdField
    rejected: bool
    quantity: QuantityField
    returned: QuantityField
    cost: MoneyOut | None = Field(description=f"Of what `cost_per` says. {_COST}")
    cost_per: QuantityField
    exchange_rate: RateField
    value: MoneyOut | None = Field(description=f"In the order's currency. {_COST}")
    stock_value: MoneyOut | None = Field(description=f"In the shop's currency. {_COST}")

    @classmethod
    def of(cls, line: DeliveredLine, *, costs: bool) -> DeliveredLineOut:
        return cls(
            id=line.id,
            line_id=line.purchase_line_id,
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            unit=line.unit_code,
            location_id=line.location_id,
            rejected=line.rejected,
            quantity=line.quantity,
            returned=line.returned,
            cost=price_out(line.cost.price, line.value.currency) if costs else None,
            cost_per=line.cost.per,
            exchange_rate=line.rate,
            value=MoneyOut.of(line.value) if costs else None,
            stock_value=MoneyOut.of(line.shop_value) if costs else None,
        )


class DeliveryOut(Schema):
    """A goods receipt of an order, as `/inventory/receipts` has it too."""

    id: DocumentIdField
    number: str = Field(examples=["R-2026-000042"])
    purchase_id: PurchaseIdField
    reference: str | None
    note: str | None
    lines: list[DeliveredLineOut]
    user_id: UserIdField | None
    occurred_at: datetime
    recorded_at: datetime

    @classmethod
    def of(cls, view: DeliveryView, *, costs: bool) -> DeliveryOut:
        return cls(
            id=view.id,
            number=str(view.number),
            purchase_id=view.purchase_id,
            reference=view.reference,
            note=view.note,
            lines=[DeliveredLineOut.of(line, costs=costs) for line in view.lines],
            user_id=view.user_id,
            occurred_at=view.occurred_at,
            recorded_at=view.recorded_at,
        )


class ReceivedOut(Schema):
    """What was received, and the order after it."""

    receipt: DeliveryOut
    purchase: PurchaseOut


class SupplierReturnLineOut(Schema):
    id: LineIdField
    receipt_line_id: LineIdField
    product_id: ProductIdField
    sku: str
    name: str
    unit: str
    location_id: LocationIdField
    quantity: QuantityField
    credit: MoneyOut | None = Field(description=f"At the cost it was bought for. {_COST}")
    stock_value: MoneyOut | None = Field(description=f"What left the books. {_COST}")
    price_variance: MoneyOut | None = Field(
        description=f"The credit in the shop's currency less what left the books. {_COST}"
    )

    @classmethod
    def of(
        cls, line: SupplierReturnLine, document: SupplierReturn, *, costs: bool
    ) -> SupplierReturnLineOut:
        shop = document.shop_currency
        return cls(
            id=line.id,
            receipt_line_id=line.receipt_line_id,
            product_id=line.item.product_id,
            sku=line.item.sku,
            name=line.item.name,
            unit=line.item.unit_code,
            location_id=line.location_id,
            quantity=line.quantity,
            credit=money_out(line.credit_minor, document.currency) if costs else None,
            stock_value=money_out(line.value_minor or 0, shop) if costs else None,
            price_variance=money_out(line.variance_minor, shop) if costs else None,
        )


class SupplierReturnOut(Schema):
    """Goods that went back to a supplier; it never changes."""

    id: SupplierReturnIdField
    number: str = Field(examples=["SR-2026-000042"])
    purchase_id: PurchaseIdField
    supplier_id: SupplierIdField
    supplier_name: str
    currency: str
    credit: MoneyOut | None = Field(description=_COST)
    stock_value: MoneyOut | None = Field(description=_COST)
    price_variance: MoneyOut | None = Field(description=_COST)
    reference: str | None
    reason: str | None
    lines: list[SupplierReturnLineOut]
    user_id: UserIdField | None
    occurred_at: datetime
    recorded_at: datetime

    @classmethod
    def of(cls, document: SupplierReturn, *, costs: bool) -> SupplierReturnOut:
        shop = document.shop_currency
        return cls(
            id=document.id,
            number=str(document.number),
            purchase_id=document.purchase_id,
            supplier_id=document.supplier.id,
            supplier_name=document.supplier.name,
            currency=document.currency,
            credit=money_out(document.credit_minor, document.currency) if costs else None,
            stock_value=money_out(document.value_minor, shop) if costs else None,
            price_variance=money_out(document.variance_minor, shop) if costs else None,
            reference=document.reference,
            reason=document.reason,
            lines=[
                SupplierReturnLineOut.of(line, document, costs=costs) for line in document.lines
            ],
            user_id=document.user_id,
            occurred_at=document.occurred_at,
            recorded_at=document.recorded_at,
        )


def _text(number: DocumentNumber | None) -> str | None:
    return None if number is None else str(number)
