"""Read one page of a list: order, go on after the key, and tell the key of the next page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, FromClause, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.paging import Key, KeyValue, Page, PageRequest
from app.domain.common.identifiers import Ulid
from app.domain.common.money import UnitPrice
from app.infrastructure.db.keyset import after_key
from app.infrastructure.db.types import UlidType, UnitPriceType, UtcDateTime

Item = TypeVar("Item")
Columns = Sequence[ColumnElement[Any]]


async def read_page(
    connection: AsyncConnection,
    query: Select[Any],
    order: Columns,
    page: PageRequest,
    *,
    make: Callable[[Mapping[str, Any]], Item],
    descending: bool = False,
) -> Page[Item]:
    """Return the items after the page's key in the order of the columns, which must be total.

    One row more than asked is read, which tells whether there is another page.
    """
    ordered = _ordered(query, order, page, descending=descending)
    return await _read(connection, ordered, len(order), page, make=make)


async def read_wide_page(
    connection: AsyncConnection,
    keys: Select[Any],
    order: Columns,
    page: PageRequest,
    *,
    columns: Columns,
    source: FromClause,
    make: Callable[[Mapping[str, Any]], Item],
    descending: bool = False,
    given: Mapping[str, object] | None = None,
) -> Page[Item]:
    """Do the same for costly columns: `keys` finds and orders ids, `source` is read for those.

    A database that has to sort what it found works out every column of every match before.
    `given` are the values that conditions and columns name.
    """
    found = _ordered(keys, order, page, descending=descending).subquery("found")
    key_columns = [found.c[_label(index)] for index in range(len(order))]
    query = (
        select(*columns, *key_columns)
        .join_from(found, source, found.c.id == source.c.id)
        .order_by(*(c.desc() if descending else c.asc() for c in key_columns))
    )
    return await _read(connection, query.params(given or {}), len(order), page, make=make)


def _label(index: int) -> str:
    return f"page_key_{index}"


def _ordered(
    query: Select[Any], order: Columns, page: PageRequest, *, descending: bool
) -> Select[Any]:
    keyed = query.add_columns(*(column.label(_label(i)) for i, column in enumerate(order)))
    after = None if page.after is None else _typed(order, page.after)
    return after_key(keyed, order, after, descending=descending).limit(page.limit + 1)


async def _read(
    connection: AsyncConnection,
    query: Select[Any],
    width: int,
    page: PageRequest,
    *,
    make: Callable[[Mapping[str, Any]], Item],
) -> Page[Item]:
    result = await connection.execute(query)
    names = list(result.keys())[:-width]
    found = result.all()
    kept = found[: page.limit]
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


def _typed(columns: Columns, key: Key) -> Any:
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
