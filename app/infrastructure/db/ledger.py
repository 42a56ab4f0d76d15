"""The stock ledger in SQL: the only code that changes levels, valuations and movements.

A posting takes the same few statements whatever the number of its lines. Locks are taken in one
order by everybody: a document's header before it comes here, then levels by product and location,
with the reservations of their places, then valuations by product, and the document's counter last;
so two postings never wait for each other in a circle. A header is never locked from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.domain.common.events import DomainEvent
from app.domain.common.identifiers import IdSource, MovementId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.claims import Balance, Claims
from app.domain.inventory.counting import (
    Books,
    Counting,
    Settled,
    check_expected,
    posting_of,
    settle,
)
from app.domain.inventory.locations import is_owned
from app.domain.inventory.movement import Move, Movement, Posting
from app.domain.inventory.plan import (
    InvalidMove,
    Place,
    Valued,
    changes,
    check_moves,
    check_transit,
    draw_shortfall,
    shortages,
    value_moves,
    without_average,
)
from app.domain.inventory.stock import InsufficientStock
from app.domain.inventory.stocktake import restated
from app.domain.inventory.valuation import Holding
from app.infrastructure.db.counted import absorbing, mark, since
from app.infrastructure.db.levels import (
    GUARD,
    LevelChange,
    change_levels,
    driver_key,
    open_levels,
    read_levels,
    row_lock,
)
from app.infrastructure.db.movement_rows import movement_row
from app.infrastructure.db.reservation_rows import lapsed_and_own, newest_first, write_changes
from app.infrastructure.db.rowsets import RowSet
from app.infrastructure.db.tables.inventory import stock_movements

_PRODUCTS = RowSet("asked", (("product_id", "uuid"),))
_HOLDINGS = RowSet(
    "asked", (("product_id", "uuid"), ("quantity", "bigint"), ("value_minor", "bigint"))
)

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


def _unheard(_event: DomainEvent) -> None:
    """Let an event pass of which nobody wants to know."""


class SqlStockLedger:
    GUARD = GUARD

    def __init__(
        self,
        session: AsyncSession,
        *,
        ids: IdSource,
        publish: Callable[[DomainEvent], None] = _unheard,
    ) -> None:
        self._session = session
        self._ids = ids
        self._publish = publish

    async def post(self, posting: Posting) -> list[Movement]:
        """Apply a document's moves and return the movements written, in the order of the moves.

        With `oversell` a move may become two: from its source, and from the discrepancy location.
        """
        check_moves(posting.moves)
        check_transit(posting)
        await self._session.flush()
        connection = await self._session.connection()

        own, *late = await self._move_levels(connection, posting)
        movements = await self._write(connection, [own, *late])
        self._tell(late)
        return movements[: len(own.moves)]

    async def count(self, counting: Counting) -> list[Settled]:
        """Let the books say what was counted; returns what each fact came to, in their order.

        Of places of which a later count is posted only the past changes. Raises `LevelChanged`.
        """
        await self._session.flush()
        connection = await self._session.connection()
        places = sorted({(fact.product_id, counting.location_id) for fact in counting.facts})

        await open_levels(connection, places)
        balances = await read_levels(connection, places, lock=True)
        books = await _books(connection, counting, balances)
        settled = [settle(*each) for each in zip(counting.facts, books, strict=True)]
        check_expected(settled, books)
        late = await self._superseded(connection, counting, settled)
        postings = [*(posting_of(one, counting) for one in settled), *late]

        wanted = changes(move for posting in postings for move in posting.moves)
        claims = await self._claims(counting.head, wanted, balances)
        await self._change_levels(connection, counting.head, wanted, claims)
        await self._write(connection, postings)
        await mark(connection, counting.location_id, counting.facts)
        self._tell(late)
        return settled

    async def appraise(self, counting: Counting) -> list[Settled]:
        """Return what the facts would come to now; a product may stand in several of them."""
        await self._session.flush()
        connection = await self._session.connection()
        places = sorted({(fact.product_id, counting.location_id) for fact in counting.facts})
        if not places:
            return []
        balances = await read_levels(connection, places, lock=False)
        books = await _books(connection, counting, balances)
        return [settle(*each) for each in zip(counting.facts, books, strict=True)]

    async def post_outside(self, postings: Sequence[Posting]) -> list[Movement]:
        """Write down what moved between places that are not the shop's, in the order of the moves.

        No level and no valuation changes. The same statements for any number of documents.
        """
        told = [(posting, move) for posting in postings for move in posting.moves]
        if not told:
            return []
        moves = [move for _, move in told]
        check_moves(moves)
        if changes(moves):
            raise InvalidMove("Goods of the shop move by a posting of their own.")
        await self._session.flush()
        valued = await self._move_value(await self._session.connection(), moves)
        movements = [
            self._movement(posting, one) for (posting, _), one in zip(told, valued, strict=True)
        ]
        await self._session.execute(
            insert(stock_movements), [movement_row(movement) for movement in movements]
        )
        return movements

    async def around(
        self, changed: Mapping[Place, int], *, occurred_at: datetime
    ) -> dict[Place, tuple[Quantity, Quantity]]:
        """Return what places held before changes that this transaction posted, and hold now.

        A place that was counted since then is as it was. Places never used are left out.
        """
        if not changed:
            return {}
        levels = await read_levels(await self._session.connection(), sorted(changed), lock=False)
        found = {}
        for place, level in levels.items():
            absorbed = level.counted_since(occurred_at, also_at=True)
            before = level.on_hand - (0 if absorbed else changed[place])
            found[place] = (Quantity(before), Quantity(level.on_hand))
        return found

    async def open(self, places: Iterable[Place]) -> None:
        """Let places have a level, of nothing where there was none yet."""
        await open_levels(await self._session.connection(), sorted(places))

    async def _move_levels(self, connection: AsyncConnection, posting: Posting) -> list[Posting]:
        """Return the posting as it was applied, and what takes it out of counts if it is late."""
        wanted = changes(posting.moves)
        if not wanted:
            return [posting]
        # What is sold beyond the books is sold there as well: a count must not overlook it.
        opened = [place for place, change in wanted.items() if change > 0 or posting.oversell]
        if opened:
            await open_levels(connection, opened)
        balances = await read_levels(connection, list(wanted), lock=True)
        claims = await self._claims(posting, wanted, balances)
        absorbed = await self._absorbed(connection, posting, wanted, balances)
        wanted = changes(move for each in (posting, *absorbed) for move in each.moves)
        if posting.oversell:
            short = shortages(wanted, _within_reach(posting, claims))
            posting = replace(posting, moves=tuple(draw_shortfall(posting.moves, short)))
            wanted = changes(move for each in (posting, *absorbed) for move in each.moves)
        await self._change_levels(connection, posting, wanted, claims)
        return [posting, *absorbed]

    async def _change_levels(
        self,
        connection: AsyncConnection,
        posting: Posting,
        wanted: Mapping[Place, int],
        claims: Claims,
    ) -> None:
        if posting.overrides_reservations and (lacking := claims.lacking(wanted)):
            claims.shrink(lacking, await newest_first(self._session, lacking))
        changed = {
            place: LevelChange(wanted.get(place, 0), -claims.given_up[place])
            for place in sorted({*wanted, *claims.given_up})
        }
        if changed and not await change_levels(connection, changed, guard=self.GUARD):
            raise InsufficientStock(shortages(wanted, _within_reach(posting, claims)))
        await write_changes(self._session, claims.changes, at=posting.recorded_at)
        for event in claims.shrunk:
            self._publish(event)

    async def _absorbed(
        self,
        connection: AsyncConnection,
        posting: Posting,
        wanted: Mapping[Place, int],
        balances: Mapping[Place, Balance],
    ) -> list[Posting]:
        """Return what a late posting changes in counts; asked for only if it is late."""
        late = {
            place: (posting.occurred_at, wanted[place])
            for place, balance in balances.items()
            if balance.counted_since(posting.occurred_at, also_at=True)
        }
        if not late:
            return []
        return await absorbing(
            connection, late, user_id=posting.user_id, recorded_at=posting.recorded_at
        )

    async def _superseded(
        self, connection: AsyncConnection, counting: Counting, settled: Sequence[Settled]
    ) -> list[Posting]:
        """Return what counts of later instants give back of what these facts change."""
        late = {
            (one.fact.product_id, counting.location_id): (one.fact.counted_at, one.shelf)
            for one in settled
            if one.superseded and one.shelf
        }
        if not late:
            return []
        return await absorbing(
            connection,
            late,
            strictly=True,
            user_id=counting.user_id,
            recorded_at=counting.recorded_at,
        )

    async def _write(
        self, connection: AsyncConnection, postings: Sequence[Posting]
    ) -> list[Movement]:
        """Give the moves their values and write them down, in their order."""
        moves = [move for posting in postings for move in posting.moves]
        of = [posting for posting in postings for _ in posting.moves]
        valued = await self._move_value(connection, moves)
        movements = [self._movement(*each) for each in zip(of, valued, strict=True)]
        if movements:
            await self._session.execute(
                insert(stock_movements), [movement_row(movement) for movement in movements]
            )
        return movements

    def _tell(self, late: Sequence[Posting]) -> None:
        for event in restated(late):
            self._publish(event)

    async def _claims(
        self, posting: Posting, wanted: Mapping[Place, int], balances: Mapping[Place, Balance]
    ) -> Claims:
        """Return what is kept where goods are taken; asked for only if anything is."""
        kept = [place for place, balance in balances.items() if balance.reserved]
        taken = {place for place in kept if wanted.get(place, 0) < 0}
        own = posting.document_id if posting.consumes_reservations else None
        lapsed, mine = await lapsed_and_own(
            self._session, taken, now=posting.recorded_at, own=own if taken else None
        )
        claims = Claims(balances, lapsed)
        claims.consume(posting.moves, [held for held in mine if held.place in taken])
        return claims

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
            generation=posting.generation if move.generation is None else move.generation,
            reverses=move.reverses,
            user_id=posting.user_id,
            occurred_at=posting.occurred_at,
            recorded_at=posting.recorded_at,
        )


_EMPTY = Balance(on_hand=0, reserved=0)


async def _books(
    connection: AsyncConnection, counting: Counting, balances: Mapping[Place, Balance]
) -> list[Books]:
    """Return what the books say of the place of each fact, in their order."""
    known = await since(connection, counting.location_id, counting.facts)
    books = []
    for fact, (moved, drawn, value) in zip(counting.facts, known, strict=True):
        balance = balances.get((fact.product_id, counting.location_id), _EMPTY)
        books.append(
            Books(
                on_hand=balance.on_hand,
                drawn=drawn,
                drawn_value=value,
                since=moved,
                superseded=balance.counted_since(fact.counted_at),
            )
        )
    return books


def _within_reach(posting: Posting, claims: Claims) -> Mapping[Place, Quantity]:
    """Return what the posting may take of each place."""
    return claims.on_hand if posting.overrides_reservations else claims.free


async def _holdings(
    connection: AsyncConnection, products: Sequence[ProductId]
) -> dict[ProductId, Holding]:
    query = _VALUATIONS + row_lock(connection, "valuation")
    found = await _PRODUCTS.execute(connection, query, [(p,) for p in products])
    by_key = {driver_key(connection, p): p for p in products}
    return {by_key[key]: Holding(Quantity(held), value) for key, held, value in found}


async def _last_costs(
    connection: AsyncConnection, products: Sequence[ProductId]
) -> dict[ProductId, Holding]:
    """Return at what cost products moved last, or else what the catalog says they cost."""
    found = await _PRODUCTS.execute(connection, _LAST_COSTS, [(p,) for p in products])
    by_key = {driver_key(connection, p): p for p in products}
    costs = {}
    for key, cost_micros, currency, quantity, value_minor in found:
        if quantity is not None:
            costs[by_key[key]] = Holding(Quantity(quantity), value_minor)
        elif cost_micros is not None:
            costs[by_key[key]] = Holding.at_cost(UnitPrice(cost_micros), currency=currency)
    return costs
