"""Heads of counts as rows and back, and how far a count is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, case, func, select

from app.domain.common.identifiers import StocktakeId
from app.domain.common.numbers import DocumentNumber
from app.domain.inventory.stocktake import ScopeKind, Stocktake, StocktakeStatus, Totals
from app.infrastructure.db.tables.stocktakes import stocktake_lines, stocktakes


def stocktake_row(stocktake: Stocktake) -> dict[str, Any]:
    number = stocktake.number
    return {
        "id": stocktake.id,
        "status": stocktake.status.value,
        "series": None if number is None else number.series,
        "year": None if number is None else number.year,
        "sequence": None if number is None else number.sequence,
        "location_id": stocktake.location_id,
        "scope": stocktake.scope.value,
        "category_id": stocktake.category_id,
        "blind": stocktake.blind,
        "note": stocktake.note,
        "user_id": stocktake.user_id,
        "opened_at": stocktake.opened_at,
        "reviewed_at": stocktake.reviewed_at,
        "posted_at": stocktake.posted_at,
        "posted_by": stocktake.posted_by,
        "closed_at": stocktake.closed_at,
        "close_reason": stocktake.close_reason,
        "version": stocktake.version,
    }


def read_stocktake(row: Mapping[str, Any] | RowMapping) -> Stocktake:
    number = None
    if row["series"] is not None:
        number = DocumentNumber(row["series"], row["year"], row["sequence"])
    return Stocktake(
        id=row["id"],
        location_id=row["location_id"],
        scope=ScopeKind(row["scope"]),
        category_id=row["category_id"],
        blind=row["blind"],
        note=row["note"],
        user_id=row["user_id"],
        opened_at=row["opened_at"],
        status=StocktakeStatus(row["status"]),
        number=number,
        reviewed_at=row["reviewed_at"],
        posted_at=row["posted_at"],
        posted_by=row["posted_by"],
        closed_at=row["closed_at"],
        close_reason=row["close_reason"],
        version=row["version"],
    )


def stocktake_of(identifier: StocktakeId) -> Select[Any]:
    return select(stocktakes).where(stocktakes.c.id == identifier)


def totals_of(identifier: StocktakeId) -> Select[int, int, int, int]:
    columns = stocktake_lines.c
    return select(
        func.count(),
        func.count(columns.counted_at),
        _times(columns.variance != 0),
        _times(columns.disputed),
    ).where(columns.stocktake_id == identifier)


def read_totals(row: Any) -> Totals:
    lines, counted, differing, disputed = (int(each) for each in row)
    return Totals(lines=lines, counted=counted, differing=differing, disputed=disputed)


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
