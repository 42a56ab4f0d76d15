"""How a file is read: found by the analysis, changed by people, stored with the import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from app.domain.imports.guard import NULL_WORD
from app.domain.imports.numbers import DecimalMark
from app.domain.imports.records import FileFormat

PRODUCTS = "products"
"""The kind of import that is meant unless another one is named."""


class Mode(StrEnum):
    """What may happen to what is there: both, only new ones, only those that exist."""

    UPSERT = "upsert"
    CREATE = "create"
    UPDATE = "update"


class OnError(StrEnum):
    """What a row that cannot be imported means for the others: nothing, or that none is."""

    SKIP = "skip"
    ABORT = "abort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person decides; `currency` is the shop's.

    `unit` and `tax_rate` are codes for products that are created without one; None means the
    shop's defaults. `strict` refuses columns that nothing reads. `null_word` empties a field.
    `category_separator` parts the levels of category paths; None leaves it to the preset.
    """

    currency: str
    mode: Mode = Mode.UPSERT
    on_error: OnError = OnError.SKIP
    unit: str | None = None
    tax_rate: str | None = None
    strict: bool = False
    null_word: str | None = NULL_WORD
    category_separator: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The options for storing; `from_dict` reads them back."""
        return {
            "currency": self.currency,
            "mode": self.mode.value,
            "on_error": self.on_error.value,
            "unit": self.unit,
            "tax_rate": self.tax_rate,
            "strict": self.strict,
            "null_word": self.null_word,
            "category_separator": self.category_separator,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The options that `as_dict` stored."""
        on_error = OnError(stored.get("on_error", OnError.SKIP))
        return cls(**{**stored, "mode": Mode(stored["mode"]), "on_error": on_error})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person overrides before the start; None leaves it to the analysis.

    `mapping` is header → field, None for a column to be left alone; columns that it does not name
    keep what the preset gives them. `kind` is what the file holds.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    has_header: bool = True
    preset: str | None = None
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    decimal: DecimalMark | None = None
    kind: str = PRODUCTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that parsing depends on; `mapping` is column index → field, in the order of columns."""

    format: FileFormat
    preset: str
    mapping: tuple[tuple[int, str], ...]
    decimal: DecimalMark
    options: Options
    kind: str = PRODUCTS

    def columns(self, name: str) -> tuple[int, ...]:
        """The indexes of the columns that are mapped to a field."""
        return tuple(index for index, mapped in self.mapping if mapped == name)

    def header_of(self, name: str) -> str | None:
        """The header that a fault of this field names, None if no column holds it."""
        columns = self.columns(name)
        return self.format.header[columns[0]] if columns else None

    def with_decimal(self, mark: DecimalMark) -> Plan:
        """The same plan with figures read by another mark."""
        return replace(self, decimal=mark)

    def as_dict(self) -> dict[str, object]:
        """The plan for storing with the import, as JSON takes it; `from_dict` reads it back."""
        return {
            "format": self.format.as_dict(),
            "preset": self.preset,
            "mapping": [list(pair) for pair in self.mapping],
            "decimal": self.decimal.value,
            "options": self.options.as_dict(),
            "kind": self.kind,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The plan that `as_dict` stored."""
        return cls(
            format=FileFormat.from_dict(stored["format"]),
            preset=stored["preset"],
            mapping=tuple((index, name) for index, name in stored["mapping"]),
            decimal=DecimalMark(stored["decimal"]),
            options=Options.from_dict(stored["options"]),
            kind=stored.get("kind", PRODUCTS),
        )
