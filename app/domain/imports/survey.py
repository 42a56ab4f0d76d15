"""What is known of a file before anything is written: its plan, its counts, its first rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.imports.errors import AmbiguousDecimal
from app.domain.imports.faults import shortened
from app.domain.imports.mapping import ignored_columns
from app.domain.imports.numbers import DecimalMark, Figures
from app.domain.imports.numerals import people_wrote
from app.domain.imports.plan import Mode, Plan
from app.domain.imports.presets.registry import preset_named
from app.domain.imports.records import Chunk

SAMPLE_ROWS = 5


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, and whether people do not see it."""

    name: str
    hidden: bool

    def as_dict(self) -> dict[str, object]:
        """The sheet as it is stored and shown."""
        return {"name": self.name, "hidden": self.hidden}


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """One column of the file: how many cells are filled, how long the longest is."""

    header: str
    field: str | None
    filled: int
    longest: int

    def as_dict(self) -> dict[str, object]:
        """The column as it is stored and shown."""
        return {
            "header": self.header,
            "field": self.field,
            "filled": self.filled,
            "longest": self.longest,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The answer before the start; `records` counts blank and malformed ones too.

    `sample` has the first rows as they stand, a cell for each header. `cannot_create` names the
    fields without which no product of this file can be made, only changed. While `ambiguous` is
    set the decimal mark must be named. `sheets` are those of a workbook; the one that is
    read stands in the format.
    """

    plan: Plan
    records: int
    blank: int
    malformed: int
    ragged: int
    ignored: tuple[str, ...]
    cannot_create: tuple[str, ...]
    columns: tuple[ColumnStatistics, ...]
    sample: tuple[tuple[str, ...], ...]
    sheets: tuple[Sheet, ...] = ()
    ambiguous: AmbiguousDecimal | None = None

    def as_dict(self) -> dict[str, Any]:
        """The analysis as it is stored and shown; the plan is in it, as `Plan.as_dict` gives it."""
        return {
            "plan": self.plan.as_dict(),
            "records": self.records,
            "blank": self.blank,
            "malformed": self.malformed,
            "ragged": self.ragged,
            "ignored": list(self.ignored),
            "cannot_create": list(self.cannot_create),
            "columns": [column.as_dict() for column in self.columns],
            "sample": [list(row) for row in self.sample],
            "sheets": [sheet.as_dict() for sheet in self.sheets],
            "ambiguous": (
                {"detail": self.ambiguous.detail, **self.ambiguous.extra}
                if self.ambiguous
                else None
            ),
        }


class Survey:
    """Takes a whole file chunk by chunk, in memory that does not grow with it."""

    def __init__(
        self,
        plan: Plan,
        *,
        decimal: DecimalMark | None = None,
        sheets: tuple[Sheet, ...] = (),
    ) -> None:
        self._plan = plan
        self._sheets = sheets
        self._decimal = decimal
        self._preset = preset_named(plan.preset, kind=plan.kind)
        self._figures = Figures()
        self._width = len(plan.format.header)
        self._filled = [0] * self._width
        self._longest = [0] * self._width
        self._records = self._blank = self._malformed = self._ragged = 0
        self._sample: list[tuple[str, ...]] = []

    def add(self, chunk: Chunk) -> None:
        """Count the records of a chunk and note what its figures tell."""
        self._records += len(chunk.records) + len(chunk.malformed)
        self._malformed += len(chunk.malformed)
        regular: list[list[str]] = []
        for _, _, cells in chunk.records:
            text = "".join(cells)
            if not text or text.isspace():
                self._blank += 1
            elif len(cells) == self._width:
                regular.append(cells)
            else:
                self._ragged += 1
        if not regular:
            return
        for cells in regular[: SAMPLE_ROWS - len(self._sample)]:
            self._sample.append(tuple(map(shortened, cells)))
        self._measure(list(zip(*regular, strict=True)))

    @property
    def records(self) -> int:
        """How many records there were so far, blank and malformed ones too."""
        return self._records

    def result(self) -> Analysis:
        """Return the analysis; `ambiguous` is set instead of a decimal mark being guessed."""
        mark, doubt = self._mark()
        fields = dict(self._plan.mapping)
        missing = self._preset.missing(frozenset(fields.values()), mode=Mode.CREATE)
        return Analysis(
            plan=self._plan.with_decimal(mark),
            records=self._records,
            blank=self._blank,
            malformed=self._malformed,
            ragged=self._ragged,
            ignored=ignored_columns(self._plan),
            cannot_create=missing,
            columns=tuple(
                ColumnStatistics(title, fields.get(index), filled, longest)
                for index, (title, filled, longest) in enumerate(
                    zip(self._plan.format.header, self._filled, self._longest, strict=True)
                )
            ),
            sample=tuple(self._sample),
            sheets=self._sheets,
            ambiguous=doubt,
        )

    def _measure(self, columns: Sequence[tuple[str, ...]]) -> None:
        for index, cells in enumerate(columns):
            self._filled[index] += len(cells) - cells.count("")
            self._longest[index] = max(self._longest[index], len(max(cells, key=len)))
        for index, name in self._plan.mapping:
            if self._preset.is_figure(name):
                self._figures.add(dict.fromkeys(people_wrote(columns[index])))

    def _mark(self) -> tuple[DecimalMark, AmbiguousDecimal | None]:
        if self._decimal is not None:
            return self._decimal, None
        try:
            return self._figures.decide(point_by_default=self._preset.point_by_default), None
        except AmbiguousDecimal as doubt:
            return DecimalMark.POINT, doubt
