"""What the head of a file tells: delimiter, line end, header, and where the records begin."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

from app.domain.imports.errors import (
    DelimiterNotRecognised,
    EmptyFile,
    NotText,
    TooManyColumns,
)
from app.domain.imports.fields import ATTRIBUTE, header_key
from app.domain.imports.presets.registry import KNOWN
from app.domain.imports.records import Checkpoint, FileFormat
from app.infrastructure.tabular.encodings import Encoding, find_encoding
from app.infrastructure.tabular.reading import read_chunk

COLUMNS = 500
DELIMITERS = (",", ";", "\t", "|")

_SAMPLE = 1 << 16
_LOOK = 50
_SEPARATOR_LINE = re.compile(r"sep=(.)(?:\r\n|\r|\n|\Z)", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")


def find_format(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    has_header: bool = True,
) -> FileFormat:
    """Return the format of a file; what is declared is not looked for.

    Without a header the columns are named by their numbers from 1. Raises the faults of a whole
    file (`app.domain.imports.errors`).
    """
    found = find_encoding(path, declared=encoding)
    sample, whole = _sample(path, found)
    told = _SEPARATOR_LINE.match(sample)
    body = sample[told.end() :] if told else sample
    if not body.strip():
        raise EmptyFile
    chosen = delimiter or (told[1] if told else None) or _delimiter(body, whole=whole)
    first_end = _LINE_END.search(body)
    skipped = sample[: told.end()] if told else ""
    format_ = FileFormat(
        encoding=found.codec,
        had_bom=found.mark > 0,
        delimiter=chosen,
        line_ending=first_end.group() if first_end else "\n",
        header=(),
        start=Checkpoint(found.mark + len(skipped.encode(found.codec)), 1, 2 if told else 1),
        padded=_is_padded(body, chosen),
    )
    return with_header(path, format_, has_header=has_header, chosen=bool(delimiter or told))


def _sample(path: Path, encoding: Encoding) -> tuple[str, bool]:
    """Return the beginning of the text, and whether it is all of it."""
    with path.open("rb") as file:
        file.seek(encoding.mark)
        head = file.read(_SAMPLE)
        whole = not file.read(1)
    return head.decode(encoding.codec, errors="strict" if whole else "ignore"), whole


def _delimiter(body: str, *, whole: bool) -> str:
    """Return the delimiter by which the head falls into the most regular table."""
    weights = {delimiter: _weight(body, delimiter, whole=whole) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: weights[delimiter])


def _weight(body: str, delimiter: str, *, whole: bool) -> tuple[int, float, int]:
    """Return known headers, share of records as wide as the header, and the width."""
    reader = csv.reader(StringIO(body, newline=""), delimiter=delimiter, skipinitialspace=True)
    widths: list[int] = []
    header: Sequence[str] = ()
    try:
        for cells in reader:
            if not any(cells):
                continue
            header = header or cells
            widths.append(len(cells))
            if len(widths) > _LOOK:
                break
    except csv.Error:
        pass
    else:
        if not whole and len(widths) <= _LOOK and len(widths) > 1:
            widths.pop()
    if len(header) < 2:
        return (0, 0.0, 0)
    known = len({key for key in map(header_key, header) if key in KNOWN})
    return (known, widths.count(len(header)) / max(len(widths), 1), len(header))


def _is_padded(body: str, delimiter: str) -> bool:
    """Tell whether blanks stand between a delimiter and a quote."""
    mark = re.escape(delimiter)
    return re.search(rf'(?:^|{mark}) +"(?!")|[^"]" +(?:{mark}|$)', body, re.MULTILINE) is not None


def with_header(path: Path, format_: FileFormat, *, has_header: bool, chosen: bool) -> FileFormat:
    """Read the header, which is the first record that is not blank.

    `chosen` is that the delimiter is beyond doubt, so that one cell is a header as well.
    """
    at = format_.start
    while True:
        chunk = read_chunk(path, format_, at, limit=1)
        if chunk.malformed:
            broken = chunk.malformed[0]
            raise NotText(
                f"The header on line {broken.line} has quotes that do not close as they should.",
                extra={"line": broken.line},
            )
        if not chunk.records:
            raise EmptyFile
        cells = chunk.records[0][2]
        if any(cell.strip() for cell in cells):
            break
        at = chunk.next
    if any("\x00" in cell for cell in cells):
        raise NotText("The header holds NUL characters.")
    if len(cells) > COLUMNS:
        raise TooManyColumns(
            f"The header has {len(cells)} columns, at most {COLUMNS} are read.",
            extra={"max": COLUMNS, "actual": len(cells)},
        )
    header = tuple(map(_title, cells))
    if len(header) == 1 and not chosen and header_key(header[0]) not in KNOWN:
        raise DelimiterNotRecognised(
            "The delimiter was not recognised: the header is one cell. Name the delimiter.",
            extra={"header": header[0][:200]},
        )
    if not has_header:
        header = tuple(str(number) for number in range(1, len(cells) + 1))
    start = Checkpoint(chunk.next.offset, 1, chunk.next.line) if has_header else at
    return replace(format_, header=header, start=start._replace(record=1))


def _title(cell: str) -> str:
    """Return a header on one line; the name of an attribute keeps the blanks that it has."""
    if cell.casefold().startswith(ATTRIBUTE) and "\n" not in cell and "\r" not in cell:
        return cell.strip()
    return " ".join(cell.split())
