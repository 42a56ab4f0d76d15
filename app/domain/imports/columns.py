"""Reading all cells of a column at once: clean text by whole-column checks, the rest by a memo.

A chunk has thousands of cells and few that need a second look, so what holds for all of them is
asked of all of them joined; a function is called for a single cell only where it must be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import is_normalized

from app.domain.common.text import fold, key
from app.domain.imports.cells import Doubt
from app.domain.imports.faults import CellRefused
from app.domain.imports.guard import restored

_SUSPECT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]")


@dataclass(slots=True)
class Column:
    """The values of a column in order, None for an empty cell; the others by place in it."""

    values: list[Any]
    refused: list[tuple[int, CellRefused]] = field(default_factory=list)
    doubts: list[tuple[int, Doubt]] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReader:
    """How the cells of a field are read.

    `read` takes trimmed text that is not empty. `most` is set for text that needs no more than to
    be clean and no longer than that; `lines` that it may have line breaks; `suspect` finds what
    calls for `read` all the same. `code` takes off an apostrophe whatever stands behind it.
    """

    read: Callable[[str], object]
    clearable: bool = False
    null_word: str | None = None
    most: int | None = None
    lines: bool = False
    code: bool = False
    suspect: re.Pattern[str] | None = None

    def column(self, cells: Sequence[str]) -> Column:
        """Read all cells; a refused or cleared one has the value None."""
        if self.most is not None:
            joined = " ".join(cells)
            if self._is_clean(joined):
                stripped = [cell.strip() for cell in cells]
                if len(max(stripped, key=len, default="")) <= self.most:
                    return Column([text or None for text in stripped])
        return self._by_cell(cells)

    def _is_clean(self, joined: str) -> bool:
        """Tell whether nothing in the text calls for a look at single cells."""
        if self.null_word and self.null_word in joined:
            return False
        if self.suspect is not None and self.suspect.search(joined):
            return False
        if " '" in joined or joined.startswith("'") or "\ufffd" in joined:
            return False
        if not (joined.isascii() or is_normalized("NFC", joined)):
            return False
        if joined.isprintable():
            return True
        if not self.lines and ("\n" in joined or "\t" in joined):
            return False
        return not _SUSPECT.search(joined.replace("\r\n", "\n"))

    def _by_cell(self, cells: Sequence[str]) -> Column:
        memo = _Memo(self)
        column = Column([memo[cell] for cell in cells])
        if memo.refused or memo.doubts or memo.cleared:
            for place, cell in enumerate(cells):
                if cell in memo.refused:
                    column.refused.append((place, memo.refused[cell]))
                elif cell in memo.doubts:
                    column.doubts.append((place, memo.doubts[cell]))
                elif cell in memo.cleared:
                    column.cleared.append(place)
        return column


class _Memo(dict[str, object]):
    """Cell → value; each different cell of a chunk is read once."""

    def __init__(self, reader: ColumnReader) -> None:
        super().__init__()
        self._reader = reader
        self.refused: dict[str, CellRefused] = {}
        self.doubts: dict[str, Doubt] = {}
        self.cleared: set[str] = set()

    def __missing__(self, cell: str) -> object:
        try:
            value = self._value(cell)
        except CellRefused as refusal:
            self.refused[cell] = refusal
            value = None
        if isinstance(value, Doubt):
            self.doubts[cell] = value
            value = value.value
        self[cell] = value
        return value

    def _value(self, cell: str) -> object:
        text = cell.strip()
        if not text:
            return None
        if text == self._reader.null_word:
            if not self._reader.clearable:
                raise CellRefused("not_clearable", "a value: this field cannot be emptied")
            self.cleared.add(cell)
            return None
        if text.startswith("'"):
            text = text[1:] if self._reader.code else restored(text)
        return self._reader.read(text) if text else None


def folded(texts: list[str | None]) -> list[str | None]:
    """Return the folded texts; those of a column that is all ASCII without a call for each."""
    if "".join(filter(None, texts)).isascii():
        return [text and " ".join(text.lower().split()) for text in texts]
    return [text and fold(text) for text in texts]


def keys(texts: list[str | None]) -> list[str | None]:
    """Return the comparison keys of codes."""
    if "".join(filter(None, texts)).isascii():
        return [text and text.strip().lower() for text in texts]
    return [text and key(text) for text in texts]
