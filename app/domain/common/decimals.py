"""Plain decimals as scaled integers and back: the only way a figure comes in or goes out."""

from __future__ import annotations

import re

from app.domain.common.errors import InvalidValue

_DECIMAL = re.compile(r"(-?)(\d{1,16})(?:\.(\d{1,9}))?", re.ASCII)


def scaled(text: str, *, places: int, limit: int, what: str) -> int:
    """Read a plain decimal as an integer of 10**-places; refuses more places and too large ones."""
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise InvalidValue(f"{what} must be a plain decimal such as 12.50.")
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    if len(fraction) > places:
        raise InvalidValue(f"{what} has at most {places} decimal places here.")
    value = int(whole + fraction.ljust(places, "0"))
    if value > limit:
        raise InvalidValue(f"{what} is too large.")
    return -value if sign else value


def decimal_text(value: int, *, places: int, at_least: int = 0) -> str:
    """Print an integer of 10**-places as a decimal with at least so many places."""
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(places + 1, "0")
    whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
    fraction = fraction.rstrip("0").ljust(at_least, "0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"
