"""What is sent to make a sale; `sales_out` holds what is shown of one."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.api.v1.schemas.common import (
    MAIN_LOCATION,
    AmountText,
    CustomerIdField,
    Instant,
    LineIdField,
    LocationIdField,
    PriceField,
    ProductIdField,
    QuantityField,
    Schema,
)
from app.application.sales.commands import (
    AskedAmountOff,
    AskedDiscount,
    AskedLine,
    AskedSale,
    AskedTender,
    Completion,
    Revision,
)
from app.domain.common.errors import InvalidValue
from app.domain.inventory.locations import MAIN_ID
from app.domain.sales.discount import PercentOff
from app.domain.sales.sale import MOST_LINES, MOST_TENDERS, REASON_LENGTH, REFERENCE_LENGTH
from app.domain.sales.tender import TenderKind
from app.domain.sales.till import (
    CLIENT_ID_LENGTH,
    CLIENT_NUMBER_LENGTH,
    REGISTER_LENGTH,
    TillRecord,
)
from app.domain.shop.tax_rate import parse_percent


def _percent(text: str) -> str:
    try:
        parse_percent(text)
    except InvalidValue as fault:
        raise PydanticCustomError(fault.code, "{reason}", {"reason": fault.detail}) from None
    return text


PercentText = Annotated[
    str,
    Field(
        pattern=r"^\d{1,3}(\.\d{1,4})?$",
        examples=["10"],
        description="Percentage from 0 to 100, at most 4 decimal places.",
    ),
    AfterValidator(_percent),
]


class DiscountIn(Schema):
    """Either a percentage or an amount; never more than what it is taken off."""

    percent: PercentText | None = None
    amount: AmountText | None = Field(
        default=None, description="Decimal text, in the shop's currency."
    )

    @model_validator(mode="after")
    def _one_of_the_two(self) -> DiscountIn:
        if (self.percent is None) == (self.amount is None):
            raise PydanticCustomError("one_of", "Either percent or amount is given")
        return self

    def asked(self) -> AskedDiscount:
        if self.percent is not None:
            return PercentOff(parse_percent(self.percent))
        return AskedAmountOff(amount=self.amount or "")


class LineIn(Schema):
    product_id: ProductIdField
    quantity: QuantityField
    unit_price: PriceField | None = Field(
        default=None, description="Instead of the catalog's price."
    )
    discount: DiscountIn | None = None

    def asked(self) -> AskedLine:
        return AskedLine(
            product_id=self.product_id,
            quantity=self.quantity,
            unit_price=self.unit_price,
            discount=_asked(self.discount),
        )


class DraftLineIn(Schema):
    """With `id` a line of the draft to keep at its quoted price, else a new one."""

    id: LineIdField | None = None
    product_id: ProductIdField | None = Field(default=None, description="Required without `id`.")
    quantity: QuantityField
    unit_price: PriceField | None = Field(
        default=None, description="Instead of quote or catalog price."
    )
    discount: DiscountIn | None = None

    def asked(self) -> AskedLine:
        return AskedLine(
            id=self.id,
            product_id=self.product_id,
            quantity=self.quantity,
            unit_price=self.unit_price,
            discount=_asked(self.discount),
        )


class TenderIn(Schema):
    """What is handed over; change is given from cash."""

    kind: TenderKind
    amount: AmountText
    reference: str | None = Field(
        default=None, max_length=REFERENCE_LENGTH, description="Slip or voucher number."
    )

    def asked(self) -> AskedTender:
        return AskedTender(kind=self.kind, amount=self.amount, reference=self.reference)


Tenders = Annotated[
    list[TenderIn],
    Field(
        max_length=MOST_TENDERS,
        description="They cover the total; none for a sale that costs nothing.",
    ),
]
Register = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        max_length=REGISTER_LENGTH,
        examples=["till-2"],
        description="The till that the sale was rung up at.",
    ),
]
ClientId = Annotated[
    str,
    Field(
        pattern="^[!-~]+$",
        max_length=CLIENT_ID_LENGTH,
        examples=["0b7e3c52-41d4-4a9e-8f0e-6a4f0d9c2b11"],
        description="What the till knows the sale by: of its register once, for ever.",
    ),
]
ClientNumber = Annotated[
    str,
    Field(
        pattern="^[!-~]([ -~]*[!-~])?$",
        max_length=CLIENT_NUMBER_LENGTH,
        examples=["T2-000117"],
        description="The number that the till printed: of its register once, for ever.",
    ),
]


class CompletionIn(Schema):
    """What turns a draft into a sale."""

    tenders: Tenders = Field(default_factory=list)
    occurred_at: Instant | None = Field(
        default=None, description="When it took place, for a sale that is told late; now if absent."
    )
    oversell: StrictBool = Field(
        default=False,
        description=(
            "Take goods that lie on the counter although the books hold fewer: the sale is marked "
            "`needs_attention`. Needs the permission `sales.oversell`."
        ),
    )

    def asked(self) -> Completion:
        return Completion(
            tenders=tuple(tender.asked() for tender in self.tenders),
            occurred_at=self.occurred_at,
            oversell=self.oversell,
        )


class GoodsIn(Schema):
    """What is sold, from where, to whom."""

    lines: list[LineIn] = Field(min_length=1, max_length=MOST_LINES)
    location_id: LocationIdField = Field(
        default=MAIN_ID,
        description="Where the goods are taken from; the main location if absent.",
        json_schema_extra=MAIN_LOCATION,
    )
    currency: str | None = Field(
        default=None,
        pattern="^[A-Z]{3}$",
        description="What the amounts are meant in; refused unless it is the shop's currency.",
    )
    discount: DiscountIn | None = Field(default=None, description="Off the whole sale, before tax.")
    customer_id: CustomerIdField | None = Field(default=None, description="Who buys, by name.")

    def sold(self, till: TillRecord | None) -> AskedSale:
        return AskedSale(
            lines=tuple(line.asked() for line in self.lines),
            location_id=self.location_id,
            currency=self.currency,
            discount=_asked(self.discount),
            customer_id=self.customer_id,
            till=till,
        )


class SaleIn(GoodsIn):
    """A draft; with `complete` goods, money and number at once."""

    # Every class of pydantic has a method of that name.
    register_code: Register | None = Field(default=None, alias="register")
    client_number: ClientNumber | None = None
    complete: CompletionIn | None = Field(default=None, description="Absent or null: only a draft.")

    @field_validator("client_number")
    @classmethod
    def _of_a_register(cls, number: str | None, info: ValidationInfo) -> str | None:
        # A register that cannot be read is told of by itself.
        if number is not None and info.data.get("register_code", "unread") is None:
            raise PydanticCustomError("missing", "A client_number is that of a register")
        return number

    def asked(self) -> AskedSale:
        if self.register_code is None:
            return self.sold(None)
        return self.sold(TillRecord(register=self.register_code, client_number=self.client_number))

    def completion(self) -> Completion | None:
        return None if self.complete is None else self.complete.asked()


class SalePatch(Schema):
    """What is absent stays as it is; `lines` replace all lines.

    `discount: null` and `customer_id: null` take them away.
    """

    lines: list[DraftLineIn] | None = Field(default=None, min_length=1, max_length=MOST_LINES)
    location_id: LocationIdField | None = None
    discount: DiscountIn | None = None
    customer_id: CustomerIdField | None = None

    def asked(self) -> Revision:
        return Revision(
            lines=None if self.lines is None else tuple(line.asked() for line in self.lines),
            location_id=self.location_id,
            discount=_asked(self.discount),
            replaces_discount="discount" in self.model_fields_set,
            customer_id=self.customer_id,
            replaces_customer="customer_id" in self.model_fields_set,
        )


class VoidIn(Schema):
    goods_back: StrictBool = Field(
        default=True, description="Whether the goods came back into stock."
    )
    reason: str | None = Field(default=None, max_length=REASON_LENGTH)


def _asked(discount: DiscountIn | None) -> AskedDiscount | None:
    return None if discount is None else discount.asked()
