"""Values of the domain as JSON, for audit rows and events: exact text, never a float."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum

from app.domain.common.identifiers import Ulid
from app.domain.common.money import Money, UnitPrice
from app.domain.common.quantity import Delta, Quantity


def plain(value: object) -> object:
    """Return what `json.dumps` can write; an unknown type is a defect and raises `TypeError`."""
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case Ulid() | Quantity() | Delta():
            return str(value)
        case UnitPrice():
            return value.amount
        case Money():
            return {"amount": value.amount, "currency": value.currency}
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted(str(plain(item)) for item in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON")
