"""What lies between a file and its parsing: its format, raw records and where to go on reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self, TypeAlias

Record: TypeAlias = tuple[int, int, list[str]]
"""Record number from 1, physical line on which it begins from 1, cells."""


class Checkpoint(NamedTuple):
    """Where the next record begins: byte offset, its record number, its physical line."""

    offset: int
    record: int
    line: int


class Malformed(NamedTuple):
    """A record whose quotes do not close as they should; `text` is its beginning as it stands."""

    number: int
    line: int
    code: str
    text: str
    expected: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of records; `next` is the checkpoint behind it, `finished` that nothing follows."""

    records: list[Record]
    malformed: list[Malformed]
    next: Checkpoint
    finished: bool


@dataclass(frozen=True, slots=True)
class FileFormat:
    """What a file was found to be; `start` is the first record behind the header.

    `encoding` is a codec name without byte mark; `padded` that cells have blanks around quotes;
    `sheet` the sheet of a workbook, whose records are its rows and whose line numbers are theirs.
    """

    encoding: str
    had_bom: bool
    delimiter: str
    line_ending: str
    header: tuple[str, ...]
    start: Checkpoint
    padded: bool = False
    sheet: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The format for storing with the job; `from_dict` reads it back."""
        return {
            "encoding": self.encoding,
            "had_bom": self.had_bom,
            "delimiter": self.delimiter,
            "line_ending": self.line_ending,
            "header": list(self.header),
            "start": list(self.start),
            "padded": self.padded,
            "sheet": self.sheet,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The format that `as_dict` stored."""
        offset, record, line = stored["start"]
        return cls(
            encoding=stored["encoding"],
            had_bom=stored["had_bom"],
            delimiter=stored["delimiter"],
            line_ending=stored["line_ending"],
            header=tuple(stored["header"]),
            start=Checkpoint(offset, record, line),
            padded=stored["padded"],
            sheet=stored.get("sheet"),
        )
