"""A list of products as a workbook: what writes one, and what no sheet of a workbook holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from app.domain.common.errors import Conflict

SHEET_PRODUCTS = 1_048_575
"""Rows of a sheet (ECMA-376 as spreadsheet programs apply it), less the header."""

SHEET_COLUMNS = 16_384

CELL_LENGTH = 32_767
"""Of the text in one cell, counted as UTF-16 does: an emoji is two."""


class TooLargeForWorkbook(Conflict):
    """There are more products or columns than a sheet holds; `extra` has max. CSV takes them."""

    code = "too_large_for_workbook"
    title = "The list is too large for a workbook"


class TextTooLongForWorkbook(Conflict):
    """A cell would have to cut a text; `extra` has sku, column, length and max. CSV takes it."""

    code = "text_too_long_for_workbook"
    title = "A text is too long for a workbook"


class Workbook(Protocol):
    """One sheet under a header, in temporary files that are gone when it is closed.

    Blocking: call it in a thread. A call waits for the one before.
    """

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of cells; an empty cell is none."""
        ...

    def finish(self) -> int:
        """Put the file together and return its size; from now on it is read."""
        ...

    def read(self, size: int) -> bytes:
        """Return the next bytes, none at the end."""
        ...

    def close(self) -> None: ...


OpenWorkbook = Callable[[Sequence[str]], Workbook]
"""Begins a workbook with this header."""


def cell_length(text: str) -> int:
    """Return how long a cell with this text is for a spreadsheet program."""
    return len(text.encode("utf-16-le")) // 2
