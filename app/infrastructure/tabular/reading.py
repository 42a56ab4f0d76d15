"""Reading records from any checkpoint on, in memory that does not grow with the file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

from app.domain.imports.errors import EncodingUndecidable, RecordTooLarge
from app.domain.imports.faults import VALUE_LENGTH
from app.domain.imports.records import Checkpoint, Chunk, FileFormat, Malformed, Record

RECORD_LENGTH = 1 << 20
"""Characters of one record; a quote that is never closed is found at the latest here."""

# The limit is one for the whole process; the size of a record is kept by `_Lines`.
csv.field_size_limit(RECORD_LENGTH)

_UNCLOSED = "unexpected end of data"


def read_chunk(path: Path, file: FileFormat, start: Checkpoint, *, limit: int) -> Chunk:
    """Read up to `limit` records; the same records follow from the same checkpoint, always.

    Raises `RecordTooLarge`. `start` is `file.start` or the `next` of any chunk.
    """
    with path.open("rb") as raw:
        raw.seek(start.offset)
        text = TextIOWrapper(raw, encoding=file.encoding, errors="strict", newline="")
        lines = _Lines(text, start.line)
        try:
            return _Records(lines, file, start).chunk(limit)
        except UnicodeDecodeError as error:
            raise EncodingUndecidable(
                f"The text is not {file.encoding} after line {start.line}.",
                extra={"line": start.line},
            ) from error


class _Lines:
    """Hands out physical lines and remembers those of the current record and of the chunk."""

    def __init__(self, text: TextIOWrapper, first: int) -> None:
        self._text = text
        self._first = first
        self.taken: list[str] = []
        self.begun = 0
        self.held = 0

    def __iter__(self) -> Iterator[str]:
        taken = self.taken
        for line in self._text:
            taken.append(line)
            self.held += len(line)
            if self.held > RECORD_LENGTH:
                raise self._too_large()
            yield line

    def next_record(self) -> None:
        """Mark that what was taken belongs to finished records."""
        self.begun = len(self.taken)
        self.held = 0

    @property
    def line(self) -> int:
        """The physical line on which the current record begins."""
        return self._first + self.begun

    def begins_with(self) -> str:
        """The beginning of the current record as it stands."""
        text = ""
        for line in self.taken[self.begun :]:
            text += line
            if len(text) > VALUE_LENGTH:
                break
        return text.rstrip("\r\n")[: VALUE_LENGTH + 1]

    def _too_large(self) -> RecordTooLarge:
        return RecordTooLarge(
            f"The record that begins on line {self.line} has more than {RECORD_LENGTH} "
            "characters; a quote in it is likely never closed.",
            extra={"line": self.line, "max": RECORD_LENGTH},
        )


class _Records:
    """The records of one chunk."""

    def __init__(self, lines: _Lines, file: FileFormat, start: Checkpoint) -> None:
        self._lines = lines
        self._file = file
        self._start = start
        self._reader = csv.reader(
            lines,
            delimiter=file.delimiter,
            skipinitialspace=file.padded,
            strict=not file.padded,
        )

    def chunk(self, limit: int) -> Chunk:
        records: list[Record] = []
        malformed: list[Malformed] = []
        number = self._start.record
        finished = False
        lines = self._lines
        while len(records) + len(malformed) < limit:
            try:
                cells = next(self._reader)
            except StopIteration:
                finished = True
                break
            except csv.Error as error:
                malformed.append(self._malformed(number, str(error)))
            else:
                records.append((number, lines.line, cells))
            number += 1
            lines.next_record()
        taken = len("".join(lines.taken).encode(self._file.encoding))
        line = self._start.line + len(lines.taken)
        following = Checkpoint(self._start.offset + taken, number, line)
        return Chunk(records, malformed, following, finished)

    def _malformed(self, number: int, error: str) -> Malformed:
        lines = self._lines
        if error == _UNCLOSED:
            rest = len(lines.taken) - lines.begun
            expected = f"a closing quote; all {rest} lines from here to the end are one record"
            return Malformed(number, lines.line, "unclosed_quote", lines.begins_with(), expected)
        expected = "a delimiter after a closing quote, and quotes within quotes doubled"
        return Malformed(number, lines.line, "malformed_quotes", lines.begins_with(), expected)
