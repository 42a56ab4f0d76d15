"""The sheet of a count as a file: to print, to fill in, to send back as counts of stock."""

from __future__ import annotations

from collections.abc import AsyncIterator

from app.application.common.paging import PageRequest
from app.application.common.separated import BYTE_MARK, separated
from app.application.inventory.stocktakes import LineFilter, StocktakeReader, StocktakeView
from app.domain.imports.own_file import cells_of

_COLUMNS = ("sku", "name", "unit", "location", "expected", "counted", "counted_at")
_ROWS = 200


async def count_sheet(
    reader: StocktakeReader, count: StocktakeView, *, expected: bool
) -> AsyncIterator[bytes]:
    """Give the rows by SKU, safe to open in a spreadsheet program; each part is read by itself.

    `expected` is whether what the books hold is on it.
    """
    columns = tuple(name for name in _COLUMNS if expected or name != "expected")
    yield BYTE_MARK + separated([columns])
    page = PageRequest(limit=_ROWS)
    while True:
        found = await reader.lines(count.stocktake.id, LineFilter(), page=page)
        rows = []
        for line in found.items:
            values = {
                "sku": line.sku,
                "name": line.name,
                "unit": line.unit_code,
                "location": count.location_code,
                "expected": str(line.expected),
            }
            if line.counted is not None and line.counted_at is not None:
                values["counted"] = str(line.counted)
                values["counted_at"] = line.counted_at.isoformat()
            rows.append(cells_of(values, columns))
        yield separated(rows)
        if found.next_after is None:
            return
        page = PageRequest(limit=_ROWS, after=found.next_after)
