"""Cells of a workbook that hold a number: their text has a point whatever the country writes."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.imports.numbers import DecimalMark


class Numeral(str):
    """The text of a number; as figures it does not tell how people write theirs."""

    __slots__ = ()


class PaddedNumeral(Numeral):
    """The text of a number that is shown with more leading zeros than it has."""

    __slots__ = ()


def people_wrote(cells: Sequence[str]) -> Sequence[str]:
    """Return the cells that tell how people write figures."""
    return [cell for cell in cells if not isinstance(cell, Numeral)]


def written_with(mark: DecimalMark, cells: Sequence[str]) -> Sequence[str]:
    """Return figures of which numbers are written as the text beside them is."""
    if mark is DecimalMark.POINT:
        return cells
    return [cell.replace(".", mark) if isinstance(cell, Numeral) else cell for cell in cells]
