"""Product files of any length, the same at every call."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

HEADER = ("sku", "name", "description", "category", "price", "cost", "barcodes", "reorder_point")
CATEGORIES = 400
_FAULTS = 3


def write_goods(path: Path, rows: int, *, bad_percent: int = 0, stock: bool = False) -> int:
    """Write the file and return how many of its rows are bad: spread evenly, of three kinds.

    With `stock` there is a quantity too, which opens the books of each product.
    """
    bad = 0
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow((*HEADER, "quantity") if stock else HEADER)
        for number, cells in enumerate(_rows(rows)):
            if number * bad_percent % 100 < bad_percent:
                _spoil(cells, kind=bad % _FAULTS)
                bad += 1
            writer.writerow([*cells, str(number % 90)] if stock else cells)
    return bad


def _rows(rows: int) -> Iterator[list[str]]:
    for number in range(rows):
        shelf = number % CATEGORIES
        cents = 100 + number * 7 % 9_900
        yield [
            f"SKU-{number:08}",
            f"Product {number} of shelf {shelf}",
            f"Plain words about product {number}, as long as those of a small shop mostly are.",
            f"Department {shelf // 20} > Shelf {shelf}",
            f"{cents // 100}.{cents % 100:02}",
            f"{cents // 200}.{cents % 100:02}",
            gtin(number),
            str(number % 12),
        ]


def gtin(number: int) -> str:
    """Return a code of 13 digits of the range that shops may use inside, with its check digit."""
    digits = f"2{number:011}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


def _spoil(cells: list[str], *, kind: int) -> None:
    """Make a row one that the import rejects: a price in words, no name, or too long a SKU."""
    place, value = _SPOILT[kind]
    cells[place] = value


_SPOILT: Sequence[tuple[int, str]] = ((4, "a fair price"), (1, ""), (0, "X" * 65))
