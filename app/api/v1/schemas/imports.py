"""What is sent and shown of imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import UploadFile
from pydantic import Field, Json, JsonValue, StringConstraints

from app.api.v1.schemas.common import ImportIdField, Schema, UserIdField
from app.application.imports.analysing import choices_of
from app.application.imports.choices import Choices
from app.application.imports.phases import Phase
from app.application.imports.queries import ImportItem, ImportStatus, ImportView
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault
from app.domain.imports.numbers import DecimalMark
from app.domain.imports.plan import PRODUCTS, Mode, OnError, Plan
from app.domain.imports.presets.registry import KINDS, PRESETS
from app.domain.imports.saved import NAME_LENGTH

Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Header = Annotated[str, StringConstraints(max_length=1000)]
Mapped = Annotated[
    dict[Header, Word | None],
    Field(
        max_length=1000,
        description="Header → field; null leaves a column alone. Others keep what the preset says.",
        examples=[{"Article": "sku", "Remarks": None, "Colour": "attribute:Colour"}],
    ),
]

SavedMapping = Annotated[
    str,
    Field(
        min_length=1,
        max_length=NAME_LENGTH,
        description="Name of a saved mapping; what is given beside it lies over it.",
    ),
]


class _ChoicesIn(Schema):
    """All that may be decided; what is absent is left to the analysis or to the default."""

    encoding: Word | None = Field(None, description="Such as utf-8, utf-16 or cp1252.")
    delimiter: str | None = Field(None, min_length=1, max_length=1, examples=[";"])
    sheet: Word | None = Field(None, description="Of a workbook; by default the first.")
    has_header: bool | None = Field(None, description="Whether the first record names the columns.")
    preset: Word | None = Field(None, description=f"One of: {', '.join(PRESETS)}.")
    decimal_mark: DecimalMark | None = None
    mode: Mode | None = Field(None, description="upsert by default.")
    on_error: OnError | None = Field(
        None,
        description="Whether a row that fails is left out (skip, the default) or nothing at all "
        "is imported then (abort).",
    )
    unit: Word | None = Field(None, description="Code of the unit of new products without one.")
    tax_rate: Word | None = Field(None, description="Code of the rate of new products without one.")
    strict: bool | None = Field(None, description="Refuse columns that nothing reads.")
    null_word: str | None = Field(
        None, max_length=32, description="The word that empties a field, NULL by default."
    )
    category_separator: str | None = Field(
        None,
        min_length=1,
        max_length=3,
        examples=[" > "],
        description="Parts the levels of category paths; by default what the preset says.",
    )

    def _choices(self, mapping: Mapping[str, str | None] | None) -> Choices:
        return Choices(
            encoding=self.encoding,
            delimiter=self.delimiter,
            sheet=self.sheet,
            has_header=self.has_header,
            preset=self.preset,
            mapping=mapping or {},
            decimal=self.decimal_mark,
            mode=self.mode,
            on_error=self.on_error,
            unit=self.unit,
            tax_rate=self.tax_rate,
            strict=self.strict,
            null_word=self.null_word,
            category_separator=self.category_separator,
        )


class ImportChoices(_ChoicesIn):
    """How the files of a sender are read; null is left to the analysis or to the default."""

    mapping: Mapped | None = None

    def choices(self) -> Choices:
        return self._choices(self.mapping)

    @classmethod
    def of(cls, choices: Choices) -> ImportChoices:
        kept = choices.as_saved()
        mark = kept.pop("decimal")
        return cls.model_validate(kept | {"decimal_mark": mark})


class ImportChoicesIn(ImportChoices):
    saved_mapping: SavedMapping | None = None

    def choices(self) -> Choices:
        return replace(super().choices(), saved_mapping=self.saved_mapping)


DryRun = Annotated[
    bool, Field(description="Change nothing; tell what each row would change instead.")
]


class ImportStartIn(ImportChoicesIn):
    dry_run: DryRun = False


Kind = Annotated[
    str,
    Field(
        pattern=f"^({'|'.join(KINDS)})$",
        description=f"What the file holds: {', '.join(KINDS)}.",
        examples=list(KINDS),
    ),
]


class ImportUploadIn(_ChoicesIn):
    """A multipart form: the file, and what may be decided already."""

    kind: Kind = PRODUCTS
    file: UploadFile = Field(description="CSV in UTF-8, UTF-16 or cp1252; or XLSX.")
    mapping: Json[Mapped] | None = Field(None, description="JSON object of header → field.")
    autostart: bool = Field(
        False, description="Start at once, unless the analysis is in doubt about something."
    )
    dry_run: DryRun = False

    saved_mapping: SavedMapping | None = None

    def choices(self) -> Choices:
        return replace(self._choices(self.mapping), saved_mapping=self.saved_mapping)


class FileOut(Schema):
    name: str
    size: int
    sha256: str


class CountsOut(Schema):
    """How many records ended how; all but the warnings add up to `rows_done`.

    Withheld are those that would be created or updated as soon as no row fails.
    """

    created: int
    updated: int
    unchanged: int
    failed: int
    blank: int
    continuation: int
    withheld: int
    warnings: int


class ColumnOut(Schema):
    """A column of the file: the field it is read as, how many cells are filled, the longest."""

    header: str
    field: str | None
    filled: int
    longest: int


class FormatOut(Schema):
    encoding: str
    byte_mark: bool
    delimiter: str
    line_ending: str


class SheetOut(Schema):
    """A sheet of a workbook, and whether people do not see it."""

    name: str
    hidden: bool


class DoubtOut(Schema):
    """Why the decimal mark must be named before the start."""

    detail: str
    examples: list[str] = Field(description="Figures of the file that can be read in two ways.")


class AnalysisOut(Schema):
    """What was found in the file, and by which plan it is imported."""

    format: FormatOut
    preset: str
    saved_mapping: str | None = Field(description="The saved mapping that it was read by.")
    decimal_mark: DecimalMark
    mode: Mode
    on_error: OnError
    records: int
    blank: int
    malformed: int
    ragged: int = Field(description="Records with more or fewer cells than the header.")
    columns: list[ColumnOut]
    ignored: list[str] = Field(description="Columns that nothing reads.")
    cannot_create: list[str] = Field(
        description="Fields without which the file can only change products, not create any."
    )
    sample: list[list[str]]
    sheets: list[SheetOut] = Field(description="Those of a workbook; `sheet` chooses one.")
    in_doubt: DoubtOut | None

    @classmethod
    def of(cls, analysis: Mapping[str, Any]) -> AnalysisOut:
        plan = Plan.from_dict(analysis["plan"])
        doubt = analysis["ambiguous"]
        return cls(
            format=FormatOut(
                encoding=plan.format.encoding,
                byte_mark=plan.format.had_bom,
                delimiter=plan.format.delimiter,
                line_ending=plan.format.line_ending,
            ),
            preset=plan.preset,
            saved_mapping=choices_of(analysis).saved_mapping,
            decimal_mark=plan.decimal,
            mode=plan.options.mode,
            on_error=plan.options.on_error,
            records=analysis["records"],
            blank=analysis["blank"],
            malformed=analysis["malformed"],
            ragged=analysis["ragged"],
            columns=[ColumnOut(**column) for column in analysis["columns"]],
            ignored=analysis["ignored"],
            cannot_create=analysis["cannot_create"],
            sample=analysis["sample"],
            sheets=[SheetOut(**sheet) for sheet in analysis["sheets"]],
            in_doubt=doubt and DoubtOut(detail=doubt["detail"], examples=doubt["examples"]),
        )


class DifferenceOut(Schema):
    """A field before and after."""

    before: JsonValue
    after: JsonValue


class FailureOut(Schema):
    """Why the job as a whole did not end well."""

    code: str
    detail: str


class ImportItemOut(Schema):
    id: ImportIdField
    kind: str = Field(examples=["products"])
    status: ImportStatus
    phase: Phase | None = Field(description="What a run is at; null when none is going on.")
    dry_run: bool = Field(description="Whether the counts say what would happen only.")
    file: FileOut
    rows_done: int
    percent: int = Field(
        description="How much of the file is done, or was read by the phase that it is at.",
        ge=0,
        le=100,
    )
    counts: CountsOut
    cancel_requested: bool
    error: FailureOut | None
    user_id: UserIdField | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, item: ImportItem) -> ImportItemOut:
        return cls(**_item(item))


class ImportOut(ImportItemOut):
    analysis: AnalysisOut
    imported_before: ImportIdField | None = Field(
        description="The last earlier import that was started with the very same file."
    )

    @classmethod
    def shown(cls, view: ImportView) -> ImportOut:
        return cls(
            **_item(view),
            analysis=AnalysisOut.of(view.analysis),
            imported_before=view.imported_before,
        )


class ImportFaultOut(Schema):
    """What is wrong in one place; `row` counts records, `line` is where the record begins."""

    row: int
    line: int
    column: str | None = Field(description="The header; null when the row as a whole is meant.")
    code: str
    value: str
    expected: str
    max: int | None
    actual: int | None

    @classmethod
    def of(cls, fault: Fault) -> ImportFaultOut:
        return cls(
            row=fault.row,
            line=fault.line,
            column=fault.column,
            code=fault.code,
            value=fault.value,
            expected=fault.expected,
            max=fault.most,
            actual=fault.actual,
        )


class ImportDifferenceOut(Schema):
    """What a row would change of one object."""

    row: int
    line: int
    label: str = Field(description="What the object is known by: a SKU.", examples=["MUG-01"])
    created: bool = Field(description="Whether the object would be made.")
    changes: dict[str, DifferenceOut]

    @classmethod
    def of(cls, difference: Difference) -> ImportDifferenceOut:
        return cls(
            row=difference.row,
            line=difference.line,
            label=difference.label,
            created=difference.created,
            changes={
                name: DifferenceOut.model_validate(change)
                for name, change in difference.changes.items()
            },
        )


def _item(item: ImportItem) -> dict[str, Any]:
    error = item.error
    return {
        "id": item.id,
        "kind": item.kind,
        "status": item.status,
        "phase": item.phase,
        "dry_run": item.dry_run,
        "file": FileOut(name=item.file_name, size=item.file_size, sha256=item.file_hash),
        "rows_done": item.rows_done,
        "percent": item.percent,
        "counts": CountsOut(**item.counts),
        "cancel_requested": item.cancel_requested,
        "error": error and FailureOut(code=error["code"], detail=error["detail"]),
        "user_id": item.user_id,
        "created_at": item.created_at,
        "started_at": item.started_at,
        "finished_at": item.finished_at,
    }
