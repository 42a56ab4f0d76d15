"""Text rules that every field obeys, and the folding that makes search and uniqueness agree."""

from __future__ import annotations

import re
import unicodedata

from app.domain.common.errors import InvalidValue

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BREAK = re.compile(r"[\t\n\r\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")


def clean_line(text: str, *, field: str, most: int, least: int = 1) -> str:
    """Return a single line: NFC, trimmed, no control characters, its length within bounds."""
    line = clean_text(text, field=field, most=most, least=least)
    if _BREAK.search(line):
        raise InvalidValue.of(field, "must be a single line", code="control_character")
    return line


def clean_text(text: str, *, field: str, most: int, least: int = 0) -> str:
    """Return text of any number of lines: NFC, trimmed, no control characters, within bounds."""
    if _CONTROL.search(text):
        raise InvalidValue.of(field, "holds a control character", code="control_character")
    cleaned = unicodedata.normalize("NFC", text).strip()
    if len(cleaned) < least:
        raise InvalidValue.of(field, "must not be empty", code="too_short")
    if len(cleaned) > most:
        raise InvalidValue.of(
            field,
            f"has {len(cleaned)} characters, at most {most} are allowed",
            code="too_long",
        )
    return cleaned


def fold(text: str) -> str:
    """Fold case, accents and runs of spaces, so that `Café  Crème` and `cafe creme` are one.

    Done in Python and stored, since the two databases fold differently.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _SPACES.sub(" ", unicodedata.normalize("NFC", bare.casefold())).strip()


def key(text: str) -> str:
    """Return the comparison key of a code such as a SKU: trimmed, NFC, case folded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
