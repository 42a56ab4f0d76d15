"""What suppliers and customers are reached by: how it is kept, and how it is compared."""

from __future__ import annotations

import re

from app.domain.common.errors import InvalidValue
from app.domain.common.text import clean_line
from app.domain.parties.limits import (
    LANGUAGE_LENGTH,
    PHONE_LENGTH,
    TAX_ID_LENGTH,
    WEBSITE_LENGTH,
)

_PHONE = re.compile(r"[0-9 +()/.\-#*,:ext]*[0-9][0-9 +()/.\-#*,:ext]*", re.ASCII | re.IGNORECASE)
_EXTENSION = re.compile(r"(ext|x|#).*", re.IGNORECASE)
_TAX_ID = re.compile(r"[0-9A-Z .\-/+*]*[0-9A-Z][0-9A-Z .\-/+*]*", re.ASCII | re.IGNORECASE)
# A host with what may follow it; with another scheme than http it is no website.
_WEBSITE = re.compile(r"(https?://)?[^\s:/?#@]+(:\d{1,5})?([/?#]\S*)?", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)


def clean_name(text: str, *, field: str, most: int) -> str:
    """Return a name on one line, with single blanks inside."""
    return " ".join(clean_line(text, field=field, most=most).split())


def clean_phone(text: str, *, field: str = "phone") -> str:
    phone = clean_name(text, field=field, most=PHONE_LENGTH)
    if not _PHONE.fullmatch(phone):
        raise InvalidValue.of(field, "is not a telephone number", code="invalid_phone")
    return phone


def phone_key(phone: str) -> str:
    """Return the digits, after a plus if the country is named: `+49 (0)30 12` is `0049 30 12`."""
    number = _EXTENSION.sub("", phone).strip()
    international = number.startswith(("+", "00"))
    if international:
        number = number.replace("(0)", "")
    digits = "".join(c for c in number if c.isdigit())
    return "+" + digits.removeprefix("00") if international else digits


def clean_tax_id(text: str, *, field: str = "tax_id") -> str:
    tax_id = clean_name(text, field=field, most=TAX_ID_LENGTH)
    if not _TAX_ID.fullmatch(tax_id):
        detail = "has letters, digits and . - / + * only"
        raise InvalidValue.of(field, detail, code="invalid_tax_id")
    return tax_id


def tax_id_key(tax_id: str) -> str:
    """Return the letters and digits alone, in capitals."""
    return "".join(c for c in tax_id.upper() if c not in " .-/")


def clean_website(text: str, *, field: str = "website") -> str:
    website = clean_line(text, field=field, most=WEBSITE_LENGTH)
    if not _WEBSITE.fullmatch(website):
        raise InvalidValue.of(field, "is not the address of a website", code="invalid_website")
    return website


def clean_language(text: str, *, field: str = "language") -> str:
    """Return a language tag as RFC 5646 writes it, such as `de` or `pt-BR`."""
    language = text.strip()
    if not _LANGUAGE.fullmatch(language) or len(language) > LANGUAGE_LENGTH:
        raise InvalidValue.of(field, "is not a language tag such as pt-BR", code="invalid_language")
    return language
