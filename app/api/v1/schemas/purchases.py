"""What is sent to buy goods; `purchases_out` holds what is shown of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.api.v1.schemas.common import (
    MAIN_LOCATION,
    Day,
    Instant,
    LineIdField,
    LocationIdField,
    PriceField,
    ProductIdField,
    QuantityField,
    RateField,
    Schema,
    Sparse,
    SupplierIdField,
    absent,
)
from app.application.purchases.commands import (
    AskedArrival,
    AskedBack,
    AskedDelivery,
    AskedPurchase,
    AskedPurchaseLine,
    AskedSupplierReturn,
    PurchaseRevision,
)
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import MAIN_ID
from app.domain.parties.limits import SUPPLIER_SKU_LENGTH
from app.domain.purchases.line import MOST_LINES
from app.domain.purchases.order import NOTE_LENGTH, REASON_LENGTH, REFERENCE_LENGTH
from app.domain.purchases.terms import Measure

Reference = Annotated[str, Field(min_length=1, max_length=REFERENCE_LENGTH)]
Note = Annotated[str, Field(max_length=NOTE_LENGTH)]
WhenField = Annotated[
    Instant | None, Field(description="When it happened, if told late; now if absent.")
]
_RATE = "How much of the shop's currency one of the order's is worth; needed where they differ."


class PurchaseLineIn(Schema):
    """What is absent comes from what the supplier sells."""

    product_id: ProductIdField
    quantity: QuantityField = Field(description="In packs or units, as `measure` says.")
    measure: Measure = Field(default=Measure.UNIT, description="What quantity and cost are in.")
    pack_size: QuantityField | None = Field(
        default=None, description="What one pack holds, in the product's unit."
    )
    cost: PriceField | None = Field(
        default=None,
        description=(
            "Of one pack or one unit, in the order's currency, net of recoverable tax; 0 for goods "
            "that cost nothing. Where it is not known it has to be sent with the goods."
        ),
    )
    supplier_sku: Annotated[str, Field(min_length=1, max_length=SUPPLIER_SKU_LENGTH)] | None = None
    expected_on: Day | None = None

    def asked(self) -> AskedPurchaseLine:
        return AskedPurchaseLine(
            product_id=self.product_id,
            quantity=self.quantity,
            measure=self.measure,
            pack_size=self.pack_size,
            cost=self.cost,
            supplier_sku=self.supplier_sku,
            expected_on=self.expected_on,
        )


class PurchaseIn(Schema):
    """An order in the currency of its supplier: a draft, or with `order` sent at once."""

    supplier_id: SupplierIdField
    location_id: LocationIdField = Field(
        default=MAIN_ID,
        description="Where the goods will lie; the main location if absent.",
        json_schema_extra=MAIN_LOCATION,
    )
    lines: list[PurchaseLineIn] = Field(min_length=1, max_length=MOST_LINES)
    exchange_rate: RateField | None = Field(default=None, description=_RATE)
    reference: Reference | None = None
    note: Note | None = None
    order: bool = Field(default=False, strict=True, description="Needs `purchases.order`.")

    def asked(self) -> AskedPurchase:
        return AskedPurchase(
            supplier_id=self.supplier_id,
            location_id=self.location_id,
            lines=tuple(line.asked() for line in self.lines),
            exchange_rate=self.exchange_rate,
            reference=self.reference,
            note=self.note,
        )


class PurchasePatch(Sparse):
    """What is absent stays as it is; `lines` replace all lines, null clears what may be empty."""

    location_id: LocationIdField = absent()
    lines: Annotated[list[PurchaseLineIn], Field(min_length=1, max_length=MOST_LINES)] = absent()
    exchange_rate: RateField | None = Field(default=None, description=_RATE)
    reference: Reference | None = None
    note: Note | None = None

    def asked(self) -> PurchaseRevision:
        given = self.given()
        lines = given.pop("lines", None)
        cleared = {name for name, value in given.items() if value is None}
        return PurchaseRevision(
            lines=None if lines is None else tuple(line.asked() for line in lines),
            cleared=frozenset(cleared),
            **given,
        )


class ArrivalIn(Schema):
    """What came of a line of the order: good goods, faulty ones, or both."""

    line_id: LineIdField
    accepted: QuantityField = Field(default=Quantity(0), json_schema_extra={"default": "0"})
    rejected: QuantityField = Field(
        default=Quantity(0),
        description="Faulty: goes to quarantine.",
        json_schema_extra={"default": "0"},
    )
    measure: Measure | None = Field(default=None, description="That of the order if absent.")
    cost: PriceField | None = Field(
        default=None,
        description="Of one pack or unit, as `measure` says; that of the order if absent.",
    )

    def asked(self) -> AskedArrival:
        return AskedArrival(
            line_id=self.line_id,
            accepted=self.accepted,
            rejected=self.rejected,
            measure=self.measure,
            cost=self.cost,
        )


class DeliveryIn(Schema):
    """Goods that came of an order."""

    lines: list[ArrivalIn] = Field(min_length=1, max_length=MOST_LINES)
    reference: Reference | None = Field(
        default=None, description="The supplier's delivery note; each is received once."
    )
    exchange_rate: RateField | None = Field(
        default=None, description="For this delivery alone; that of the order if absent."
    )
    occurred_at: WhenField = None
    note: Note | None = None

    def asked(self) -> AskedDelivery:
        return AskedDelivery(
            lines=tuple(line.asked() for line in self.lines),
            reference=self.reference,
            exchange_rate=self.exchange_rate,
            occurred_at=self.occurred_at,
            note=self.note,
        )


class BackIn(Schema):
    receipt_line_id: LineIdField
    quantity: QuantityField = Field(description="In the product's unit.")
    location_id: LocationIdField | None = Field(
        default=None, description="From where; if absent where the receipt put the goods."
    )

    def asked(self) -> AskedBack:
        return AskedBack(
            receipt_line_id=self.receipt_line_id,
            quantity=self.quantity,
            location_id=self.location_id,
        )


class SupplierReturnIn(Schema):
    """Goods of an order that go back to the supplier."""

    lines: list[BackIn] = Field(min_length=1, max_length=MOST_LINES)
    reference: Reference | None = None
    reason: Annotated[str, Field(min_length=1, max_length=REASON_LENGTH)] | None = None
    occurred_at: WhenField = None

    def asked(self) -> AskedSupplierReturn:
        return AskedSupplierReturn(
            lines=tuple(line.asked() for line in self.lines),
            reference=self.reference,
            reason=self.reason,
            occurred_at=self.occurred_at,
        )


class EndIn(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=REASON_LENGTH)] | None = None
