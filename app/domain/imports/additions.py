"""What records that are no products add to the products and families further up."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from app.domain.common.text import key
from app.domain.imports.columns import ColumnReader
from app.domain.imports.parsed import Above, AdditionRow, ProductRow
from app.domain.imports.presets.families import Addition, kin_cells

_ROW, _SKU_KEY, _DERIVED, _EXTERNAL_ID = map(
    ProductRow._fields.index, ("row", "sku_key", "sku_derived", "external_id")
)
_FIELDS = ("family", "family_name", "family_options", "family_images")


class Further:
    """The products of a chunk, and the last one of the chunks before, as JSON kept it.

    A record that failed is one as well, so that what stands below it goes to no other product.
    """

    def __init__(
        self, rows: Sequence[Sequence[Any]], failed: Collection[int], before: Sequence[Any] | None
    ) -> None:
        self._rows = rows
        self._numbers = [row[_ROW] for row in rows]
        self._failed = failed
        self._before = before

    @property
    def last(self) -> list[object] | None:
        """The last product, for the chunk that follows."""
        found = self._above(len(self._rows))
        return list(found) if found else None

    def above(self, row: int) -> Above | None:
        """Return the product above a record; None if there is none or it failed."""
        return self._above(bisect(self._numbers, row))

    def _above(self, place: int) -> Above | None:
        if place == 0:
            return Above(*self._before) if self._before else None
        found = self._rows[place - 1]
        if found[_ROW] in self._failed:
            return None
        return Above(found[_ROW], found[_SKU_KEY], found[_DERIVED], found[_EXTERNAL_ID])


def additional_rows(
    additions: Iterable[tuple[int, int, Addition]],
    further: Further,
    readers: Mapping[str, ColumnReader],
) -> list[AdditionRow]:
    """Return the additions that add something, read by the rules of the fields."""
    found: list[AdditionRow] = []
    for row, line, addition in additions:
        if not addition.images and not addition.members and not _pictured(addition):
            continue
        cells = kin_cells(addition.kin, ())
        values = {name: readers[name].column([cells.get(name, "")]).values[0] for name in _FIELDS}
        if addition.kin is not None and values["family"] is None:
            continue
        found.append(
            AdditionRow(
                row=row,
                line=line,
                images=tuple(addition.images),
                above=None if addition.kin else further.above(row),
                family=values["family"],
                family_key=values["family"] and key(values["family"]),
                family_name=values["family_name"],
                family_options=values["family_options"],
                family_images=values["family_images"],
                members=tuple(key(member) for member in addition.members),
            )
        )
    return found


def _pictured(addition: Addition) -> bool:
    return addition.kin is not None and bool(addition.kin.images)
