"""What is sent and shown of counts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.api.v1.schemas.common import (
    MAIN_LOCATION,
    CategoryIdField,
    DeltaField,
    Instant,
    LineIdField,
    LocationIdField,
    MoneyOut,
    PriceField,
    ProductIdField,
    QuantityField,
    Schema,
    StocktakeIdField,
    UserIdField,
)
from app.application.inventory.stocktakes import (
    AskedStocktake,
    CountedRow,
    StocktakeEntry,
    StocktakeLine,
    StocktakeView,
)
from app.application.inventory.use_cases.stocktakes import LevelSet
from app.domain.inventory.locations import MAIN_ID
from app.domain.inventory.stocktake import (
    CLIENT_ID_LENGTH,
    MOST_ROWS,
    NOTE_LENGTH,
    REASON_LENGTH,
    ScopeKind,
    StocktakeStatus,
)

CountedAt = Annotated[
    Instant | None, Field(description="The instant of which the figure holds; now if absent.")
]
FoundCost = Annotated[
    PriceField | None,
    Field(description="What found goods cost; the moving average, or else the last cost, if null."),
]


class CountIn(Schema):
    """What is counted: chosen products, a category with all below it, or the whole location."""

    location_id: Annotated[
        LocationIdField,
        Field(
            description="Which location; the main one if absent.", json_schema_extra=MAIN_LOCATION
        ),
    ] = MAIN_ID
    product_ids: list[ProductIdField] | None = Field(
        default=None, min_length=1, max_length=MOST_ROWS
    )
    category_id: CategoryIdField | None = None
    blind: bool = Field(
        default=False,
        description="Hide what is expected until the review from whoever cannot post the count.",
    )
    note: str | None = Field(default=None, max_length=NOTE_LENGTH)

    @model_validator(mode="after")
    def _at_most_one(self) -> CountIn:
        if self.product_ids is not None and self.category_id is not None:
            raise PydanticCustomError("one_of", "product_ids and category_id exclude each other")
        return self

    def asked(self) -> AskedStocktake:
        products = None if self.product_ids is None else tuple(self.product_ids)
        return AskedStocktake(
            location_id=self.location_id,
            products=products,
            category_id=self.category_id,
            blind=self.blind,
            note=self.note,
        )


class CountedLineIn(Schema):
    product_id: ProductIdField
    counted: QuantityField
    counted_at: CountedAt = None
    unit_cost: FoundCost = None
    client_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=CLIENT_ID_LENGTH,
        pattern=r"^[\x21-\x7e]+$",
        description="Your own identifier of this row: sent again, it is passed over.",
    )

    def asked(self) -> CountedRow:
        return CountedRow(
            product_id=self.product_id,
            counted=self.counted,
            counted_at=self.counted_at,
            unit_cost=self.unit_cost,
            client_id=self.client_id,
        )


class CountedLinesIn(Schema):
    lines: list[CountedLineIn] = Field(min_length=1, max_length=MOST_ROWS)


class Uncounted(StrEnum):
    """What becomes of rows that nobody counted."""

    KEEP = "keep"
    NONE = "none"


class ReviewIn(Schema):
    uncounted: Uncounted = Field(
        default=Uncounted.KEEP,
        description="`keep` leaves them as the books have them, `none` counts them as not there.",
    )


class CancelIn(Schema):
    reason: str | None = Field(default=None, max_length=REASON_LENGTH)


class LevelIn(Schema):
    """What is there, and what you took to be there: the level is set only while that holds."""

    counted: QuantityField
    expected: QuantityField
    unit_cost: FoundCost = None


class CountTotals(Schema):
    lines: int
    counted: int
    differing: int = Field(description="Rows whose figure differs from the books; from review on.")
    disputed: int = Field(description="Rows of which people counted different figures.")


class CountHeadOut(Schema):
    """A count as lists show it."""

    id: StocktakeIdField
    number: str | None = Field(description="Given when the count is posted; never reused.")
    status: StocktakeStatus
    location_id: LocationIdField
    location_code: str
    scope: ScopeKind
    category_id: CategoryIdField | None
    blind: bool
    note: str | None
    user_id: UserIdField | None = Field(description="Who opened it.")
    opened_at: datetime
    reviewed_at: datetime | None
    posted_at: datetime | None
    posted_by: UserIdField | None
    closed_at: datetime | None
    close_reason: str | None
    version: int

    @classmethod
    def head(cls, view: StocktakeView) -> CountHeadOut:
        return CountHeadOut(**_head(view))


class CountOut(CountHeadOut):
    """A count with how far it is."""

    totals: CountTotals

    @classmethod
    def of(cls, view: StocktakeView) -> CountOut:
        totals = view.totals
        return cls(
            **_head(view),
            totals=CountTotals(
                lines=totals.lines,
                counted=totals.counted,
                differing=totals.differing,
                disputed=totals.disputed,
            ),
        )


class CountLineOut(Schema):
    """A row of the sheet. What the books say is null while a blind count goes on."""

    product_id: ProductIdField
    sku: str
    name: str
    unit: str
    expected: QuantityField | None = Field(description="On hand when the row was made.")
    found: bool = Field(description="It was not expected, and added by who counted it.")
    counted: QuantityField | None
    counted_at: datetime | None
    counted_by: UserIdField | None
    unit_cost: PriceField | None
    disputed: bool
    book: DeltaField | None = Field(
        description="What the books held at the instant of the count; below nothing for goods "
        "sold beyond the books. Worked out in review, and for good when posted."
    )
    variance: DeltaField | None = Field(description="What was counted less what the books held.")
    variance_now: DeltaField | None = Field(
        description="Of a posted count: the variance with all that became known since."
    )
    value: MoneyOut | None = Field(description="Of the variance as it is now.")

    @classmethod
    def of(cls, line: StocktakeLine, *, costs: bool, books: bool) -> CountLineOut:
        return cls(
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            unit=line.unit_code,
            expected=line.expected if books else None,
            found=line.found,
            counted=line.counted,
            counted_at=line.counted_at,
            counted_by=line.counted_by,
            unit_cost=line.unit_cost if costs else None,
            disputed=line.disputed,
            book=line.book if books else None,
            variance=line.variance if books else None,
            variance_now=line.variance_now if books else None,
            value=MoneyOut.of(line.value) if costs and line.value is not None else None,
        )


class CountEntryOut(Schema):
    """What somebody counted once."""

    id: LineIdField
    product_id: ProductIdField
    sku: str
    client_id: str | None
    counted: QuantityField
    counted_at: datetime
    user_id: UserIdField | None
    recorded_at: datetime

    @classmethod
    def of(cls, entry: StocktakeEntry) -> CountEntryOut:
        return cls(
            id=entry.id,
            product_id=entry.product_id,
            sku=entry.sku,
            client_id=entry.client_id,
            counted=entry.counted,
            counted_at=entry.counted_at,
            user_id=entry.user_id,
            recorded_at=entry.recorded_at,
        )


class LevelSetOut(Schema):
    """What lies at the place now, and the count that says so."""

    product_id: ProductIdField
    location_id: LocationIdField
    before: QuantityField
    on_hand: QuantityField
    count_id: StocktakeIdField
    number: str

    @classmethod
    def of(cls, level: LevelSet) -> LevelSetOut:
        return cls(
            product_id=level.product_id,
            location_id=level.location_id,
            before=level.before,
            on_hand=level.on_hand,
            count_id=level.stocktake.id,
            number=str(level.stocktake.number),
        )


def _head(view: StocktakeView) -> dict[str, Any]:
    count = view.stocktake
    return {
        "id": count.id,
        "number": None if count.number is None else str(count.number),
        "status": count.status,
        "location_id": count.location_id,
        "location_code": view.location_code,
        "scope": count.scope,
        "category_id": count.category_id,
        "blind": count.blind,
        "note": count.note,
        "user_id": count.user_id,
        "opened_at": count.opened_at,
        "reviewed_at": count.reviewed_at,
        "posted_at": count.posted_at,
        "posted_by": count.posted_by,
        "closed_at": count.closed_at,
        "close_reason": count.close_reason,
        "version": count.version,
    }
