"""Read one page of a list: order, go on after the key, and tell the key of the next page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.paging import Key, KeyValue, Page, PageRequest
from app.domain.common.identifiers import Ulid
from app.domain.common.money import UnitPrice
from app.infrastructure.db.keyset import after_key
from app.infrastructure.db.types import UlidType, UnitPriceType, UtcDateTime

Item = TypeVar("Item")

_KEY_LABEL = "page_key_"


async def read_page(
    connection: AsyncConnection,
    query: Select[Any],
    columns: Sequence[ColumnElement[Any]],
    page: PageRequest,
    *,
    make: Callable[[Mapping[str, Any]], Item],
    descending: bool = False,
) -> Page[Item]:
    """Return the items after the page's key in the order of the columns, which must be total.

    One row more than asked is read, which tells whether there is another page.
    """
    keyed = query.add_columns(
        *(column.label(f"{_KEY_LABEL}{index}") for index, column in enumerate(columns))
    )
    after = None if page.after is None else _typed(columns, page.after)
    ordered = after_key(keyed, columns, after, descending=descending)
    found = (await connection.execute(ordered.limit(page.limit + 1))).all()
    width = len(columns)
    kept = found[: page.limit]
    names = list(query.selected_columns.keys())
    items = [make(dict(zip(names, row[:-width], strict=True))) for row in kept]
    more = len(found) > page.limit
    return Page(items, _plain(kept[-1][-width:]) if more else None)


def _plain(values: Sequence[object]) -> Key:
    return tuple(_plain_value(value) for value in values)


def _plain_value(value: object) -> KeyValue:
    match value:
        case Ulid() | str():
            return str(value)
        case datetime():
            return value.isoformat()
        case UnitPrice():
            return value.micros
        case int() | bytes():
            return value
        case _:
            raise UnorderableColumn(f"{type(value).__name__} cannot stand in a cursor.")


def _typed(columns: Sequence[ColumnElement[Any]], key: Key) -> Any:
    return tuple(_typed_value(column, value) for column, value in zip(columns, key, strict=True))


def _typed_value(column: ColumnElement[Any], value: KeyValue) -> object:
    match column.type:
        case UlidType():
            return column.type.kind.parse(str(value))
        case UtcDateTime():
            return datetime.fromisoformat(str(value))
        case UnitPriceType():
            return UnitPrice(int(value))
        case _:
            return value


class UnorderableColumn(Exception):
    """A list is sorted by a column whose values have no plain form."""
