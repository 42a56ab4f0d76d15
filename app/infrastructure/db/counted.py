"""What counts have to do with the ledger, in SQL: the books at an instant, and what came late.

The caller holds the levels of the places: whatever is read here stays so until it is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.common.identifiers import LocationId, ProductId, StocktakeId, UserId
from app.domain.inventory.counting import Absorbing, Fact
from app.domain.inventory.locations import DISCREPANCY_ID
from app.domain.inventory.movement import Posting
from app.domain.inventory.plan import Place
from app.infrastructure.db.levels import moment_of
from app.infrastructure.db.rowsets import RowSet

_ASKED = RowSet(
    "asked",
    (
        ("position", "bigint"),
        ("product_id", "uuid"),
        ("location_id", "uuid"),
        ("instant", "timestamptz"),
    ),
)
_COUNTED = RowSet(
    "asked", (("product_id", "uuid"), ("location_id", "uuid"), ("instant", "timestamptz"))
)

# What moved after an instant is little, however old the place is.
_SINCE = """
    {rows} SELECT asked.position, (
        SELECT COALESCE(SUM(
            CASE WHEN moved.target_id = asked.location_id THEN moved.quantity
            ELSE -moved.quantity END), 0)
        FROM stock_movements AS moved
        WHERE moved.product_id = asked.product_id AND moved.occurred_at > asked.instant
        AND (moved.source_id = asked.location_id OR moved.target_id = asked.location_id)
    )
    FROM asked
"""
# The discrepancy location is one for all places: the document says which of them it was about.
DRAWN = """
    SELECT drawn.product_id, COALESCE(sale.location_id, stocktake.location_id) AS location_id,
        drawn.quantity, drawn.value_minor, drawn.occurred_at
    FROM (
        SELECT product_id, document_kind, document_id, occurred_at,
            -quantity AS quantity, -value_minor AS value_minor
        FROM stock_movements WHERE source_id = {discrepancy}
        UNION ALL
        SELECT product_id, document_kind, document_id, occurred_at, quantity, value_minor
        FROM stock_movements WHERE target_id = {discrepancy}
    ) AS drawn
    LEFT JOIN sales AS sale
    ON drawn.document_kind = 'sale' AND sale.id = drawn.document_id
    LEFT JOIN stocktakes AS stocktake
    ON drawn.document_kind = 'stocktake' AND stocktake.id = drawn.document_id
"""
_DRAWN = """
    {rows} SELECT asked.position, SUM(drawn.quantity), SUM(drawn.value_minor),
        SUM(CASE WHEN drawn.occurred_at > asked.instant THEN drawn.quantity ELSE 0 END)
    FROM (%s) AS drawn JOIN asked
    ON asked.product_id = drawn.product_id AND asked.location_id = drawn.location_id
    GROUP BY asked.position
"""
# The first count that speaks about the instant or a later one; of one instant the last posted.
_ABSORBING = """
    {rows} SELECT line.product_id, line.location_id, line.stocktake_id, line.counted_at, (
        SELECT COALESCE(MAX(moved.generation), 0) + 1 FROM stock_movements AS moved
        WHERE moved.document_kind = 'stocktake' AND moved.document_id = line.stocktake_id
        AND moved.line_id = line.product_id
    )
    FROM asked JOIN stocktake_lines AS line
    ON line.product_id = asked.product_id AND line.location_id = asked.location_id
    AND line.posted_at IS NOT NULL AND line.counted_at >= asked.instant
    WHERE NOT EXISTS (
        SELECT 1 FROM stocktake_lines AS nearer
        WHERE nearer.product_id = asked.product_id AND nearer.location_id = asked.location_id
        AND nearer.posted_at IS NOT NULL AND nearer.counted_at >= asked.instant
        AND (nearer.counted_at < line.counted_at OR (
            nearer.counted_at = line.counted_at
            AND (nearer.posted_at > line.posted_at OR (
                nearer.posted_at = line.posted_at AND nearer.stocktake_id > line.stocktake_id))
        ))
    )
"""
_MARK = """
    {rows} UPDATE stock_levels SET counted_at = asked.instant FROM asked
    WHERE stock_levels.product_id = asked.product_id
    AND stock_levels.location_id = asked.location_id
    AND (stock_levels.counted_at IS NULL OR stock_levels.counted_at < asked.instant)
"""
_JUST_AFTER = timedelta(microseconds=1)


async def since(
    connection: AsyncConnection, location_id: LocationId, facts: Sequence[Fact]
) -> list[tuple[int, int, int]]:
    """Return of each fact what moved after its instant, and what is drawn, with its value."""
    asked = [
        (number, fact.product_id, location_id, fact.counted_at) for number, fact in enumerate(facts)
    ]
    moved = {row[0]: int(row[1]) for row in await _ASKED.execute(connection, _SINCE, asked)}
    sql = _DRAWN % DRAWN.replace("{discrepancy}", literal(connection))
    drawn = {row[0]: row[1:] for row in await _ASKED.execute(connection, sql, asked)}
    found = []
    for number in range(len(facts)):
        quantity, value, later = (int(each) for each in drawn.get(number, (0, 0, 0)))
        found.append((moved[number] + later, quantity, value))
    return found


async def absorbing(
    connection: AsyncConnection,
    late: Mapping[Place, tuple[datetime, int]],
    *,
    strictly: bool = False,
    user_id: UserId | None,
    recorded_at: datetime,
) -> list[Posting]:
    """Return what takes late changes of places out of the counts that speak about them.

    `strictly` leaves out counts of the very instant: the last one posted is what holds of it.
    """
    asked = [
        (product, location, instant + _JUST_AFTER if strictly else instant)
        for (product, location), (instant, _) in sorted(late.items())
    ]
    postings = []
    for row in await _COUNTED.execute(connection, _ABSORBING, asked):
        product, location, document = (_bytes(each) for each in row[:3])
        counted_at = moment_of(row[3]) or recorded_at
        count = Absorbing(
            document_id=StocktakeId(bytes=document),
            product_id=ProductId(bytes=product),
            location_id=LocationId(bytes=location),
            counted_at=counted_at,
            generation=row[4],
        )
        change = late[count.product_id, count.location_id][1]
        postings.append(count.posting(change, user_id=user_id, recorded_at=recorded_at))
    return postings


async def mark(connection: AsyncConnection, location_id: LocationId, facts: Sequence[Fact]) -> None:
    """Let each place say when it was counted last."""
    asked = [(fact.product_id, location_id, fact.counted_at) for fact in facts]
    await _COUNTED.execute(connection, _MARK, asked)


def literal(connection: AsyncConnection) -> str:
    """Return the discrepancy location as it is written in a statement."""
    if connection.dialect.name == "postgresql":
        return f"CAST('{DISCREPANCY_ID.hex}' AS uuid)"
    return f"X'{DISCREPANCY_ID.hex}'"


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else bytes(value.bytes)
