"""E-mail addresses: kept as typed, compared without regard to case."""

from __future__ import annotations

import re

from app.domain.common.errors import InvalidValue
from app.domain.common.text import clean_line, key

EMAIL_LENGTH = 254
# One @ and no space or control character; whether mail arrives there only a mail can tell.
_SHAPE = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)*")


def clean_email(text: str, *, field: str = "email") -> str:
    """Return the address trimmed and in NFC; anything that is no address is `InvalidValue`."""
    email = clean_line(text, field=field, most=EMAIL_LENGTH)
    if not _SHAPE.fullmatch(email):
        raise InvalidValue.of(field, "is not an e-mail address", code="invalid_email")
    return email


def email_key(text: str) -> str:
    """Return what two spellings of one address have in common."""
    return key(text)
