"""Keyset pages in SQL: a row comparison that an index on the same columns answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, tuple_

from app.application.common.paging import Key


def after_key(
    query: Select[Any],
    columns: Sequence[ColumnElement[Any]],
    key: Key | None,
    *,
    descending: bool,
) -> Select[Any]:
    """Order by the columns, all in one direction, and go on after the key if there is one.

    The last column is the primary key, so that ties never lose or repeat a row.
    """
    ordered = query.order_by(*(c.desc() if descending else c.asc() for c in columns))
    if key is None:
        return ordered
    here, last = tuple_(*columns), tuple_(*key, types=[c.type for c in columns])
    return ordered.where(here < last if descending else here > last)
