"""Checks of counts: what the books held then, what moved, numbers, and what levels say of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from app.domain.inventory.locations import ADJUSTMENT_ID, DISCREPANCY_ID
from app.domain.inventory.movement import DocumentKind, MovementKind
from app.domain.inventory.stocktake import STOCKTAKE_SERIES
from app.infrastructure.db.checks.check import Check, quantity
from app.infrastructure.db.checks.inventory import orphans
from app.infrastructure.db.checks.numbering import gaps
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.inventory import stock_levels, stock_movements
from app.infrastructure.db.tables.sales import sales
from app.infrastructure.db.tables.stocktakes import (
    stocktake_entries,
    stocktake_lines,
    stocktakes,
)

_head, _line, _entry = stocktakes.c, stocktake_lines.c, stocktake_entries.c
_moved, _level = stock_movements.c, stock_levels.c
_IS_POSTED = _line.posted_at.is_not(None)
_OF_COUNT = _moved.document_kind == DocumentKind.STOCKTAKE.value


def _plain(column: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _history() -> Any:
    """All that moved at places, and out of what was sold there beyond the books."""
    of_sale = _moved.document_kind == DocumentKind.SALE.value
    drawn = (
        select(
            _moved.product_id,
            func.coalesce(sales.c.location_id, _head.location_id).label("location_id"),
            _moved.occurred_at,
            case(
                (_moved.target_id == DISCREPANCY_ID, _plain(_moved.quantity)),
                else_=-_plain(_moved.quantity),
            ).label("quantity"),
        )
        .join_from(
            stock_movements, sales, and_(of_sale, sales.c.id == _moved.document_id), isouter=True
        )
        .join(stocktakes, and_(_OF_COUNT, _head.id == _moved.document_id), isouter=True)
        .where(or_(_moved.target_id == DISCREPANCY_ID, _moved.source_id == DISCREPANCY_ID))
    )
    sides = [
        select(_moved.product_id, place.label("location_id"), _moved.occurred_at, change)
        for place, change in (
            (_moved.target_id, _plain(_moved.quantity)),
            (_moved.source_id, -_plain(_moved.quantity)),
        )
    ]
    return union_all(*sides, drawn).subquery("history")


def _books() -> Select[Any]:
    """Set what was counted beside what the books say now of that instant.

    Of several counts of one instant the last posted holds.
    """
    history, later = _history(), stocktake_lines.alias("later")
    superseded = exists().where(
        later.c.product_id == _line.product_id,
        later.c.location_id == _line.location_id,
        later.c.counted_at == _line.counted_at,
        or_(
            later.c.posted_at > _line.posted_at,
            and_(
                later.c.posted_at == _line.posted_at,
                later.c.stocktake_id > _line.stocktake_id,
            ),
        ),
    )
    held = func.coalesce(func.sum(history.c.quantity), 0)
    return (
        select(
            _line.stocktake_id,
            _line.product_id,
            _plain(_line.counted).label("expected"),
            held.label("found"),
        )
        .join_from(
            stocktake_lines,
            history,
            and_(
                history.c.product_id == _line.product_id,
                history.c.location_id == _line.location_id,
                history.c.occurred_at <= _line.counted_at,
            ),
            isouter=True,
        )
        .where(_IS_POSTED, ~superseded)
        .group_by(_line.stocktake_id, _line.product_id, _line.counted)
        .having(held != _plain(_line.counted))
    )


def _variances() -> Select[Any]:
    """Set the variance of a row as it was posted beside what moved for it then."""
    signed = case(
        (_moved.source_id == ADJUSTMENT_ID, _plain(_moved.quantity)),
        else_=-_plain(_moved.quantity),
    )
    moved = func.coalesce(func.sum(signed), 0)
    due = case((_IS_POSTED, _line.variance), else_=0)
    return (
        select(_line.stocktake_id, _line.product_id, due.label("expected"), moved.label("found"))
        .join_from(
            stocktake_lines,
            stock_movements,
            and_(
                _OF_COUNT,
                _moved.document_id == _line.stocktake_id,
                _moved.line_id == _line.product_id,
                _moved.product_id == _line.product_id,
                _moved.generation == 0,
            ),
            isouter=True,
        )
        .group_by(_line.stocktake_id, _line.product_id, due)
        .having(moved != due)
    )


def _levels() -> Select[Any]:
    """Set the last instant that a place names beside that of the counts posted of it."""
    posted = (
        select(_line.product_id, _line.location_id, func.max(_line.counted_at).label("counted_at"))
        .where(_IS_POSTED)
        .group_by(_line.product_id, _line.location_id)
        .subquery("posted")
    )
    same = and_(
        posted.c.product_id == _level.product_id, posted.c.location_id == _level.location_id
    )
    told = (
        select(
            _level.product_id,
            _level.location_id,
            posted.c.counted_at.label("expected"),
            _level.counted_at.label("found"),
        )
        .join_from(stock_levels, posted, same, isouter=True)
        .where(
            or_(
                _level.counted_at != posted.c.counted_at,
                _level.counted_at.is_(None) != posted.c.counted_at.is_(None),
            )
        )
    )
    untold = (
        select(
            posted.c.product_id,
            posted.c.location_id,
            posted.c.counted_at.label("expected"),
            _level.counted_at.label("found"),
        )
        .join_from(posted, stock_levels, same, isouter=True)
        .where(_level.product_id.is_(None))
    )
    return select(union_all(told, untold).subquery("untrue"))


def _heads() -> Select[Any]:
    """Set the counted rows of a count beside those that are posted: all of them, or none."""
    counted = func.count(_line.counted_at)
    due = case((_head.series.is_not(None), counted), else_=0)
    posted = func.count(_line.posted_at)
    return (
        select(_head.id.label("stocktake_id"), due.label("expected"), posted.label("found"))
        .join_from(stocktakes, stocktake_lines, _line.stocktake_id == _head.id, isouter=True)
        .group_by(_head.id, _head.series)
        .having(posted != due)
    )


def _entries() -> Select[Any]:
    """Set the instant of a row beside the last one that anybody counted."""
    last = func.max(_entry.counted_at)
    return (
        select(
            _line.stocktake_id,
            _line.product_id,
            last.label("expected"),
            _line.counted_at.label("found"),
        )
        .join_from(
            stocktake_lines,
            stocktake_entries,
            and_(
                _entry.stocktake_id == _line.stocktake_id,
                _entry.product_id == _line.product_id,
            ),
            isouter=True,
        )
        .group_by(_line.stocktake_id, _line.product_id, _line.counted_at)
        .having(or_(last != _line.counted_at, last.is_(None) != _line.counted_at.is_(None)))
    )


def _unaudited() -> Select[Any]:
    audited = exists().where(
        audit_log.c.object_id == _head.id,
        audit_log.c.object_kind == "stocktake",
        audit_log.c.action == "stocktake.posted",
    )
    return select(
        _head.id.label("stocktake_id"),
        literal("an audit row").label("expected"),
        literal(None).label("found"),
    ).where(_head.series.is_not(None), ~audited)


def _of_other_documents() -> Select[Any]:
    return select(
        _moved.id.label("movement_id"),
        literal(DocumentKind.STOCKTAKE.value).label("expected"),
        _moved.document_kind.label("found"),
    ).where(
        _moved.kind == MovementKind.STOCKTAKE.value,
        _moved.document_kind != DocumentKind.STOCKTAKE.value,
    )


STOCKTAKE_CHECKS = (
    Check(
        "stocktake_books",
        "What a place held at the instant of a posted count, by what happened, is what was "
        "counted.",
        _books(),
        quantity,
    ),
    Check(
        "stocktake_variances",
        "For every row of a posted count its variance moved, for others nothing.",
        _variances(),
        quantity,
    ),
    Check(
        "stocktake_levels",
        "A place names the last instant of which a posted count speaks.",
        _levels(),
    ),
    Check("stocktake_rows", "Of a posted count all counted rows are posted.", _heads()),
    Check("stocktake_entries", "Of a row the last instant that was counted holds.", _entries()),
    Check(
        "stocktake_numbers",
        "Posted counts are numbered without gaps.",
        gaps(stocktakes, [STOCKTAKE_SERIES]),
    ),
    Check(
        "orphan_movements_stocktake",
        "Every movement of a count has its posted row.",
        orphans(
            DocumentKind.STOCKTAKE,
            select(_line.stocktake_id).where(
                _line.stocktake_id == _moved.document_id,
                _line.product_id == _moved.line_id,
                _line.product_id == _moved.product_id,
                _IS_POSTED,
            ),
        ),
    ),
    Check(
        "stocktake_movements",
        "Movements of the kind stocktake belong to counts.",
        _of_other_documents(),
    ),
    Check("stocktake_audit", "Every posted count has an audit row.", _unaudited()),
)
