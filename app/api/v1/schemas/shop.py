"""What is sent and shown of the shop, its tax rates and units."""

from __future__ import annotations

from datetime import date
from typing import Annotated, cast

from pydantic import Field, StrictBool, StrictInt

from app.api.v1.schemas.common import (
    ABSENT,
    Day,
    PercentField,
    Schema,
    ShopIdField,
    Sparse,
    TaxRateIdField,
    UnitIdField,
)
from app.application.shop.queries import ShopView, TaxRateView, UnitView
from app.domain.shop import shop as shop_rules
from app.domain.shop import tax_rate as tax_rules
from app.domain.shop import unit as unit_rules
from app.domain.shop.shop import Shop, ShopValues
from app.domain.shop.tax_rate import TaxRate, TaxRateValues, percent_text
from app.domain.shop.unit import MOST_DECIMALS, Unit

ShopName = Annotated[str, Field(min_length=1, max_length=shop_rules.NAME_LENGTH)]
RateName = Annotated[str, Field(min_length=1, max_length=tax_rules.NAME_LENGTH)]
UnitName = Annotated[str, Field(min_length=1, max_length=unit_rules.NAME_LENGTH)]


class ShopPatch(Sparse):
    name: ShopName = ABSENT
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])] = ABSENT
    time_zone: Annotated[str, Field(max_length=64, examples=["Europe/Berlin"])] = ABSENT
    prices_include_tax: StrictBool = ABSENT
    default_tax_rate_id: TaxRateIdField = ABSENT

    def values(self) -> ShopValues:
        return cast("ShopValues", self.given())


class ClosePeriodIn(Schema):
    through: Day = Field(
        description="The last day to close, on the shop's calendar; it is over.",
        examples=["2026-10-31"],
    )


class ReopenPeriodIn(Schema):
    through: Day | None = Field(
        description="The last day that stays closed; null for none.", examples=["2026-09-30"]
    )
    reason: str = Field(min_length=1, max_length=shop_rules.REASON_LENGTH)


class ShopOut(Schema):
    id: ShopIdField
    name: str
    currency: str = Field(description="ISO 4217; fixed from the first stock movement on.")
    time_zone: str = Field(description="Of the IANA database; decides the year of a number.")
    prices_include_tax: bool
    default_tax_rate_id: TaxRateIdField = Field(description="For products that name none.")
    closed_through: date | None = Field(
        description="The last day whose books are closed, on the shop's calendar."
    )
    version: int

    @classmethod
    def of(cls, shop: Shop | ShopView) -> ShopOut:
        return cls(
            id=shop.id,
            name=shop.name,
            currency=shop.currency,
            time_zone=shop.time_zone,
            prices_include_tax=shop.prices_include_tax,
            default_tax_rate_id=shop.default_tax_rate_id,
            closed_through=shop.closed_through,
            version=shop.version,
        )


class TaxRateIn(Schema):
    code: str = Field(
        pattern="^[a-z0-9][a-z0-9_-]*$",
        max_length=tax_rules.CODE_LENGTH,
        examples=["reduced"],
        description="Short and unique; it never changes.",
    )
    name: RateName
    percent: PercentField


class TaxRatePatch(Sparse):
    name: RateName = ABSENT
    percent: PercentField = ABSENT
    active: StrictBool = ABSENT

    def values(self) -> TaxRateValues:
        given = self.given()
        if "percent" in given:
            given["rate_ppm"] = given.pop("percent")
        return cast("TaxRateValues", given)


class TaxRateOut(Schema):
    """A posted document keeps the percentage that it was posted with."""

    id: TaxRateIdField
    code: str
    name: str
    percent: str = Field(examples=["19.00"])
    active: bool
    version: int

    @classmethod
    def of(cls, rate: TaxRate | TaxRateView) -> TaxRateOut:
        return cls(
            id=rate.id,
            code=rate.code,
            name=rate.name,
            percent=percent_text(rate.rate_ppm),
            active=rate.active,
            version=rate.version,
        )


class UnitIn(Schema):
    code: str = Field(
        pattern="^[a-z0-9]+$",
        max_length=unit_rules.CODE_LENGTH,
        examples=["box"],
        description="Short and unique; it never changes.",
    )
    name: UnitName
    decimals: StrictInt = Field(
        ge=0, le=MOST_DECIMALS, description="Decimal places of a quantity; fixed for ever."
    )


class UnitPatch(Schema):
    name: UnitName


class UnitOut(Schema):
    id: UnitIdField
    code: str
    name: str
    decimals: int
    version: int

    @classmethod
    def of(cls, unit: Unit | UnitView) -> UnitOut:
        return cls(
            id=unit.id,
            code=unit.code,
            name=unit.name,
            decimals=unit.decimals,
            version=unit.version,
        )
