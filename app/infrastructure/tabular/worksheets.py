"""The rows of a sheet as they are unpacked; cells without a value cost nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.domain.imports.errors import TooManyColumns
from app.infrastructure.tabular.dialects import COLUMNS
from app.infrastructure.tabular.packages import Package, local, new_parser
from app.infrastructure.tabular.strings import SharedStrings, Words, unescaped
from app.infrastructure.tabular.styles import Styles, number_text

ROWS = 1 << 20

_LETTERS = 3
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the cells of all sheets of a workbook refer to."""

    strings: SharedStrings
    styles: Styles
    from_1904: bool


def rows(package: Package, part: str, lexicon: Lexicon) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of the rows that hold something, as a converted sheet has them.

    Raises `TooManyColumns`; what the format does not allow is `ValueError` or `LookupError`.
    """
    sheet = _Sheet(lexicon)
    parser = new_parser()
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.words.text
    for _ in package.walk(part, parser):
        yield from sheet.found
        sheet.found.clear()
        if sheet.finished:
            return
    yield from sheet.found


class _Sheet:
    """What the parser has seen: the rows that are complete, and the one it is in."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.found: list[tuple[int, list[str]]] = []
        self.finished = False
        self.words = Words()
        self._lexicon = lexicon
        self._columns: dict[str, int] = {}
        self._row = 0
        self._column = -1
        self._cells: list[str] = []
        self._cell: Mapping[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        element = local(name)
        if element == "c":
            self._cell = attributes
            letters = attributes.get("r", "").rstrip(_DIGITS)
            self._column = self._place(letters) if letters else self._column + 1
        elif element == "row":
            number = int(attributes.get("r", self._row + 1))
            if not self._row < number <= ROWS:
                raise ValueError(number)
            self._row, self._column, self._cells = number, -1, []
        else:
            self.words.start(element)

    def end(self, name: str) -> None:
        element = local(name)
        if element == "c":
            text = self.words.take()
            if text:
                self._put(self._value(text))
        elif element == "row":
            if self._cells:
                self.found.append((self._row, self._cells))
        elif element == "sheetData":
            self.finished = True
        else:
            self.words.end(element)

    def _value(self, text: str) -> str:
        kind = self._cell.get("t", "n")
        if kind == "n":
            style = self._lexicon.styles[int(self._cell.get("s", "0"))]
            return number_text(text, style, from_1904=self._lexicon.from_1904)
        if kind == "s":
            return self._lexicon.strings[int(text)]
        if kind == "b":
            return "true" if text == "1" else "false"
        return unescaped(text)

    def _put(self, value: str) -> None:
        if not value:
            return
        if self._column >= COLUMNS:
            raise TooManyColumns(
                f"Row {self._row} has a value in column {self._column + 1}, at most {COLUMNS} "
                "columns are read.",
                extra={"max": COLUMNS, "actual": self._column + 1},
            )
        missing = self._column - len(self._cells)
        if missing < 0:
            raise ValueError(self._column)
        self._cells.extend([""] * missing)
        self._cells.append(value)

    def _place(self, letters: str) -> int:
        """Return the number of a column from 0: A is 0, AA is 26."""
        if letters not in self._columns:
            if len(letters) > _LETTERS or not (letters.isascii() and letters.isalpha()):
                raise ValueError(letters)
            place = 0
            for letter in letters.upper():
                place = place * 26 + ord(letter) - ord("A") + 1
            self._columns[letters] = place - 1
        return self._columns[letters]
