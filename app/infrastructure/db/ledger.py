"""The stock ledger in SQL: the only code that changes levels, valuations and movements.

A posting takes the same few statements whatever the number of its lines. Locks are taken in one
order by everybody: levels by product and location, then valuations by product; so two postings
never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.domain.common.identifiers import IdSource, MovementId, ProductId, Ulid
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import is_owned
from app.domain.inventory.movement import Move, Movement, Posting
from app.domain.inventory.plan import (
    Place,
    Valued,
    changes,
    check_moves,
    draw_shortfall,
    shortages,
    value_moves,
    without_average,
)
from app.domain.inventory.stock import InsufficientStock
from app.domain.inventory.valuation import Holding
from app.infrastructure.db.movement_rows import movement_row
from app.infrastructure.db.rowsets import RowSet
from app.infrastructure.db.tables.inventory import stock_movements

_PLACES = RowSet("asked", (("product_id", "uuid"), ("location_id", "uuid")))
_CHANGES = RowSet("asked", (*_PLACES.columns, ("change", "bigint")))
_PRODUCTS = RowSet("asked", (("product_id", "uuid"),))
_HOLDINGS = RowSet(
    "asked", (("product_id", "uuid"), ("quantity", "bigint"), ("value_minor", "bigint"))
)

# Two first receipts at once: the second waits here for the first and then finds the row.
_OPEN_LEVELS = """
    {rows} INSERT INTO stock_levels (product_id, location_id, on_hand)
    SELECT product_id, location_id, 0 FROM asked WHERE true ORDER BY product_id, location_id
    ON CONFLICT DO NOTHING
"""
_LEVELS = """
    {rows} SELECT level.product_id, level.location_id, level.on_hand
    FROM asked JOIN stock_levels AS level
    ON level.product_id = asked.product_id AND level.location_id = asked.location_id
    ORDER BY level.product_id, level.location_id
"""
_MOVE_LEVELS = """
    {rows} UPDATE stock_levels SET on_hand = stock_levels.on_hand + asked.change
    FROM asked
    WHERE stock_levels.product_id = asked.product_id
    AND stock_levels.location_id = asked.location_id
    AND (%s)
    RETURNING stock_levels.product_id
"""
_OPEN_VALUATIONS = """
    {rows} INSERT INTO product_valuations (product_id, quantity, value_minor)
    SELECT product_id, 0, 0 FROM asked WHERE true ORDER BY product_id ON CONFLICT DO NOTHING
"""
_VALUATIONS = """
    {rows} SELECT valuation.product_id, valuation.quantity, valuation.value_minor
    FROM asked JOIN product_valuations AS valuation ON valuation.product_id = asked.product_id
    ORDER BY valuation.product_id
"""
_SET_VALUATIONS = """
    {rows} UPDATE product_valuations SET quantity = asked.quantity, value_minor = asked.value_minor
    FROM asked WHERE product_valuations.product_id = asked.product_id
"""
_LAST = (
    "(SELECT {column} FROM stock_movements AS movement WHERE movement.product_id = product.id "
    "ORDER BY recorded_at DESC, id DESC LIMIT 1)"
)
_LAST_COSTS = f"""
    {{rows}} SELECT product.id, product.cost_micros, (SELECT currency FROM shop),
    {_LAST.format(column="quantity")}, {_LAST.format(column="value_minor")}
    FROM asked JOIN products AS product ON product.id = asked.product_id
