"""A list written as a workbook that the import reads back and a spreadsheet program leaves alone.

Texts are texts, never formulas, links or numbers. Rows go to temporary files as they come, so that
memory stays flat; the files lie in the folder for those of the system.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from decimal import Decimal
from os import SEEK_END
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Lock
from typing import Any, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from app.domain.imports.fields import ATTRIBUTE, FIELDS

SHEET = "Products"

# By number where spreadsheet programs have the format built in (ECMA-376, 18.8.30).
_GENERAL = 0
_TEXT = 49
_PRICE = "0.00####"
_QUANTITY = "0.000"
_EXACT_DIGITS = 15
"""Significant digits that every spreadsheet program keeps."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
# What cannot stand in XML, and what a reader would take for such an escape (ECMA-376, ST_Xstring),
# also when only the escape that follows completes it. The library takes a text between <r> and </r>
# for markup of its own.
_ESCAPED = re.compile(
    r"[\x00-\x08\x0b-\x1f\ufffe\uffff]"
    r"|_(?=x[0-9A-Fa-f]{4}[_\x00-\x08\x0b-\x1f\ufffe\uffff])"
    r"|\A<(?=r>.*</r>\Z)",
    re.DOTALL,
)


class _Shape(NamedTuple):
    """How wide a column is, in characters, and how its cells are shown."""

    width: int
    shown: int | str


_SHAPES: Mapping[str, _Shape] = {
    "sku": _Shape(20, _TEXT),
    "name": _Shape(40, _TEXT),
    # Some programs show a row of # for a long text in a column of texts.
    "description": _Shape(50, _GENERAL),
    "category": _Shape(30, _TEXT),
    "price": _Shape(12, _PRICE),
    "cost": _Shape(12, _PRICE),
    "barcodes": _Shape(20, _TEXT),
    "reorder_point": _Shape(12, _QUANTITY),
    "reorder_quantity": _Shape(12, _QUANTITY),
    "external_id": _Shape(20, _TEXT),
}


class CellNotWritten(Exception):
    """The library refused a cell: it lies beyond the sheet, or would be cut."""


class SheetFile:
    """The workbook of `app.application.catalog.workbooks`."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._lock = Lock()
        with ExitStack() as stack:
            self._target = stack.enter_context(TemporaryFile())
            folder = stack.enter_context(TemporaryDirectory(prefix="stockbook-export-"))
            options = {"constant_memory": True, "tmpdir": folder, "use_zip64": True}
            self._book = Workbook(self._target, options)
            self._sheet = self._book.add_worksheet(SHEET, worksheet_class=_Sheet)
            stack.callback(self._sheet.release)
            self._head(columns)
            self._opened = stack.pop_all()
        self._rows = 0
        self._figures = frozenset(
            place
            for place, column in enumerate(columns)
            if column in FIELDS and FIELDS[column].figure
        )

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        with self._lock:
            for cells in rows:
                self._rows += 1
                for place, text in enumerate(cells):
                    if text:
                        self._put(place, text)

    def finish(self) -> int:
        with self._lock:
            try:
                self._book.close()
            except FileCreateError as error:
                raise OSError(*error.args[0].args) from error
            size = self._target.seek(0, SEEK_END)
            self._target.seek(0)
            return size

    def read(self, size: int) -> bytes:
        with self._lock:
            return self._target.read(size)

    def close(self) -> None:
        with self._lock:
            self._opened.close()

    def _head(self, columns: Sequence[str]) -> None:
        """Write the header, and what holds for each column whatever is in it."""
        bold = self._book.add_format({"bold": True, "num_format": _TEXT})
        formats = {
            shown: self._book.add_format({"num_format": shown})
            for shown in (_TEXT, _GENERAL, _PRICE, _QUANTITY)
        }
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            width, shown = _shape(column)
            self._sheet.set_column(place, place, width, formats[shown])
            self._sheet.write_string(0, place, column, bold)

    def _put(self, place: int, text: str) -> None:
        number = _number(text) if place in self._figures else None
        if number is not None:
            refused = self._sheet.write_number(self._rows, place, number)
        else:
            refused = self._sheet.write_string(self._rows, place, text)
        if refused:
            raise CellNotWritten(f"row {self._rows}, column {place}: {refused}")


class _Sheet(Worksheet):  # type: ignore[misc] # the library has no types
    """A sheet whose texts are read as they were written."""

    @staticmethod
    def _escape_control_characters(data: Any) -> Any:
        return _ESCAPED.sub(_escape, data) if isinstance(data, str) else data

    def release(self) -> None:
        """Let go of the file of rows; the library does so only when it puts them together."""
        self._opt_close()


def _shape(column: str) -> _Shape:
    if column in _SHAPES:
        return _SHAPES[column]
    figure = column in FIELDS and FIELDS[column].figure
    return _Shape(20 if column.startswith(ATTRIBUTE) else 14, _GENERAL if figure else _TEXT)


def _number(text: str) -> Decimal | None:
    """Return the number that a text is, if each spreadsheet program would keep all of it."""
    if not _NUMBER.fullmatch(text):
        return None
    digits = text.replace(".", "").strip("0")
    return Decimal(text) if len(digits) <= _EXACT_DIGITS else None


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found.group()):04X}_"
