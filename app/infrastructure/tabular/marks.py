"""How a converted sheet keeps apart the cells with text and those with numbers.

A number has a control character in front, one that no text in a workbook can have.
"""

from __future__ import annotations

from app.domain.imports.numerals import Numeral, PaddedNumeral

NUMERAL = "\x1f"
PADDED = "\x1e"


def revived(cells: list[str]) -> list[str]:
    """Return the cells of a converted record with the numbers among them told apart."""
    return [_revive(cell) if cell[:1] in (NUMERAL, PADDED) and cell else cell for cell in cells]


def _revive(cell: str) -> str:
    return Numeral(cell[1:]) if cell[0] == NUMERAL else PaddedNumeral(cell[1:])


def plain(cell: str) -> str:
    """Return what people see of a converted cell."""
    return cell.lstrip(NUMERAL + PADDED)
