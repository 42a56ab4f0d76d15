"""Bases and types of all schemas: strict, frozen, decimals as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app.domain.common.errors import DomainError, InvalidValue
from app.domain.common.identifiers import (
    CategoryId,
    CustomerId,
    DocumentId,
    FamilyId,
    ImportId,
    ImportMappingId,
    LineId,
    LocationId,
    MovementId,
    ProductId,
    PurchaseId,
    ReservationId,
    ReturnId,
    SaleId,
    SessionId,
    ShopId,
    StocktakeId,
    SupplierId,
    SupplierItemId,
    SupplierReturnId,
    TaxRateId,
    TransferId,
    Ulid,
    UnitId,
    UserId,
)
from app.domain.common.money import Money, UnitPrice
from app.domain.common.quantity import Delta, Quantity
from app.domain.common.text import clean_line
from app.domain.inventory.locations import MAIN_ID
from app.domain.purchases.terms import ExchangeRate
from app.domain.shop.tax_rate import parse_percent, percent_text

PRICE_PATTERN = r"^\d{1,9}(\.\d{1,6})?$"
ULID_PATTERN = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$"


class Schema(BaseModel):
    """Unknown members are refused, so that a misspelt one is never silently dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _without_null_defaults(schema: dict[str, Any]) -> None:
    """An absent member has no value at all, so the document must not show null for it."""
    for member in schema.get("properties", {}).values():
        if member.get("default", "") is None:
            del member["default"]


class Sparse(Schema):
    """Tells what was sent from what was not. Declare a member as `name: NameText = ABSENT`.

    Null is a value of its own: only what may be empty takes it.
    """

    model_config = ConfigDict(json_schema_extra=_without_null_defaults)

    def given(self) -> dict[str, Any]:
        """Return the members that were sent, with their values."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def absent(description: str | None = None) -> Any:
    """Return the default of a member that has no value when it is not sent."""
    return Field(default=None, description=description)


ABSENT: Any = absent()


def _reader(kind: type[Any], parse: Callable[[str], Any]) -> PlainValidator:
    """Read text by the domain's own rule; the reason it gives becomes the field's error."""

    def read(value: object) -> object:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "Input should be a string")
        try:
            return parse(value)
        except DomainError as error:
            raise PydanticCustomError(error.code, "{reason}", {"reason": error.detail}) from None

    # Plain: pydantic has no schema of its own for these classes, and a parameter may not bring one.
    return PlainValidator(read)


def _percent(value: object) -> int:
    """Read a percentage as parts per million."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "Input should be a string")
    try:
        return parse_percent(value)
    except DomainError as error:
        raise PydanticCustomError(error.code, "{reason}", {"reason": error.detail}) from None


def _ulid(kind: type[Ulid]) -> Any:
    return (
        _reader(kind, kind.parse),
        PlainSerializer(str, return_type=str),
        WithJsonSchema(
            {
                "type": "string",
                "pattern": ULID_PATTERN,
                "description": f"Identifier of a {kind.kind}.",
                "examples": ["01JZ8Q4T7W3N5R9X2B6C8D0E1F"],
            }
        ),
    )


AnyId = Annotated[Ulid, *_ulid(Ulid)]
CategoryIdField = Annotated[CategoryId, *_ulid(CategoryId)]
CustomerIdField = Annotated[CustomerId, *_ulid(CustomerId)]
FamilyIdField = Annotated[FamilyId, *_ulid(FamilyId)]
DocumentIdField = Annotated[DocumentId, *_ulid(DocumentId)]
ImportIdField = Annotated[ImportId, *_ulid(ImportId)]
ImportMappingIdField = Annotated[ImportMappingId, *_ulid(ImportMappingId)]
LineIdField = Annotated[LineId, *_ulid(LineId)]
LocationIdField = Annotated[LocationId, *_ulid(LocationId)]
MovementIdField = Annotated[MovementId, *_ulid(MovementId)]
ProductIdField = Annotated[ProductId, *_ulid(ProductId)]
PurchaseIdField = Annotated[PurchaseId, *_ulid(PurchaseId)]
ReturnIdField = Annotated[ReturnId, *_ulid(ReturnId)]
ReservationIdField = Annotated[ReservationId, *_ulid(ReservationId)]
SaleIdField = Annotated[SaleId, *_ulid(SaleId)]
StocktakeIdField = Annotated[StocktakeId, *_ulid(StocktakeId)]
ShopIdField = Annotated[ShopId, *_ulid(ShopId)]
SessionIdField = Annotated[SessionId, *_ulid(SessionId)]
SupplierIdField = Annotated[SupplierId, *_ulid(SupplierId)]
SupplierItemIdField = Annotated[SupplierItemId, *_ulid(SupplierItemId)]
SupplierReturnIdField = Annotated[SupplierReturnId, *_ulid(SupplierReturnId)]
TaxRateIdField = Annotated[TaxRateId, *_ulid(TaxRateId)]
TransferIdField = Annotated[TransferId, *_ulid(TransferId)]
UnitIdField = Annotated[UnitId, *_ulid(UnitId)]
UserIdField = Annotated[UserId, *_ulid(UserId)]

