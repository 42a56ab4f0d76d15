"""Checks of reservations: against the levels that count them, and the sales they are kept for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from app.domain.sales.sale import SaleStatus
from app.infrastructure.db.checks.check import Check, quantity
from app.infrastructure.db.tables.inventory import stock_levels
from app.infrastructure.db.tables.reservations import stock_reservations
from app.infrastructure.db.tables.sales import sale_lines, sales

_held, _level, _sale, _line = stock_reservations.c, stock_levels.c, sales.c, sale_lines.c
_ZERO = literal(0, BigInteger)
_LIVE = _held.released_at.is_(None)


def _plain(column: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _levels() -> Select[Any]:
    """Set what a level says is reserved beside the sum of what is."""
    parts = union_all(
        select(
            _held.product_id,
            _held.location_id,
            _plain(_held.remaining).label("kept"),
            _ZERO.label("said"),
        ).where(_LIVE),
        select(_level.product_id, _level.location_id, _ZERO, _plain(_level.reserved)),
    ).subquery("parts")
    kept, said = func.sum(parts.c.kept), func.sum(parts.c.said)
    return (
        select(
            parts.c.product_id,
            parts.c.location_id,
            kept.label("expected"),
            said.label("found"),
        )
        .group_by(parts.c.product_id, parts.c.location_id)
        .having(kept != said)
    )


def _beyond_what_lies_there() -> Select[Any]:
    reserved, on_hand = _plain(_level.reserved), _plain(_level.on_hand)
    return select(
        _level.product_id,
        _level.location_id,
        on_hand.label("expected"),
        reserved.label("found"),
    ).where(reserved != 0, or_(reserved < 0, reserved > on_hand))


def _of_finished_sales() -> Select[Any]:
    """Find what is kept for a sale that is no order any more."""
    return (
        select(
            _held.id.label("reservation_id"),
            _held.sale_id,
            _ZERO.label("expected"),
            _plain(_held.remaining).label("found"),
        )
        .join_from(stock_reservations, sales, _sale.id == _held.sale_id)
        .where(_LIVE, _sale.status != SaleStatus.CONFIRMED.value)
    )


def _beyond_lines() -> Select[Any]:
    """Find what is kept for a line beyond what it still has to get, or in the wrong place."""
    rest = _plain(_line.quantity) - _plain(_line.fulfilled)
    return (
        select(
            _held.id.label("reservation_id"),
            _held.line_id,
            func.coalesce(rest, 0).label("expected"),
            _plain(_held.remaining).label("found"),
        )
        .join_from(stock_reservations, sales, _sale.id == _held.sale_id)
        .join(
            sale_lines,
            and_(
                _line.id == _held.line_id,
                _line.sale_id == _held.sale_id,
                _line.product_id == _held.product_id,
            ),
            isouter=True,
        )
        .where(
            _LIVE,
            or_(
                _line.id.is_(None),
                _plain(_held.remaining) > rest,
                _sale.location_id != _held.location_id,
            ),
        )
    )


RESERVATION_CHECKS = (
    Check(
        "stock_reserved",
        "What a place keeps is the sum of its reservations that are not released.",
        _levels(),
        quantity,
    ),
    Check(
        "stock_reserved_on_hand",
        "No place keeps more than lies there, or less than nothing.",
        _beyond_what_lies_there(),
        quantity,
    ),
    Check(
        "reservations_of_finished_sales",
        "Nothing is kept for a sale that is not confirmed.",
        _of_finished_sales(),
        quantity,
    ),
    Check(
        "reservations_of_lines",
        "A line has no more kept for it than it still has to get, and at the place of its sale.",
        _beyond_lines(),
        quantity,
    ),
)
