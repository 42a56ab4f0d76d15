"""Reservations as rows and back, and what both postings and reservations ask of them.

Only who holds the level of a place may change the reservations there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.common.identifiers import DocumentId
from app.domain.common.quantity import Quantity
from app.domain.inventory.claims import Change, Held
from app.domain.inventory.plan import Place
from app.domain.inventory.reservation import ReleaseReason, Reservation
from app.infrastructure.db.tables.reservations import stock_reservations
from app.infrastructure.db.types import UtcDateTime

NOW = "kept_at"
_row = stock_reservations.c
_HELD = select(
    _row.id, _row.product_id, _row.location_id, _row.remaining, _row.line_id, _row.sale_id
).where(_row.released_at.is_(None))
_CHANGE = (
    update(stock_reservations)
    .where(_row.id == bindparam("reservation"))
    .values(
        remaining=bindparam("left"),
        released_at=bindparam("ended_at", type_=_row.released_at.type),
        released_why=bindparam("ended_why"),
    )
)


def kept(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Sum what reservations keep, as a value of the row that the conditions name.

    What is past its time is kept no longer, written down or not; statements are given `NOW`.
    """
    total = func.coalesce(func.sum(type_coerce(_row.remaining, BigInteger)), 0)
    unexpired = or_(_row.expires_at.is_(None), _row.expires_at > bindparam(NOW, type_=UtcDateTime))
    query = select(cast(total, BigInteger)).where(_row.released_at.is_(None), unexpired)
    return query.where(*conditions).scalar_subquery()


async def lapsed_and_own(
    session: AsyncSession,
    places: Collection[Place],
    *,
    now: datetime,
    own: DocumentId | None,
) -> tuple[list[Held], list[Held]]:
    """Return what ran out of time at locked places, and what else a sale of one's own keeps.

    What the sale itself let run out is among what lapsed: it is nobody's any more.
    """
    over = _row.expires_at <= now
    lapsed = and_(over, _at(places)) if places else None
    mine = None if own is None else _row.sale_id == own
    wanted = [condition for condition in (lapsed, mine) if condition is not None]
    if not wanted:
        return [], []
    rows = await session.execute(
        _HELD.add_columns(func.coalesce(over, False).label("over")).where(or_(*wanted))
    )
    over_rows: list[Held] = []
    own_rows: list[Held] = []
    for row in rows.mappings():
        (over_rows if row["over"] and _place(row) in places else own_rows).append(_held(row))
    return over_rows, own_rows


async def newest_first(session: AsyncSession, places: Collection[Place]) -> list[Held]:
    """Return all that is kept at locked places, what was reserved last first."""
    rows = await session.execute(_HELD.where(_at(places)).order_by(_row.id.desc()))
    return [_held(row) for row in rows.mappings()]


async def write_changes(session: AsyncSession, changes: Iterable[Change], *, at: datetime) -> None:
    rows = [
        {
            "reservation": change.id,
            "left": Quantity(change.remaining),
            "ended_at": None if change.why is None else at,
            "ended_why": None if change.why is None else change.why.value,
        }
        for change in changes
    ]
    if rows:
        connection = await session.connection()
        await connection.execute(_CHANGE, rows)


def reservation_of(row: Mapping[Any, Any]) -> Reservation:
    why = row["released_why"]
    return Reservation(
        id=row["id"],
        product_id=row["product_id"],
        location_id=row["location_id"],
        quantity=row["quantity"],
        remaining=row["remaining"],
        created_at=row["created_at"],
        user_id=row["user_id"],
        reference=row["reference"],
        sale_id=row["sale_id"],
        line_id=row["line_id"],
        expires_at=row["expires_at"],
        released_at=row["released_at"],
        released_why=None if why is None else ReleaseReason(why),
    )


def reservation_row(reservation: Reservation) -> dict[str, Any]:
    why = reservation.released_why
    return {
        "id": reservation.id,
        "product_id": reservation.product_id,
        "location_id": reservation.location_id,
        "quantity": reservation.quantity,
        "remaining": reservation.remaining,
        "created_at": reservation.created_at,
        "user_id": reservation.user_id,
        "reference": reservation.reference,
        "sale_id": reservation.sale_id,
        "line_id": reservation.line_id,
        "expires_at": reservation.expires_at,
        "released_at": reservation.released_at,
        "released_why": None if why is None else why.value,
    }


def _at(places: Collection[Place]) -> ColumnElement[bool]:
    return tuple_(_row.product_id, _row.location_id).in_(
        tuple_(*place, types=[_row.product_id.type, _row.location_id.type])
        for place in sorted(places)
    )


def _place(row: Mapping[Any, Any]) -> Place:
    return row["product_id"], row["location_id"]


def _held(row: Mapping[Any, Any]) -> Held:
    return Held(
        id=row["id"],
        product_id=row["product_id"],
        location_id=row["location_id"],
        remaining=row["remaining"].thousandths,
        line_id=row["line_id"],
        sale_id=row["sale_id"],
    )
