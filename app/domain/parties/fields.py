"""The rules of the fields that suppliers and customers share, for the API and the import."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict, cast

from app.domain.auth.email import clean_email
from app.domain.common.currencies import exponent
from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.text import clean_line, clean_text, fold
from app.domain.parties import limits
from app.domain.parties.people import Address, Contact, collecting, refuse
from app.domain.parties.text import (
    clean_language,
    clean_name,
    clean_phone,
    clean_tax_id,
    clean_website,
)

# Between the parts of a search text: no query holds a line break, so none matches across parts.
_PART = "\n"


class PartyValues(TypedDict, total=False):
    """What a caller may say of a party; an absent key is left as it is.

    `currency` and `over_receipt_ppm` are a supplier's, `credit_limit_minor` a customer's.
    """

    code: str
    name: str
    legal_name: str | None
    email: str | None
    phone: str | None
    website: str | None
    tax_id: str | None
    language: str | None
    notes: str | None
    net_days: int | None
    discount_ppm: int | None
    discount_days: int | None
    contacts: tuple[Contact, ...]
    addresses: tuple[Address, ...]
    external_id: str | None
    currency: str
    over_receipt_ppm: int | None
    credit_limit_minor: int | None


def checked(values: PartyValues) -> PartyValues:
    """Return the values as they are stored; all faults of all fields are in one error."""
    result: dict[str, object] = dict(values)
    faults: list[FieldError] = []
    for field, rule in _RULES.items():
        if field in result and result[field] is not None:
            with collecting(faults):
                result[field] = rule(result[field])
    refuse(faults)
    return cast(PartyValues, result)


def search_text(*texts: str | None) -> str:
    """Return what a text query is looked for in, by one rule for all that names a party."""
    return _PART.join(fold(text) for text in dict.fromkeys(texts) if text)


def check_terms(net_days: int | None, discount_ppm: int | None, discount_days: int | None) -> None:
    """Refuse an early discount that is half said, or that outlasts the payment terms."""
    if (discount_ppm is None) != (discount_days is None):
        missing = "discount_percent" if discount_ppm is None else "discount_days"
        raise InvalidValue.of(
            f"payment_terms/{missing}", "percent and days belong together", code="missing"
        )
    if discount_days is not None and (net_days is None or discount_days > net_days):
        detail = "an early discount ends before the payment is due"
        raise InvalidValue.of("payment_terms/discount_days", detail)


def _code(text: str) -> str:
    return clean_line(text, field="code", most=limits.CODE_LENGTH)


def _name(text: str) -> str:
    return clean_name(text, field="name", most=limits.NAME_LENGTH)


def _legal_name(text: str) -> str:
    return clean_name(text, field="legal_name", most=limits.NAME_LENGTH)


def _external_id(text: str) -> str:
    return clean_line(text, field="external_id", most=limits.EXTERNAL_ID_LENGTH)


def _notes(text: str) -> str | None:
    return clean_text(text, field="notes", most=limits.NOTES_LENGTH) or None


def _unless_blank(rule: Callable[[str], str]) -> Callable[[str], str | None]:
    return lambda text: rule(text) if text.strip() else None


def _net_days(days: int) -> int:
    return _within(days, field="payment_terms/net_days", most=limits.NET_DAYS)


def _discount_days(days: int) -> int:
    return _within(days, field="payment_terms/discount_days", most=limits.NET_DAYS)


def over_receipt(ppm: int) -> int:
    """Hold what may come beyond an order within nothing and as much again."""
    return _within(ppm, field="over_receipt_percent", most=limits.OVER_RECEIPT_PPM)


def _within(days: int, *, field: str, most: int) -> int:
    if not 0 <= days <= most:
        raise InvalidValue.of(field, f"is 0 to {most}")
    return days


def _currency(code: str) -> str:
    try:
        exponent(code)
    except InvalidValue as fault:
        error = FieldError("/currency", fault.code, fault.detail)
        raise type(fault)(fault.detail, errors=(error,)) from None
    return code


def _credit_limit(minor: int) -> int:
    if minor < 0:
        raise InvalidValue.of("credit_limit/amount", "is not negative")
    return minor


_RULES: dict[str, Callable[[Any], object]] = {
    "code": _code,
    "name": _name,
    "legal_name": _unless_blank(_legal_name),
    "email": _unless_blank(clean_email),
    "phone": _unless_blank(clean_phone),
    "website": _unless_blank(clean_website),
    "tax_id": _unless_blank(clean_tax_id),
    "language": _unless_blank(clean_language),
    "notes": _notes,
    "net_days": _net_days,
    "discount_days": _discount_days,
    "external_id": _unless_blank(_external_id),
    "currency": _currency,
    "over_receipt_ppm": over_receipt,
    "credit_limit_minor": _credit_limit,
}
