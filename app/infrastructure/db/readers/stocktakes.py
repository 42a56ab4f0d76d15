"""Read side of counts: the list, one head, its rows by SKU, and all that was counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    case,
    exists,
    false,
    func,
    not_,
    select,
    type_coerce,
)

from app.application.common.paging import Page, PageRequest
from app.application.inventory.stocktakes import (
    LineFilter,
    StocktakeEntry,
    StocktakeFilter,
    StocktakeLine,
    StocktakeView,
)
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ProductId, StocktakeId
from app.domain.common.money import Money
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Delta
from app.domain.inventory.locations import ADJUSTMENT_ID
from app.domain.inventory.movement import DocumentKind
from app.domain.inventory.stocktake import Totals
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.stocktake_rows import (
    read_stocktake,
    read_totals,
    stocktake_of,
    totals_of,
)
from app.infrastructure.db.tables.inventory import locations, stock_movements
from app.infrastructure.db.tables.shop import shop
from app.infrastructure.db.tables.stocktakes import (
    stocktake_entries,
    stocktake_lines,
    stocktakes,
)

_head, _line, _entry = stocktakes.c, stocktake_lines.c, stocktake_entries.c
_moved = stock_movements.c
_HEADS = select(stocktakes, locations.c.code.label("location_code")).join(
    locations, locations.c.id == _head.location_id
)


def _moved_for_line(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Sum up what moved for a row, whenever it became known."""
    plain = type_coerce(column, BigInteger)
    signed = case((_moved.source_id == ADJUSTMENT_ID, plain), else_=-plain)
    return (
        select(func.coalesce(func.sum(signed), 0))
        .where(
            _moved.document_kind == DocumentKind.STOCKTAKE.value,
            _moved.document_id == _line.stocktake_id,
            _moved.line_id == _line.product_id,
        )
        .scalar_subquery()
    )


_LINES = select(
    stocktake_lines,
    case((_line.posted_at.is_not(None), _moved_for_line(_moved.quantity))).label("now"),
    case((_line.posted_at.is_not(None), _moved_for_line(_moved.value_minor))).label("value_minor"),
    select(shop.c.currency).scalar_subquery().label("currency"),
)


class SqlStocktakeReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def stocktake(self, identifier: StocktakeId) -> StocktakeView:
        async with self._reads.snapshot() as connection:
            found = await connection.execute(_HEADS.where(_head.id == identifier))
            row = found.mappings().one_or_none()
            if row is None:
                raise NotFound.of(StocktakeId.kind, identifier)
            totals = read_totals((await connection.execute(totals_of(identifier))).one())
        return _view(row, totals)

    async def stocktakes(self, where: StocktakeFilter, *, page: PageRequest) -> Page[StocktakeView]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                _HEADS.where(*_conditions(where)),
                (_head.opened_at, _head.id),
                page,
                make=lambda row: _view(row, Totals()),
                descending=True,
            )

    async def lines(
        self, identifier: StocktakeId, where: LineFilter, *, page: PageRequest
    ) -> Page[StocktakeLine]:
        query = _LINES.where(_line.stocktake_id == identifier, *_line_conditions(where))
        async with self._reads.snapshot() as connection:
            if (await connection.execute(stocktake_of(identifier))).one_or_none() is None:
                raise NotFound.of(StocktakeId.kind, identifier)
            order = (_line.sku_key, _line.product_id)
            return await read_page(connection, query, order, page, make=_read_line)

    async def entries(
        self, identifier: StocktakeId, *, product_id: ProductId | None, page: PageRequest
    ) -> Page[StocktakeEntry]:
        query = (
            select(stocktake_entries, _line.sku)
            .join(
                stocktake_lines,
                (_line.stocktake_id == _entry.stocktake_id)
                & (_line.product_id == _entry.product_id),
            )
            .where(_entry.stocktake_id == identifier)
        )
        if product_id is not None:
            query = query.where(_entry.product_id == product_id)
        async with self._reads.snapshot() as connection:
            if (await connection.execute(stocktake_of(identifier))).one_or_none() is None:
                raise NotFound.of(StocktakeId.kind, identifier)
            return await read_page(connection, query, (_entry.id,), page, make=_read_entry)


def _conditions(where: StocktakeFilter) -> Iterator[ColumnElement[bool]]:
    if where.status is not None:
        yield _head.status == where.status.value
    if where.location_id is not None:
        yield _head.location_id == where.location_id
    if where.number is not None:
        yield from _numbered(where.number)
    if where.product_id is not None:
        yield exists().where(_line.stocktake_id == _head.id, _line.product_id == where.product_id)
    if where.since is not None:
        yield _head.opened_at >= where.since
    if where.until is not None:
        yield _head.opened_at < where.until


def _numbered(text: str) -> Iterator[ColumnElement[bool]]:
    number = DocumentNumber.read(text)
    if number is None:
        yield false()
        return
    yield _head.series == number.series
    yield _head.year == number.year
    yield _head.sequence == number.sequence


def _line_conditions(where: LineFilter) -> Iterator[ColumnElement[bool]]:
    if where.counted is not None:
        counted = _line.counted_at.is_not(None)
        yield counted if where.counted else not_(counted)
    if where.differing is not None:
        differing = func.coalesce(_line.variance, 0) != 0
        yield differing if where.differing else not_(differing)
    if where.disputed is not None:
        yield _line.disputed if where.disputed else not_(_line.disputed)


def _view(row: Mapping[str, Any] | RowMapping, totals: Totals) -> StocktakeView:
    return StocktakeView(
        stocktake=read_stocktake(row), location_code=row["location_code"], totals=totals
    )


def _read_line(row: Mapping[str, Any]) -> StocktakeLine:
    value = row["value_minor"]
    return StocktakeLine(
        product_id=row["product_id"],
        sku=row["sku"],
        name=row["name"],
        unit_code=row["unit_code"],
        expected=row["expected"],
        found=row["found"],
        counted=row["counted"],
        counted_at=row["counted_at"],
        counted_by=row["counted_by"],
        unit_cost=row["unit_cost_micros"],
        disputed=row["disputed"],
        book=_delta(row["book"]),
        variance=_delta(row["variance"]),
        variance_now=_delta(row["now"]),
        value=None if value is None else Money(int(value), row["currency"]),
    )


def _read_entry(row: Mapping[str, Any]) -> StocktakeEntry:
    return StocktakeEntry(
        id=row["id"],
        product_id=row["product_id"],
        sku=row["sku"],
        client_id=row["client_id"],
        counted=row["counted"],
        counted_at=row["counted_at"],
        user_id=row["user_id"],
        recorded_at=row["recorded_at"],
    )


def _delta(value: Any) -> Delta | None:
    return None if value is None else Delta(int(value))
