"""Our own product file as it is written: columns are fields, cells are read back as they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.domain.imports.fields import ATTRIBUTE, FIELDS
from app.domain.imports.guard import guarded

TEMPLATE: tuple[str, ...] = tuple(name for name in FIELDS if name != "discontinued")
"""The columns to fill in: all but the one that says the opposite of another."""

EXPORTED: tuple[str, ...] = tuple(name for name in TEMPLATE if name != "quantity")
"""The columns of a list of products: an opening quantity is no property of a product."""


def exported_columns(attributes: Iterable[str], *, costs: bool) -> tuple[str, ...]:
    """Return the header of a list of products with these attributes."""
    own = (name for name in EXPORTED if costs or name != "cost")
    return (*own, *(ATTRIBUTE + name for name in attributes))


def cells_of(values: Mapping[str, str], columns: Iterable[str]) -> list[str]:
    """Return the cells of one product; what is not among the values is empty."""
    return [cell_of(values.get(column, ""), column) for column in columns]


def cell_of(text: str, column: str) -> str:
    """Return the cell from which the import reads this text, safe in a spreadsheet program."""
    # Of a code the import takes off any apostrophe in front, not only one of a guard.
    if text.startswith("'") and column in FIELDS and FIELDS[column].code:
        return f"'{text}"
    return guarded(text)


def category_cell(path: str) -> str:
    """Return a category path that is read as the same levels, also with a slash in a name."""
    return f"{path} >" if "/" in path and ">" not in path else path
