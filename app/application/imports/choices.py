"""What people decide about an import: kept with the analysis, open to change until the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from app.domain.imports.guard import NULL_WORD
from app.domain.imports.numbers import DecimalMark
from app.domain.imports.plan import PRODUCTS, Mode, OnError, Options, Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """None leaves a thing to the analysis or to the default.

    `saved_mapping` is the name of those that these were laid over.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    has_header: bool | None = None
    preset: str | None = None
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    decimal: DecimalMark | None = None
    mode: Mode | None = None
    on_error: OnError | None = None
    unit: str | None = None
    tax_rate: str | None = None
    strict: bool | None = None
    null_word: str | None = None
    category_separator: str | None = None
    saved_mapping: str | None = None

    def over(self, earlier: Choices) -> Choices:
        """Return the earlier choices with these laid over them."""
        given = {name: value for name, value in self._values().items() if value is not None}
        mapping = {**earlier.mapping, **self.mapping}
        return replace(earlier, **(given | {"mapping": mapping}))

    @property
    def says_nothing(self) -> bool:
        return not self.mapping and all(value is None for value in self._values().values())

    def wishes(self, *, kind: str = PRODUCTS) -> Wishes:
        return Wishes(
            kind=kind,
            encoding=self.encoding,
            delimiter=self.delimiter,
            sheet=self.sheet,
            has_header=self.has_header is not False,
            preset=self.preset,
            mapping=self.mapping,
            decimal=self.decimal,
        )

    def options(self, *, currency: str) -> Options:
        """Return the options; an empty NULL word means that no word empties a field."""
        return Options(
            currency=currency,
            mode=self.mode or Mode.UPSERT,
            on_error=self.on_error or OnError.SKIP,
            unit=self.unit and self.unit.lower(),
            tax_rate=self.tax_rate and self.tax_rate.lower(),
            strict=bool(self.strict),
            null_word=NULL_WORD if self.null_word is None else self.null_word or None,
            category_separator=self.category_separator,
        )

    def as_dict(self) -> dict[str, object]:
        return {**self._values(), "mapping": dict(self.mapping)}

    def as_saved(self) -> dict[str, object]:
        """The choices without the name that they were saved under."""
        kept = self.as_dict()
        del kept["saved_mapping"]
        return kept

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        decimal, mode, on_error = kept["decimal"], kept["mode"], kept.get("on_error")
        return cls(
            **{
                **kept,
                "decimal": decimal and DecimalMark(decimal),
                "mode": mode and Mode(mode),
                "on_error": on_error and OnError(on_error),
            }
        )

    def _values(self) -> dict[str, Any]:
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "sheet": self.sheet,
            "has_header": self.has_header,
            "preset": self.preset,
            "decimal": self.decimal,
            "mode": self.mode,
            "on_error": self.on_error,
            "unit": self.unit,
            "tax_rate": self.tax_rate,
            "strict": self.strict,
            "null_word": self.null_word,
            "category_separator": self.category_separator,
            "saved_mapping": self.saved_mapping,
        }