# The document must show a default as clients send it; pydantic would write it as a UUID.
MAIN_LOCATION: dict[str, Any] = {"default": str(MAIN_ID)}


def _decimal(pattern: str, example: str, description: str) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "pattern": pattern, "examples": [example], "description": description}
    )


PriceField = Annotated[
    UnitPrice,
    _reader(UnitPrice, UnitPrice.parse),
    PlainSerializer(lambda price: price.amount, return_type=str),
    _decimal(PRICE_PATTERN, "12.50", "Price of one unit, at most 6 decimal places."),
]
QuantityField = Annotated[
    Quantity,
    _reader(Quantity, Quantity.parse),
    PlainSerializer(str, return_type=str),
    _decimal(r"^\d{1,9}(\.\d{1,3})?$", "3", "Quantity, at most 3 decimal places."),
]
RateField = Annotated[
    ExchangeRate,
    _reader(ExchangeRate, ExchangeRate.parse),
    PlainSerializer(str, return_type=str),
    _decimal(r"^\d{1,6}(\.\d{1,9})?$", "0.92", "Exchange rate, at most 9 decimal places."),
]
DeltaField = Annotated[
    Delta,
    _reader(Delta, Delta.parse),
    PlainSerializer(str, return_type=str),
    _decimal(r"^-?\d{1,9}(\.\d{1,3})?$", "-2", "Signed change, at most 3 decimal places."),
]
PercentField = Annotated[
    int,
    PlainValidator(_percent),
    PlainSerializer(percent_text, return_type=str),
    _decimal(r"^\d{1,3}(\.\d{1,4})?$", "19", "0 to 100, at most 4 decimal places."),
]


def shown_percent(ppm: int | None) -> Any:
    """Return parts per million as a `PercentField` reads them."""
    return None if ppm is None else percent_text(ppm)


AmountText = Annotated[
    str,
    Field(
        pattern=r"^-?\d{1,15}(\.\d{1,6})?$",
        examples=["25.00"],
        description="Decimal text in the currency of the document.",
    ),
]


def _plain(text: str) -> str:
    """Return a text without control characters: none is in what is looked for."""
    try:
        return clean_line(text, field="text", most=len(text), least=0)
    except InvalidValue as fault:
        raise PydanticCustomError(
            fault.errors[0].code, "{reason}", {"reason": fault.detail}
        ) from None


PlainText = Annotated[str, AfterValidator(_plain)]


_FIGURE = re.compile(r"\s*[+-]?[\d.]+\s*")


def _check_year(moment: date) -> None:
    """Refuse what not both databases and every time zone can carry."""
    if not 1900 <= moment.year <= 9000:
        raise PydanticCustomError("out_of_range", "The year should be between 1900 and 9000")


def _not_far_off(moment: datetime) -> datetime:
    _check_year(moment)
    return moment.astimezone(UTC)


def _written_out(value: object) -> object:
    """Refuse figures: `2026` and `20261031` would be read as seconds since 1970."""
    figure = int | float  # float: refused, whatever it holds
    if isinstance(value, figure) or (isinstance(value, str) and _FIGURE.fullmatch(value)):
        raise PydanticCustomError(
            "invalid_instant", "Should be a day and time such as 2026-10-31T18:00:00Z"
        )
    return value


Instant = Annotated[AwareDatetime, AfterValidator(_not_far_off), BeforeValidator(_written_out)]


def _day(value: object) -> date:
    """Read a day as it is written, and nothing that could be an instant."""
    day = value
    with suppress(ValueError):
        if isinstance(value, str) and len(value) == len("2026-07-01"):
            day = date.fromisoformat(value)
    if not isinstance(day, date):
        raise PydanticCustomError("invalid_day", "Should be a day such as 2026-07-01")
    _check_year(day)
    return day


Day = Annotated[
    date,
    PlainValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-07-01"]}),
]


class MoneyOut(Schema):
    """An amount as decimal text, with its currency."""

    amount: str = Field(examples=["25.00"])
    currency: str = Field(examples=["EUR"])

    @classmethod
    def of(cls, money: Money) -> MoneyOut:
        return cls(amount=money.amount, currency=money.currency)
