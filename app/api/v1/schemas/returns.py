"""What is sent to take goods back; `returns_out` holds what is shown of it."""

from __future__ import annotations

from pydantic import Field

from app.api.v1.schemas.common import (
    AmountText,
    Instant,
    LineIdField,
    LocationIdField,
    PriceField,
    ProductIdField,
    QuantityField,
    SaleIdField,
    Schema,
)
from app.api.v1.schemas.sales import TenderIn
from app.application.returns.commands import (
    AskedReturn,
    AskedReturnLine,
    ReturnRevision,
    Settlement,
)
from app.domain.returns.line import Disposition
from app.domain.returns.sales_return import MOST_LINES
from app.domain.sales.sale import MOST_TENDERS, REASON_LENGTH


class ReturnLineIn(Schema):
    """With a sale `sale_line_id` is required, without one `product_id`."""

    sale_line_id: LineIdField | None = Field(
        default=None, description="The line of the sale of which pieces come back."
    )
    product_id: ProductIdField | None = Field(
        default=None, description="What comes back without a sale."
    )
    quantity: QuantityField
    disposition: Disposition = Field(
        description=(
            "What becomes of the goods: `restock` puts them up for sale again, `quarantine` sets "
            "them aside, `scrap` writes them off, `none` is a refund without goods."
        )
    )
    unit_price: PriceField | None = Field(
        default=None, description="Without a sale only: instead of the catalog's price."
    )
    refund: AmountText | None = Field(
        default=None,
        description=(
            "Less than all that is refundable, with tax. Needs the permission `returns.reduce`."
        ),
    )

    def asked(self) -> AskedReturnLine:
        return AskedReturnLine(
            sale_line_id=self.sale_line_id,
            product_id=self.product_id,
            quantity=self.quantity,
            disposition=self.disposition,
            unit_price=self.unit_price,
            refund=self.refund,
        )


class SettlementIn(Schema):
    """How the money goes back."""

    refunds: list[TenderIn] | None = Field(
        default=None,
        max_length=MOST_TENDERS,
        description=(
            "They sum to the total, each at most what was paid by its means and not refunded yet. "
            "If absent the total is spread over the tenders of the sale in the order paid; without "
            "a sale they are required."
        ),
    )

    occurred_at: Instant | None = Field(
        default=None, description="When it took place, for one that is told late; now if absent."
    )

    def asked(self) -> Settlement:
        refunds = self.refunds
        return Settlement(
            refunds=None if refunds is None else tuple(refund.asked() for refund in refunds),
            occurred_at=self.occurred_at,
        )


class ReturnIn(Schema):
    """A request; with `complete` goods, money and credit note at once."""

    sale_id: SaleIdField | None = Field(
        default=None,
        description="The sale that it comes from. Without one: the permission `returns.free`.",
    )
    lines: list[ReturnLineIn] = Field(min_length=1, max_length=MOST_LINES)
    location_id: LocationIdField | None = Field(
        default=None,
        description="Where `restock` puts goods: if absent where the sale took them from.",
    )
    reason: str | None = Field(
        default=None, max_length=REASON_LENGTH, description="Required without a sale."
    )
    complete: SettlementIn | None = Field(
        default=None, description="Absent or null: only a request."
    )

    def asked(self) -> AskedReturn:
        return AskedReturn(
            sale_id=self.sale_id,
            lines=tuple(line.asked() for line in self.lines),
            location_id=self.location_id,
            reason=self.reason,
        )

    def settlement(self) -> Settlement | None:
        return None if self.complete is None else self.complete.asked()


class ReturnPatch(Schema):
    """What is absent stays as it is; `lines` replace all lines, `reason: null` takes it away."""

    lines: list[ReturnLineIn] | None = Field(default=None, min_length=1, max_length=MOST_LINES)
    location_id: LocationIdField | None = None
    reason: str | None = Field(default=None, max_length=REASON_LENGTH)

    def asked(self) -> ReturnRevision:
        return ReturnRevision(
            lines=None if self.lines is None else tuple(line.asked() for line in self.lines),
            location_id=self.location_id,
            reason=self.reason,
            replaces_reason="reason" in self.model_fields_set,
        )


class CloseIn(Schema):
    reason: str | None = Field(default=None, max_length=REASON_LENGTH)
