"""A stored file as the import reads it: analysed as a whole, then read chunk by chunk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.domain.imports.errors import TooManyRows
from app.domain.imports.fields import tells_reasons
from app.domain.imports.guard import unshielded
from app.domain.imports.mapping import make_plan
from app.domain.imports.plan import Options, Wishes
from app.domain.imports.records import Checkpoint, Chunk, FileFormat
from app.domain.imports.survey import Analysis, Sheet, Survey
from app.infrastructure.tabular.dialects import find_format, with_header
from app.infrastructure.tabular.encodings import codec_named
from app.infrastructure.tabular.reading import read_chunk
from app.infrastructure.tabular.workbooks import convert, converted, is_workbook

CHUNK_RECORDS = 2_000
MOST_ROWS = 5_000_000


def analyse(
    path: Path, *, wishes: Wishes, options: Options, most_rows: int = MOST_ROWS
) -> Analysis:
    """Read the whole file once and say how it will be imported; blocking, for a worker thread.

    A workbook is converted beside the file, from where `read` takes its records. Raises the faults
    of a whole file (`app.domain.imports.errors`), but not `AmbiguousDecimal`, which stands in the
    answer so that people see the rest of it.
    """
    file, sheets = _format(path, wishes)
    survey = Survey(make_plan(file, wishes, options), decimal=wishes.decimal, sheets=sheets)
    at = file.start
    while True:
        chunk = read(path, file, at)
        survey.add(chunk)
        if survey.records > most_rows:
            detail = f"The file has more than {most_rows} rows; divide it."
            raise TooManyRows(detail, extra={"max": most_rows})
        if chunk.finished:
            return survey.result()
        at = chunk.next


def check(wishes: Wishes) -> None:
    """Refuse wishes that no file could fulfil: `UnknownEncoding`."""
    if wishes.encoding is not None:
        codec_named(wishes.encoding)


def read(path: Path, file: FileFormat, start: Checkpoint, *, limit: int = CHUNK_RECORDS) -> Chunk:
    """Read the next records from a checkpoint on; blocking, for a worker thread."""
    text = path if file.sheet is None else converted(path, file.sheet)
    chunk = read_chunk(text, file, start, limit=limit)
    return _unshielded(chunk) if any(map(tells_reasons, file.header)) else chunk


def _unshielded(chunk: Chunk) -> Chunk:
    """Return the cells as they were before they went into a file of rejected rows."""
    records = [(row, line, list(map(unshielded, cells))) for row, line, cells in chunk.records]
    return replace(chunk, records=records)


def _format(path: Path, wishes: Wishes) -> tuple[FileFormat, tuple[Sheet, ...]]:
    """Return the format of the file, and the sheets if it is a workbook."""
    if not is_workbook(path):
        return find_format(
            path,
            encoding=wishes.encoding,
            delimiter=wishes.delimiter,
            has_header=wishes.has_header,
        ), ()
    found = convert(path, sheet=wishes.sheet)
    file = FileFormat(
        encoding="utf-8",
        had_bom=False,
        delimiter=",",
        line_ending="\r\n",
        header=(),
        start=Checkpoint(0, 1, 1),
        sheet=found.sheet,
    )
    return with_header(found.path, file, has_header=wishes.has_header, chosen=True), found.sheets
