"""Files of categories: a record is a path, whole or as a name below its parent."""

from __future__ import annotations

from typing import NamedTuple

from app.domain.catalog.category import PATH_SEPARATOR, clean_names, path_key
from app.domain.common.errors import InvalidValue
from app.domain.imports.cells import category_reader
from app.domain.imports.columns import ColumnReader
from app.domain.imports.faults import CellRefused
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.parsing import RowParsing
from app.domain.imports.plan import Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.records import Chunk


class CategoryRow(NamedTuple):
    """A category by its path as `Category.path` has it, and the key that is unique in the shop."""

    row: int
    line: int
    path: str
    path_key: str


def parse_categories(chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
    """Parse a chunk of categories; all that the file alone can tell is checked here."""
    read = category_reader(slash_parts=True, separator=plan.options.category_separator)
    readers = {
        name: ColumnReader(read=read, null_word=plan.options.null_word)
        for name in ("category", "parent")
    }
    whole = category_reader(slash_parts=False)
    readers["name"] = ColumnReader(read=whole, null_word=plan.options.null_word)
    parsing = RowParsing(plan, readers)
    places = parsing.arrange(chunk, carry).places
    told = zip(*(parsing.values(name) for name in ("category", "name", "parent")), strict=True)
    rows: list[tuple[object, ...]] = []
    refused = {fault.row for fault in parsing.faults}
    for place, (category, name, parent) in enumerate(told):
        number, line = places[place]
        if number in refused:
            continue
        found = category or (_below(parent, name) if name else None)
        if isinstance(found, CellRefused):
            parsing.refuse(place, plan.header_of("name"), name[0], found)
        elif found is None:
            header = plan.header_of("category") or plan.header_of("name")
            parsing.refuse(place, header, "", CellRefused("missing", "a path or a name"))
        else:
            rows.append(CategoryRow(number, line, *found))
    return parsing.parsed(chunk, rows)


def _below(parent: tuple[str, str] | None, name: tuple[str, str]) -> tuple[str, str] | CellRefused:
    """Return path and key of a name below a path, which together may be too long or too deep."""
    if parent is None:
        return name
    try:
        names = clean_names([*parent[0].split(PATH_SEPARATOR), *name[0].split(PATH_SEPARATOR)])
    except InvalidValue as fault:
        return CellRefused(fault.errors[0].code, fault.errors[0].detail)
    return PATH_SEPARATOR.join(names), path_key(names)
