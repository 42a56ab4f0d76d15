"""Write side of reservations: the same few statements for one line and for five hundred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, insert, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.common.errors import NotFound
from app.domain.common.identifiers import LineId, ReservationId, SaleId
from app.domain.common.quantity import Quantity
from app.domain.inventory.claims import Change, Claims, Held
from app.domain.inventory.plan import Place, shortages
from app.domain.inventory.reservation import ReleaseReason, Reservation
from app.domain.inventory.stock import InsufficientStock
from app.infrastructure.db.levels import GUARD, LevelChange, change_levels, read_levels
from app.infrastructure.db.reservation_rows import (
    lapsed_and_own,
    reservation_of,
    reservation_row,
    write_changes,
)
from app.infrastructure.db.tables.reservations import stock_reservations

_row = stock_reservations.c
_RESIZE = (
    update(stock_reservations)
    .where(_row.id == bindparam("reservation"))
    .values(
        quantity=type_coerce(_row.quantity, BigInteger) + bindparam("more", type_=BigInteger),
        remaining=type_coerce(_row.remaining, BigInteger) + bindparam("more", type_=BigInteger),
        expires_at=bindparam("until", type_=_row.expires_at.type),
    )
)


class SqlReservationRepository:
    GUARD = GUARD

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep(
        self,
        wanted: Sequence[Reservation],
        *,
        at: datetime,
        of_sale: SaleId | None = None,
        besides: Iterable[Place] = (),
    ) -> None:
        places = sorted({*(one.place for one in wanted), *besides})
        if not places:
            return
        connection = await self._session.connection()
        balances = await read_levels(connection, places, lock=True)
        kept = {place for place, balance in balances.items() if balance.reserved}
        lapsed, own = await lapsed_and_own(
            self._session, kept, now=at, own=of_sale if kept else None
        )
        claims = Claims(balances, lapsed)
        plan = _Plan(wanted, own)

        changed = {
            place: LevelChange(reserved=plan.more[place] - claims.given_up[place])
            for place in places
            if plan.more[place] != claims.given_up[place]
        }
        if changed and not await change_levels(connection, changed, guard=self.GUARD):
            within_reach = {
                place: Quantity(free.thousandths + plan.before[place])
                for place, free in claims.free.items()
            }
            asked = {place: -plan.asked[place] for place in places}
            raise InsufficientStock(shortages(asked, within_reach))
        await write_changes(self._session, [*claims.changes, *plan.released], at=at)
        await self._resize(plan)
        if plan.new:
            rows = [reservation_row(one) for one in plan.new]
            await self._session.execute(insert(stock_reservations), rows)

    async def get(self, identifier: ReservationId) -> Reservation:
        query = select(stock_reservations).where(_row.id == identifier)
        found = (await self._session.execute(query)).mappings().one_or_none()
        if found is None:
            raise NotFound.of(ReservationId.kind, identifier)
        connection = await self._session.connection()
        await read_levels(connection, [reservation_of(found).place], lock=True)
        # Only now it stays as it is: whoever changes it holds the level.
        return reservation_of((await self._session.execute(query)).mappings().one())

    async def release(self, reservation: Reservation, *, at: datetime) -> Reservation:
        connection = await self._session.connection()
        less = LevelChange(reserved=-reservation.remaining.thousandths)
        await change_levels(connection, {reservation.place: less}, guard=self.GUARD)
        change = _released(reservation.id, reservation.remaining.thousandths)
        await write_changes(self._session, [change], at=at)
        return replace(reservation, released_at=at, released_why=ReleaseReason.RELEASED)

    async def extend(self, reservation: Reservation, *, expires_at: datetime | None) -> Reservation:
        await self._session.execute(
            update(stock_reservations)
            .where(_row.id == reservation.id)
            .values(expires_at=expires_at)
        )
        return replace(reservation, expires_at=expires_at)

    async def _resize(self, plan: _Plan) -> None:
        rows = [
            {"reservation": held.id, "more": more, "until": until}
            for held, more, until in plan.resized
        ]
        if rows:
            await (await self._session.connection()).execute(_RESIZE, rows)


class _Plan:
    """How what is kept becomes what is wanted: what is new, grows, shrinks or is let go."""

    def __init__(self, wanted: Sequence[Reservation], own: Collection[Held]) -> None:
        self.asked: Counter[Place] = Counter()
        self.before: Counter[Place] = Counter()
        self.new: list[Reservation] = []
        self.resized: list[tuple[Held, int, datetime | None]] = []
        self.released: list[Change] = []
        for held in own:
            self.before[held.place] += held.remaining
        left: dict[LineId | None, Held] = {held.line_id: held for held in own}
        for one in wanted:
            self.asked[one.place] += one.remaining.thousandths
            held_now = left.get(one.line_id)
            if held_now is None or held_now.place != one.place:
                self.new.append(one)
                continue
            del left[one.line_id]
            more = one.remaining.thousandths - held_now.remaining
            self.resized.append((held_now, more, one.expires_at))
        self.released = [_released(held.id, held.remaining) for held in left.values()]

    @property
    def more(self) -> Counter[Place]:
        """Return by how much more, or less, places keep for the one who asks."""
        more = Counter(self.asked)
        more.subtract(self.before)
        return more


def _released(identifier: ReservationId, remaining: int) -> Change:
    return Change(id=identifier, remaining=remaining, why=ReleaseReason.RELEASED)
