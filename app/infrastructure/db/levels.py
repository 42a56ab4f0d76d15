"""Rows of levels: opened, locked and changed by those who post and those who reserve.

Levels are locked by product and location, by everybody, so that nobody waits in a circle; and the
reservations of a place are changed only by who holds its level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.common.identifiers import Ulid
from app.domain.inventory.claims import Balance
from app.domain.inventory.plan import Place
from app.infrastructure.db.rowsets import RowSet

_PLACES = RowSet("asked", (("product_id", "uuid"), ("location_id", "uuid")))
_CHANGES = RowSet("asked", (*_PLACES.columns, ("change", "bigint"), ("keeping", "bigint")))

# Two first receipts at once: the second waits here for the first and then finds the row.
_OPEN = """
    {rows} INSERT INTO stock_levels (product_id, location_id, on_hand)
    SELECT product_id, location_id, 0 FROM asked WHERE true ORDER BY product_id, location_id
    ON CONFLICT DO NOTHING
"""
_READ = """
    {rows} SELECT level.product_id, level.location_id,
        level.on_hand, level.reserved, level.counted_at
    FROM asked JOIN stock_levels AS level
    ON level.product_id = asked.product_id AND level.location_id = asked.location_id
    ORDER BY level.product_id, level.location_id
"""
_CHANGE = """
    {rows} UPDATE stock_levels SET on_hand = stock_levels.on_hand + asked.change,
    reserved = stock_levels.reserved + asked.keeping
    FROM asked
    WHERE stock_levels.product_id = asked.product_id
    AND stock_levels.location_id = asked.location_id
    AND (%s)
    RETURNING stock_levels.product_id
"""
# All or nothing: what one place lacks keeps every place as it is.
GUARD = """
    NOT EXISTS (
        SELECT 1 FROM asked AS wanted LEFT JOIN stock_levels AS held
        ON held.product_id = wanted.product_id AND held.location_id = wanted.location_id
        WHERE COALESCE(held.on_hand, 0) + wanted.change
            < COALESCE(held.reserved, 0) + wanted.keeping
    )
"""


@dataclass(frozen=True, slots=True)
class LevelChange:
    """By how much a place changes: what lies there, and what of it is kept."""

    on_hand: int = 0
    reserved: int = 0


async def open_levels(connection: AsyncConnection, places: Sequence[Place]) -> None:
    """Make the rows that are missing, with nothing in them."""
    await _PLACES.execute(connection, _OPEN, places)


async def read_levels(
    connection: AsyncConnection, places: Sequence[Place], *, lock: bool
) -> dict[Place, Balance]:
    """Return the levels there are; locked, they are as the last one who held them left them."""
    query = _READ + (row_lock(connection, "level") if lock else "")
    found = await _PLACES.execute(connection, query, sorted(places))
    by_key = {tuple(driver_key(connection, part) for part in place): place for place in places}
    return {
        by_key[product, location]: Balance(on_hand, reserved, moment_of(counted_at))
        for product, location, on_hand, reserved, counted_at in found
    }


async def change_levels(
    connection: AsyncConnection, changes: Mapping[Place, LevelChange], *, guard: str = GUARD
) -> bool:
    """Change all the levels, or none and return False."""
    moved = await _CHANGES.execute(
        connection,
        _CHANGE % guard,
        [(*place, change.on_hand, change.reserved) for place, change in changes.items()],
    )
    return len(moved) == len(changes)


def row_lock(connection: AsyncConnection, alias: str) -> str:
    # SQLite has one writer, who began IMMEDIATE.
    return f"FOR NO KEY UPDATE OF {alias}" if connection.dialect.name == "postgresql" else ""


def moment_of(value: Any) -> datetime | None:
    """Return an instant as the driver gives it; SQLite keeps a text without a zone."""
    if value is None:
        return None
    instant: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def driver_key(connection: AsyncConnection, identifier: Ulid) -> object:
    """Return the identifier as the driver gives it back."""
    return identifier if connection.dialect.name == "postgresql" else identifier.bytes
