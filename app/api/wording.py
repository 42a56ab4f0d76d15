"""Faults of a request in plain words: the library that validates speaks of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

_OBJECT = "Should be an object"
_INTEGER = "Should be a whole number"
_BOOLEAN = "Should be true or false"
_INSTANT = "Should be an instant such as 2026-07-01T12:00:00Z"
_DAY = "Should be a day such as 2026-07-01"
_PLAIN = {
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "list_type": "Should be a list",
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_from_float": _INTEGER,
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "timezone_aware": "Should say its offset from UTC, such as Z or +01:00",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
}
_ALTERNATIVES = re.compile(r"String should match pattern '\^\((\w+(?:\|\w+)*)\)\$'")


def in_words(fault: Mapping[str, object]) -> str:
    """Return the reason of a fault; what has no words of ours keeps those of the library."""
    reason = str(fault["msg"])
    if alternatives := _ALTERNATIVES.fullmatch(reason):
        return f"Should be one of: {alternatives[1].replace('|', ', ')}"
    return _PLAIN.get(str(fault["type"]), reason.replace(" after validation", ""))


def with_place(place: str, reason: str) -> str:
    """Return the reason with the place in front; the body as a whole needs no name."""
    return f"{place}: {reason}" if place else reason
