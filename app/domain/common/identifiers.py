"""Typed ULIDs: 128 bits that sort by time, printed as 26 characters of Crockford's base 32.

Specification of the text form: https://github.com/ulid/spec.
"""

from __future__ import annotations

from typing import ClassVar, Protocol, Self, TypeVar
from uuid import UUID

from app.domain.common.errors import InvalidValue

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: index for index, character in enumerate(_ALPHABET)}
_LENGTH = 26
# Two characters at a time: documents print an identifier or two for each of their lines.
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_SHIFTS = tuple(range(120, -1, -10))


class Ulid(UUID):
    """An identifier; each kind of thing has a subclass, so that mypy keeps them apart."""

    __slots__ = ()
    kind: ClassVar[str] = "thing"

    def __str__(self) -> str:
        value = self.int
        return "".join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 26-character form, in either case; anything else is `InvalidValue`."""
        number = 0
        if len(text) != _LENGTH:
            raise InvalidValue(f"{text!r} is not an identifier of 26 characters.")
        for character in text.upper():
            digit = _VALUES.get(character)
            if digit is None:
                raise InvalidValue(f"{text!r} is not an identifier.")
            number = number << 5 | digit
        if number >> 128:
            raise InvalidValue(f"{text!r} is not an identifier.")
        return cls(int=number)


Id = TypeVar("Id", bound=Ulid)


class IdSource(Protocol):
    """Hands out new identifiers; injected, so that tests can foretell them."""

    def new(self, kind: type[Id]) -> Id:
        """Return an identifier that sorts after all that this source gave before."""
        ...


class ShopId(Ulid):
    kind = "shop"


class TaxRateId(Ulid):
    kind = "tax rate"


class UnitId(Ulid):
    kind = "unit"


class UserId(Ulid):
    kind = "user"


class SessionId(Ulid):
    kind = "session"


class TokenId(Ulid):
    kind = "token"


class SigningKeyId(Ulid):
    kind = "signing key"


class CategoryId(Ulid):
    kind = "category"


class ProductId(Ulid):
    kind = "product"


class FamilyId(Ulid):
    kind = "product family"


class LocationId(Ulid):
    kind = "location"


class MovementId(Ulid):
    kind = "movement"


class DocumentId(Ulid):
    kind = "document"


class ReceiptId(DocumentId):
    kind = "goods receipt"


class AdjustmentId(DocumentId):
    kind = "adjustment"


class OpeningId(DocumentId):
    kind = "opening"


class ScrapId(DocumentId):
    kind = "scrap"


class TransferId(DocumentId):
    kind = "transfer"


class SaleId(DocumentId):
    kind = "sale"


class ReturnId(DocumentId):
    kind = "return"


class ReservationId(Ulid):
    kind = "reservation"


class PurchaseId(DocumentId):
    kind = "purchase"


class SupplierReturnId(DocumentId):
    kind = "supplier return"


class StocktakeId(DocumentId):
    kind = "count"


class LineId(Ulid):
    kind = "line"


class PartyId(Ulid):
    kind = "party"


class SupplierId(PartyId):
    kind = "supplier"


class CustomerId(PartyId):
    kind = "customer"


class SupplierItemId(Ulid):
    kind = "supplier item"


class ImportId(DocumentId):
    kind = "import"


class ImportMappingId(Ulid):
    kind = "import mapping"


class JobId(Ulid):
    kind = "job"


class EventId(Ulid):
    kind = "event"


class AuditId(Ulid):
    kind = "audit entry"
