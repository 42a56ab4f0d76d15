"""Reading records from any checkpoint on, in memory that does not grow with the file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

from app.domain.imports.errors import EncodingUndecidable, RecordTooLarge
from app.domain.imports.faults import VALUE_LENGTH
from app.domain.imports.records import Checkpoint, Chunk, FileFormat, Malformed, Record
from app.infrastructure.tabular.marks import revived

RECORD_LENGTH = 1 << 20
"""Characters of one cell; a quote that is never closed is found at the latest here."""

# One setting for the whole process: there is no other reader of separated values in it.
csv.field_size_limit(RECORD_LENGTH)

_TOO_LARGE = "field larger than field limit"
_UNCLOSED = "unexpected end of data"


def read_chunk(path: Path, file: FileFormat, start: Checkpoint, *, limit: int) -> Chunk:
    """Read up to `limit` records; the same records follow from the same checkpoint, always.

    `start` is `file.start` or the `next` of any chunk. Raises `RecordTooLarge`, and
    `EncodingUndecidable` for a file that is not what its format says.
    """
    with path.open("rb") as raw:
        raw.seek(start.offset)
        text = TextIOWrapper(raw, encoding=file.encoding, errors="strict", newline="")
        try:
            chunk = _Reading(text, file, start).chunk(limit)
        except UnicodeDecodeError as error:
            raise EncodingUndecidable(
                f"The text is not {file.encoding} after line {start.line}.",
                extra={"line": start.line},
            ) from error
    return chunk if file.sheet is None else _of_sheet(chunk, start)


def _of_sheet(chunk: Chunk, start: Checkpoint) -> Chunk:
    """Return the chunk with numbers told apart, and with the rows of the sheet for its lines."""
    ahead = start.line - start.record
    return Chunk(
        [(number, number + ahead, revived(cells)) for number, _, cells in chunk.records],
        chunk.malformed,
        chunk.next._replace(line=chunk.next.record + ahead),
        chunk.finished,
    )


class _Reading:
    """The records of one chunk; `taken` has its physical lines, `begun` those of whole records."""

    def __init__(self, text: TextIOWrapper, file: FileFormat, start: Checkpoint) -> None:
        self._text = text
        self._file = file
        self._start = start
        self._taken: list[str] = []
        self._begun = 0

    def chunk(self, limit: int) -> Chunk:
        records: list[Record] = []
        malformed: list[Malformed] = []
        taken, first = self._taken, self._start.line
        number = self._start.record
        stop = number + limit
        finished = False
        reader = csv.reader(
            self._lines(),
            delimiter=self._file.delimiter,
            skipinitialspace=self._file.padded,
            strict=not self._file.padded,
        )
        while number < stop and not finished:
            try:
                for cells in reader:
                    if self._file.padded and self._is_open():
                        malformed.append(self._malformed(number, _UNCLOSED))
                    else:
                        records.append((number, first + self._begun, cells))
                    self._begun = len(taken)
                    number += 1
                    if number == stop:
                        break
                else:
                    finished = True
            except csv.Error as error:
                malformed.append(self._malformed(number, str(error)))
                self._begun = len(taken)
                number += 1
        offset = self._start.offset + len("".join(taken).encode(self._file.encoding))
        following = Checkpoint(offset, number, first + len(taken))
        return Chunk(records, malformed, following, finished)

    def _lines(self) -> Iterator[str]:
        take = self._taken.append
        for line in self._text:
            take(line)
            yield line

    def _is_open(self) -> bool:
        """Tell whether the record runs over several lines for a quote that has no partner.

        Only the strict reader tells by itself, and that one does not take padded cells.
        """
        lines = self._taken[self._begun :]
        return len(lines) > 1 and sum(line.count('"') for line in lines) % 2 == 1

    def _malformed(self, number: int, error: str) -> Malformed:
        line = self._start.line + self._begun
        if error.startswith(_TOO_LARGE):
            raise RecordTooLarge(
                f"The record that begins on line {line} has more than {RECORD_LENGTH} characters "
                "in one cell; a quote in it is likely never closed.",
                extra={"line": line, "max": RECORD_LENGTH},
            )
        code, expected = "malformed_quotes", "a delimiter after a quote, quotes inside doubled"
        if error == _UNCLOSED:
            lines = len(self._taken) - self._begun
            code = "unclosed_quote"
            expected = f"a closing quote; all {lines} lines from here to the end are one record"
        return Malformed(number, line, code, self._beginning(), expected)

    def _beginning(self) -> str:
        """The beginning of the current record as it stands."""
        text = ""
        for line in self._taken[self._begun :]:
            text += line
            if len(text) > VALUE_LENGTH:
                break
        return text.rstrip("\r\n")[: VALUE_LENGTH + 1]
