"""Read side of reservations, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_, select

from app.application.common.paging import Page, PageRequest
from app.application.inventory.queries import ReservationFilter, ReservationView
from app.domain.common.clock import Clock
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ReservationId
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.reservation_rows import reservation_of
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.reservations import stock_reservations

_row = stock_reservations.c
_ALL = select(stock_reservations, products.c.sku).join(products, products.c.id == _row.product_id)


class SqlReservationReader:
    def __init__(self, reads: Reads, *, clock: Clock) -> None:
        self._reads = reads
        self._clock = clock

    async def reservation(self, identifier: ReservationId) -> ReservationView:
        async with self._reads.connection() as connection:
            found = await connection.execute(_ALL.where(_row.id == identifier))
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(ReservationId.kind, identifier)
        return self._view(row)

    async def reservations(
        self, where: ReservationFilter, *, page: PageRequest
    ) -> Page[ReservationView]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                _ALL.where(*self._conditions(where)),
                [_row.id],
                page,
                make=self._view,
                descending=True,
            )

    def _conditions(self, where: ReservationFilter) -> Iterator[ColumnElement[bool]]:
        if where.product_id is not None:
            yield _row.product_id == where.product_id
        if where.location_id is not None:
            yield _row.location_id == where.location_id
        if where.sale_id is not None:
            yield _row.sale_id == where.sale_id
        if where.reference is not None:
            yield _row.reference == where.reference
        if where.held is not None:
            held = and_(
                _row.released_at.is_(None),
                or_(_row.expires_at.is_(None), _row.expires_at > self._clock.now()),
            )
            yield held if where.held else not_(held)

    def _view(self, row: Mapping[Any, Any]) -> ReservationView:
        return ReservationView(
            reservation=reservation_of(row), sku=row["sku"], as_of=self._clock.now()
        )
