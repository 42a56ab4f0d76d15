"""Document numbers run from 1 to the counter without a gap."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import FromClause, Select, and_, case, func, literal, or_, select, union_all

from app.infrastructure.db.tables.foundation import document_counters


def gaps(documents: FromClause, series: Collection[str]) -> Select[Any]:
    """Select the series and years whose numbers are not exactly 1 to the last one given.

    `documents` has the columns series, year and sequence; those without a number do not count.
    """
    columns, counters = documents.c, document_counters.c
    given = (
        select(
            columns.series,
            columns.year,
            func.count().label("count"),
            func.max(columns.sequence).label("highest"),
        )
        .where(columns.sequence.is_not(None))
        .group_by(columns.series, columns.year)
        .subquery("given")
    )
    same = and_(given.c.series == counters.series, given.c.year == counters.year)
    count, highest = func.coalesce(given.c.count, 0), func.coalesce(given.c.highest, 0)
    differing = (
        select(
            counters.series,
            counters.year,
            counters.last.label("expected"),
            case((count != counters.last, count), else_=highest).label("found"),
        )
        .join_from(document_counters, given, same, isouter=True)
        .where(counters.series.in_(series), or_(count != counters.last, highest != counters.last))
    )
    uncounted = (
        select(given.c.series, given.c.year, literal(0).label("expected"), given.c.highest)
        .join_from(given, document_counters, same, isouter=True)
        .where(counters.last.is_(None))
    )
    return select(union_all(differing, uncounted).subquery("gaps"))