"""


class SqlStockLedger:
    # All or nothing: what one place lacks keeps every place as it is.
    GUARD = """
        NOT EXISTS (
            SELECT 1 FROM asked AS wanted LEFT JOIN stock_levels AS held
            ON held.product_id = wanted.product_id AND held.location_id = wanted.location_id
            WHERE COALESCE(held.on_hand, 0) + wanted.change < 0
        )
    """

    def __init__(self, session: AsyncSession, *, ids: IdSource) -> None:
        self._session = session
        self._ids = ids

    async def post(self, posting: Posting) -> list[Movement]:
        """Apply a document's moves and return the movements written, in the order of the moves.

        With `oversell` a move may become two: from its source, and from the discrepancy location.
        """
        check_moves(posting.moves)
        await self._session.flush()
        connection = await self._session.connection()

        moves = await self._move_levels(connection, posting)
        valued = await self._move_value(connection, moves)

        movements = [self._movement(posting, one) for one in valued]
        if movements:
            await self._session.execute(
                insert(stock_movements), [movement_row(movement) for movement in movements]
            )
        return movements

    async def on_hand(self, places: Iterable[Place]) -> dict[Place, Quantity]:
        """Return what places hold as this transaction sees it; nothing for those never used."""
        wanted = sorted(places)
        if not wanted:
            return {}
        return await _held(await self._session.connection(), wanted, lock="")

    async def _move_levels(self, connection: AsyncConnection, posting: Posting) -> Sequence[Move]:
        moves, wanted = posting.moves, changes(posting.moves)
        if not wanted:
            return moves
        incoming = [place for place, change in wanted.items() if change > 0]
        if incoming:
            await _PLACES.execute(connection, _OPEN_LEVELS, incoming)
        on_hand = await _held(connection, list(wanted), lock=_lock(connection, "level"))
        if posting.oversell:
            moves = tuple(draw_shortfall(moves, shortages(wanted, on_hand)))
            wanted = changes(moves)
        if wanted and not await self._guarded(connection, wanted):
            raise InsufficientStock(shortages(wanted, on_hand))
        return moves

    async def _guarded(self, connection: AsyncConnection, wanted: Mapping[Place, int]) -> bool:
        """Change all the levels, or none and return False."""
        moved = await _CHANGES.execute(
            connection,
            _MOVE_LEVELS % self.GUARD,
            [(product, location, change) for (product, location), change in wanted.items()],
        )
        return len(moved) == len(wanted)

    async def _move_value(self, connection: AsyncConnection, moves: Sequence[Move]) -> list[Valued]:
        products = sorted({move.product_id for move in moves})
        if not products:
            return []
        arriving = sorted({move.product_id for move in moves if is_owned(move.target)})
        if arriving:
            await _PRODUCTS.execute(connection, _OPEN_VALUATIONS, [(p,) for p in arriving])
        before = await _holdings(connection, products)
        costless = without_average(moves, before)
        last_costs = await _last_costs(connection, sorted(costless)) if costless else {}

        valued, after = value_moves(moves, before, last_costs=last_costs)

        changed = [
            (product, holding.quantity.thousandths, holding.value_minor)
            for product, holding in sorted(after.items())
            if before.get(product) != holding
        ]
        if changed:
            await _HOLDINGS.execute(connection, _SET_VALUATIONS, changed)
        return valued

    def _movement(self, posting: Posting, valued: Valued) -> Movement:
        move = valued.move
        return Movement(
            id=self._ids.new(MovementId),
            product_id=move.product_id,
            source=move.source,
            target=move.target,
            quantity=move.quantity,
            kind=move.kind,
            reason=move.reason,
            value_minor=valued.value_minor,
            document_kind=posting.document_kind,
            document_id=posting.document_id,
            line_id=move.line_id,
            generation=posting.generation,
            reverses=move.reverses,
            user_id=posting.user_id,
            occurred_at=posting.occurred_at,
            recorded_at=posting.recorded_at,
        )


def _lock(connection: AsyncConnection, alias: str) -> str:
    # SQLite has one writer, who began IMMEDIATE.
    return f"FOR NO KEY UPDATE OF {alias}" if connection.dialect.name == "postgresql" else ""


async def _held(
    connection: AsyncConnection, places: Sequence[Place], *, lock: str
) -> dict[Place, Quantity]:
    found = await _PLACES.execute(connection, _LEVELS + lock, places)
    by_key = {tuple(_key(connection, part) for part in place): place for place in places}
    return {by_key[product, location]: Quantity(held) for product, location, held in found}


async def _holdings(
    connection: AsyncConnection, products: Sequence[ProductId]
) -> dict[ProductId, Holding]:
    query = _VALUATIONS + _lock(connection, "valuation")
    found = await _PRODUCTS.execute(connection, query, [(p,) for p in products])
    by_key = {_key(connection, p): p for p in products}
    return {by_key[key]: Holding(Quantity(held), value) for key, held, value in found}


async def _last_costs(
    connection: AsyncConnection, products: Sequence[ProductId]
) -> dict[ProductId, Holding]:
    """Return at what cost products moved last, or else what the catalog says they cost."""
    found = await _PRODUCTS.execute(connection, _LAST_COSTS, [(p,) for p in products])
    by_key = {_key(connection, p): p for p in products}
    costs = {}
    for key, cost_micros, currency, quantity, value_minor in found:
        if quantity is not None:
            costs[by_key[key]] = Holding(Quantity(quantity), value_minor)
        elif cost_micros is not None:
            costs[by_key[key]] = Holding.at_cost(UnitPrice(cost_micros), currency=currency)
    return costs


def _key(connection: AsyncConnection, identifier: Ulid) -> object:
    return identifier if connection.dialect.name == "postgresql" else identifier.bytes
