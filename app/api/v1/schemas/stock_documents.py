"""What is sent and shown of openings, goods receipts, adjustments and scraps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, get_args

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from app.api.v1.schemas.common import (
    MAIN_LOCATION,
    DeltaField,
    DocumentIdField,
    Instant,
    LineIdField,
    LocationIdField,
    MoneyOut,
    PriceField,
    ProductIdField,
    PurchaseIdField,
    QuantityField,
    Schema,
    SupplierIdField,
    UserIdField,
)
from app.application.inventory.commands import AskedDocument, AskedLine
from app.application.inventory.queries import StockDocumentItem
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Delta
from app.domain.inventory.document import (
    MOST_LINES,
    NOTE_LENGTH,
    REFERENCE_LENGTH,
    SUPPLIER_LENGTH,
    DocumentLine,
    StockDocument,
)
from app.domain.inventory.locations import MAIN_ID
from app.domain.inventory.reasons import AdjustmentReason, WriteOffReason

PlaceField = Annotated[
    LocationIdField,
    Field(
        description="Where the goods lie; the main location if absent.",
        json_schema_extra=MAIN_LOCATION,
    ),
]
WhenField = Annotated[
    Instant | None, Field(description="When it happened, if told late; now if absent.")
]
NoteField = Annotated[str | None, Field(max_length=NOTE_LENGTH)]
_REASONS = tuple(reason.value for reason in get_args(WriteOffReason))


def _write_off(value: object) -> object:
    """Name the reasons as they are sent, not as the program holds them."""
    if value not in _REASONS:
        named = ", ".join(_REASONS[:-1])
        raise PydanticCustomError(
            "enum", "Should be {named}", {"named": f"{named} or {_REASONS[-1]}"}
        )
    return value


WriteOffField = Annotated[WriteOffReason, BeforeValidator(_write_off)]
CostText = Annotated[
    str | None,
    Field(
        pattern=r"^\d{1,15}(\.\d{1,6})?$",
        examples=["27.98"],
        description="What the whole line cost; exact where a unit cost would have to be rounded.",
    ),
]


class CostedLineIn(Schema):
    """Goods that come in; exactly one of the two costs, net of recoverable tax, is given."""

    product_id: ProductIdField
    quantity: QuantityField
    unit_cost: PriceField | None = Field(default=None, description="0 for goods that cost nothing.")
    line_cost: CostText = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> CostedLineIn:
        if (self.unit_cost is None) == (self.line_cost is None):
            raise PydanticCustomError("one_of", "Either unit_cost or line_cost is given")
        return self

    def asked(self) -> AskedLine:
        return AskedLine(
            product_id=self.product_id,
            change=Delta(self.quantity.thousandths),
            unit_cost=self.unit_cost,
            line_cost=self.line_cost,
        )


class OpeningIn(Schema):
    """Goods that were there before the books began."""

    location_id: PlaceField = MAIN_ID
    lines: list[CostedLineIn] = Field(min_length=1, max_length=MOST_LINES)
    occurred_at: WhenField = None
    note: NoteField = None

    def asked(self) -> AskedDocument:
        return AskedDocument(
            location_id=self.location_id,
            lines=tuple(line.asked() for line in self.lines),
            occurred_at=self.occurred_at,
            note=self.note,
        )


class GoodsReceiptIn(Schema):
    """Goods that came from a supplier."""

    location_id: PlaceField = MAIN_ID
    lines: list[CostedLineIn] = Field(min_length=1, max_length=MOST_LINES)
    supplier: str | None = Field(
        default=None,
        min_length=1,
        max_length=SUPPLIER_LENGTH,
        description="A name; that of `supplier_id` if absent.",
    )
    supplier_id: SupplierIdField | None = Field(
        default=None, description="With it a `reference` is received once."
    )
    reference: str | None = Field(
        default=None,
        min_length=1,
        max_length=REFERENCE_LENGTH,
        description="The supplier's delivery note or invoice.",
    )
    occurred_at: WhenField = None
    note: NoteField = None

    def asked(self) -> AskedDocument:
        return AskedDocument(
            location_id=self.location_id,
            lines=tuple(line.asked() for line in self.lines),
            supplier=self.supplier,
            supplier_id=self.supplier_id,
            reference=self.reference,
            occurred_at=self.occurred_at,
            note=self.note,
        )


class AdjustmentLineIn(Schema):
    product_id: ProductIdField
    change: DeltaField
    unit_cost: PriceField | None = Field(
        default=None, description="For goods that are found; the moving average if absent."
    )

    def asked(self) -> AskedLine:
        return AskedLine(product_id=self.product_id, change=self.change, unit_cost=self.unit_cost)


class AdjustmentIn(Schema):
    """A correction of stock, up or down."""

    location_id: PlaceField = MAIN_ID
    reason: AdjustmentReason = Field(description="`other` needs a note.")
    lines: list[AdjustmentLineIn] = Field(min_length=1, max_length=MOST_LINES)
    occurred_at: WhenField = None
    note: NoteField = None

    def asked(self) -> AskedDocument:
        return AskedDocument(
            location_id=self.location_id,
            lines=tuple(line.asked() for line in self.lines),
            reason=self.reason,
            occurred_at=self.occurred_at,
            note=self.note,
        )


class ScrapLineIn(Schema):
    product_id: ProductIdField
    quantity: QuantityField

    def asked(self) -> AskedLine:
        return AskedLine(product_id=self.product_id, change=Delta(-self.quantity.thousandths))


class ScrapIn(Schema):
    """Goods that are written off."""

    location_id: PlaceField = MAIN_ID
    reason: WriteOffField = Field(description="`other` needs a note.")
    lines: list[ScrapLineIn] = Field(min_length=1, max_length=MOST_LINES)
    occurred_at: WhenField = None
    note: NoteField = None

    def asked(self) -> AskedDocument:
        return AskedDocument(
            location_id=self.location_id,
            lines=tuple(line.asked() for line in self.lines),
            reason=self.reason,
            occurred_at=self.occurred_at,
            note=self.note,
        )


class StockDocumentLineOut(Schema):
    """A line with its product as it was at the time."""

    id: LineIdField
    product_id: ProductIdField
    sku: str
    name: str
    unit: str
    change: str = Field(examples=["-2.000"], description="Negative for what was taken away.")
    unit_cost: MoneyOut | None = Field(description="Only for those who may see costs.")
    value: MoneyOut | None = Field(description="Only for those who may see costs.")

    @classmethod
    def of(
        cls, line: DocumentLine, document: StockDocument, *, costs: bool
    ) -> StockDocumentLineOut:
        return cls(
            id=line.id,
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            unit=line.unit_code,
            change=str(line.change),
            unit_cost=_price(line.unit_cost, document.currency) if costs else None,
            value=MoneyOut.of(document.money(line.value_minor)) if costs else None,
        )


class StockDocumentItemOut(Schema):
    """A document as lists show it: all but its lines."""

    id: DocumentIdField
    number: str = Field(examples=["R-2026-000001"])
    location_id: LocationIdField
    supplier: str | None
    supplier_id: SupplierIdField | None
    purchase_id: PurchaseIdField | None = Field(description="The order that it came of.")
    reference: str | None
    reason: AdjustmentReason | None
    note: str | None
    user_id: UserIdField | None
    occurred_at: datetime
    recorded_at: datetime

    @classmethod
    def of(cls, item: StockDocumentItem) -> StockDocumentItemOut:
        head = item.particulars
        return cls(
            id=item.id,
            number=str(item.number),
            location_id=item.location_id,
            supplier=head.supplier,
            supplier_id=head.supplier_id,
            purchase_id=head.purchase_id,
            reference=head.reference,
            reason=head.reason,
            note=head.note,
            user_id=item.user_id,
            occurred_at=head.occurred_at,
            recorded_at=item.recorded_at,
        )


class StockDocumentOut(Schema):
    """A posted document; it never changes."""

    id: DocumentIdField
    number: str = Field(examples=["R-2026-000001"])
    location_id: LocationIdField
    supplier: str | None
    supplier_id: SupplierIdField | None
    purchase_id: PurchaseIdField | None = Field(description="The order that it came of.")
    reference: str | None
    reason: AdjustmentReason | None
    note: str | None
    user_id: UserIdField | None
    occurred_at: datetime
    recorded_at: datetime
    value: MoneyOut | None = Field(
        description="By how much the value of the stock changed; only for those who may see costs."
    )
    lines: list[StockDocumentLineOut]

    @classmethod
    def of(cls, document: StockDocument, *, costs: bool) -> StockDocumentOut:
        head = document.particulars
        return cls(
            id=document.id,
            number=str(document.number),
            location_id=document.location_id,
            supplier=head.supplier,
            supplier_id=head.supplier_id,
            purchase_id=head.purchase_id,
            reference=head.reference,
            reason=head.reason,
            note=head.note,
            user_id=document.user_id,
            occurred_at=head.occurred_at,
            recorded_at=document.recorded_at,
            value=MoneyOut.of(document.money(document.value_minor)) if costs else None,
            lines=[StockDocumentLineOut.of(line, document, costs=costs) for line in document.lines],
        )


def _price(price: UnitPrice | None, currency: str) -> MoneyOut | None:
    return None if price is None else MoneyOut(amount=price.amount, currency=currency)
