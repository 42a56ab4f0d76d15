"""Write side of counts: set-based, the same few statements for 1 row and for 10,000."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.application.inventory.stocktakes import AskedStocktake, CountedLine, Entry
from app.domain.common.errors import NotFound, UnknownReference, VersionConflict
from app.domain.common.identifiers import (
    CategoryId,
    IdSource,
    LineId,
    LocationId,
    ProductId,
    SaleId,
    StocktakeId,
    UserId,
)
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.inventory.counting import Fact, Settled
from app.domain.inventory.stocktake import Stocktake, Totals
from app.infrastructure.db.counted import DRAWN
from app.infrastructure.db.counted import literal as discrepancy
from app.infrastructure.db.goods import held_products
from app.infrastructure.db.readers.product_filters import branch
from app.infrastructure.db.rowsets import RowSet
from app.infrastructure.db.stocktake_rows import (
    read_stocktake,
    read_totals,
    stocktake_of,
    stocktake_row,
    totals_of,
)
from app.infrastructure.db.tables.catalog import categories, products
from app.infrastructure.db.tables.inventory import stock_levels
from app.infrastructure.db.tables.sales import sale_lines, sales
from app.infrastructure.db.tables.shop import units
from app.infrastructure.db.tables.stocktakes import (
    stocktake_entries,
    stocktake_lines,
    stocktakes,
)
from app.infrastructure.db.types import QuantityType, UlidType

_line, _entry = stocktake_lines.c, stocktake_entries.c
_STEP = ("status", "reviewed_at", "closed_at", "close_reason")
_NUMBER = ("status", "reviewed_at", "series", "year", "sequence", "posted_at", "posted_by")
_HOLD = (
    update(stocktake_lines)
    .where(
        _line.stocktake_id == bindparam("of"),
        _line.product_id == bindparam("product"),
        or_(_line.counted_at.is_(None), _line.counted_at <= bindparam("instant")),
    )
    .values(
        counted=bindparam("counted_"),
        counted_at=bindparam("instant"),
        counted_by=bindparam("by"),
        unit_cost_micros=bindparam("cost"),
        disputed=False,
        book=None,
        variance=None,
    )
)
_SETTLED = RowSet(
    "asked",
    (
        ("stocktake_id", "uuid"),
        ("product_id", "uuid"),
        ("book", "bigint"),
        ("variance", "bigint"),
        ("disputed", "bool"),
        ("posted_at", "timestamptz"),
    ),
)
_SETTLE = """
    {rows} UPDATE stocktake_lines
    SET book = asked.book, variance = asked.variance, disputed = asked.disputed,
        posted_at = asked.posted_at
    FROM asked
    WHERE stocktake_lines.stocktake_id = asked.stocktake_id
    AND stocktake_lines.product_id = asked.product_id
"""
_AT = RowSet("asked", (("location_id", "uuid"),))
# A sale is cleared once nothing is drawn any more of what it drew, at its place.
_CLEAR = """
    {rows} UPDATE sales SET needs_attention = false, version = version + 1
    FROM asked
    WHERE sales.location_id = asked.location_id AND sales.needs_attention
    AND EXISTS (
        SELECT 1 FROM stock_movements AS moved
        WHERE moved.document_kind = 'sale' AND moved.document_id = sales.id
        AND moved.source_id = {discrepancy}
    )
    AND NOT EXISTS (
        SELECT 1 FROM stock_movements AS moved
        JOIN (
            SELECT drawn.product_id FROM ({drawn}) AS drawn JOIN asked AS place
            ON place.location_id = drawn.location_id
            GROUP BY drawn.product_id HAVING SUM(drawn.quantity) <> 0
        ) AS short ON short.product_id = moved.product_id
        WHERE moved.document_kind = 'sale' AND moved.document_id = sales.id
        AND moved.source_id = {discrepancy}
    )
    RETURNING sales.id, sales.series, sales.year, sales.sequence
"""


class SqlStocktakeRepository:
    def __init__(self, session: AsyncSession, *, ids: IdSource) -> None:
        self._session = session
        self._ids = ids

    async def open(self, stocktake: Stocktake, asked: AskedStocktake) -> None:
        if asked.category_id is not None:
            known = exists().where(categories.c.id == asked.category_id)
            if not await self._session.scalar(select(known)):
                raise UnknownReference.of("category_id", CategoryId.kind, asked.category_id)
        await self._session.execute(insert(stocktakes), stocktake_row(stocktake))
        await self._add_lines(stocktake, _in_scope(asked), found=False)

    async def get(self, identifier: StocktakeId) -> Stocktake:
        found = await self._session.execute(
            stocktake_of(identifier).with_for_update(key_share=True)
        )
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(StocktakeId.kind, identifier)
        return read_stocktake(row)

    async def totals(self, identifier: StocktakeId) -> Totals:
        return read_totals((await self._session.execute(totals_of(identifier))).one())

    async def known(
        self, identifier: StocktakeId, client_ids: Collection[str]
    ) -> Mapping[str, Entry]:
        query = select(stocktake_entries).where(
            _entry.stocktake_id == identifier, _entry.client_id.in_(sorted(client_ids))
        )
        found = (await self._session.execute(query)).mappings()
        return {row["client_id"]: _read_entry(row) for row in found}

    async def record(
        self, stocktake: Stocktake, entries: Sequence[Entry], *, at: datetime
    ) -> Mapping[str, tuple[Quantity | None, Quantity | None]]:
        counted = {entry.product_id for entry in entries}
        there = exists().where(
            _line.stocktake_id == stocktake.id, _line.product_id == products.c.id
        )
        await self._add_lines(stocktake, and_(products.c.id.in_(sorted(counted)), ~there))
        before = await self._held(stocktake.id, counted)
        rows = [_entry_row(self._ids.new(LineId), stocktake.id, one, at=at) for one in entries]
        await self._session.execute(insert(stocktake_entries), rows)
        await self._session.execute(
            _HOLD,
            [
                {
                    "of": stocktake.id,
                    "product": entry.product_id,
                    "instant": entry.counted_at,
                    "counted_": entry.counted,
                    "by": entry.user_id,
                    "cost": entry.unit_cost,
                }
                for entry in entries
            ],
        )
        after = await self._held(stocktake.id, counted)
        return {sku: (before[sku], now) for sku, now in after.items() if before[sku] != now}

    async def count_rest_as_none(
        self, stocktake: Stocktake, *, user_id: UserId | None, at: datetime
    ) -> None:
        rest = await self._session.scalars(
            select(_line.product_id).where(
                _line.stocktake_id == stocktake.id, _line.counted_at.is_(None)
            )
        )
        entries = [
            Entry(
                product_id=product,
                counted=Quantity(0),
                counted_at=at,
                unit_cost=None,
                client_id=None,
                user_id=user_id,
            )
            for product in rest.all()
        ]
        if entries:
            await self.record(stocktake, entries, at=at)

    async def lines(self, identifier: StocktakeId) -> Sequence[CountedLine]:
        mine = select(_line.product_id).where(
            _line.stocktake_id == identifier, _line.counted_at.is_not(None)
        )
        held = held_products(products.c.id.in_(mine))
        query = (
            select(
                _line.sku,
                _line.product_id,
                _line.counted,
                _line.counted_at,
                _line.unit_cost_micros,
                and_(held.c.tracks_stock, units.c.code == _line.unit_code).label("still_fits"),
            )
            .join_from(stocktake_lines, held, held.c.id == _line.product_id)
            .join(units, units.c.id == held.c.unit_id)
            .where(_line.stocktake_id == identifier, _line.counted_at.is_not(None))
            .order_by(_line.product_id)
        )
        return [
            CountedLine(
                sku=sku,
                fact=Fact(
                    product_id=product, counted=counted, counted_at=counted_at, unit_cost=cost
                ),
                still_fits=bool(still_fits),
            )
            for sku, product, counted, counted_at, cost, still_fits in (
                await self._session.execute(query)
            )
        ]

    async def told_twice(self, identifier: StocktakeId) -> Sequence[Entry]:
        several = (
            select(_entry.product_id)
            .where(_entry.stocktake_id == identifier)
            .group_by(_entry.product_id)
            .having(func.count(_entry.user_id.distinct()) > 1)
        )
        query = (
            select(stocktake_entries)
            .where(_entry.stocktake_id == identifier, _entry.product_id.in_(several))
            .order_by(_entry.counted_at, _entry.id)
        )
        found = (await self._session.execute(query)).mappings()
        last = {(row["product_id"], row["user_id"]): _read_entry(row) for row in found}
        return list(last.values())

    async def save_review(
        self, stocktake: Stocktake, settled: Sequence[Settled], disputed: Collection[ProductId]
    ) -> None:
        await self._settle(stocktake, settled, disputed=disputed)
        await self._update(stocktake, _STEP)

    async def save_step(self, stocktake: Stocktake) -> None:
        await self._update(stocktake, _STEP)

    async def save_posted(self, stocktake: Stocktake, settled: Sequence[Settled]) -> None:
        # Rows first: once the head says posted, the database keeps them as they are.
        query = select(_line.product_id).where(_line.stocktake_id == stocktake.id, _line.disputed)
        disputed = set((await self._session.scalars(query)).all())
        await self._settle(stocktake, settled, disputed=disputed, posted_at=stocktake.posted_at)
        await self._update(stocktake, _NUMBER)

    async def hold_short_sales(self, location_id: LocationId) -> int:
        query = (
            select(sales.c.id)
            .where(sales.c.needs_attention, sales.c.location_id == location_id)
            .order_by(sales.c.id)
            .with_for_update(key_share=True)
        )
        return len((await self._session.scalars(query)).all())

    async def clear_short_sales(
        self, location_id: LocationId
    ) -> Mapping[SaleId, DocumentNumber | None]:
        connection = await self._session.connection()
        place = discrepancy(connection)
        sql = _CLEAR.replace("{drawn}", DRAWN).replace("{discrepancy}", place)
        cleared = await _AT.execute(connection, sql, [(location_id,)])
        return {
            _sale_id(identifier): None if series is None else DocumentNumber(series, year, number)
            for identifier, series, year, number in cleared
        }

    async def _add_lines(
        self, stocktake: Stocktake, chosen: ColumnElement[bool], *, found: bool = True
    ) -> None:
        query: Select[Any] = (
            select(
                literal(stocktake.id, UlidType(StocktakeId)),
                products.c.id,
                literal(stocktake.location_id, UlidType(LocationId)),
                products.c.sku,
                products.c.sku_key,
                products.c.name,
                units.c.code,
                func.coalesce(stock_levels.c.on_hand, literal(Quantity(0), QuantityType)),
                true() if found else false(),
                false(),
            )
            .join(units, units.c.id == products.c.unit_id)
            .outerjoin(
                stock_levels,
                and_(
                    stock_levels.c.product_id == products.c.id,
                    stock_levels.c.location_id == stocktake.location_id,
                ),
            )
            .where(products.c.tracks_stock, chosen)
        )
        names = ("stocktake_id", "product_id", "location_id", "sku", "sku_key", "name",
                 "unit_code", "expected", "found", "disputed")  # fmt: skip
        await self._session.execute(insert(stocktake_lines).from_select(names, query))

    async def _held(
        self, identifier: StocktakeId, wanted: Collection[ProductId]
    ) -> dict[str, Quantity | None]:
        query = select(_line.sku, _line.counted).where(
            _line.stocktake_id == identifier, _line.product_id.in_(sorted(wanted))
        )
        found = await self._session.execute(query)
        return {row.sku: row.counted for row in found}

    async def _settle(
        self,
        stocktake: Stocktake,
        settled: Sequence[Settled],
        *,
        disputed: Collection[ProductId],
        posted_at: datetime | None = None,
    ) -> None:
        connection: AsyncConnection = await self._session.connection()
        rows = [
            (
                stocktake.id,
                one.fact.product_id,
                one.book.thousandths,
                one.variance.thousandths,
                one.fact.product_id in disputed,
                posted_at,
            )
            for one in settled
        ]
        await _SETTLED.execute(connection, _SETTLE, rows)

    async def _update(self, stocktake: Stocktake, columns: tuple[str, ...]) -> None:
        before = stocktake.version
        stocktake.version += 1
        row = stocktake_row(stocktake)
        written = await self._session.scalar(
            update(stocktakes)
            .where(stocktakes.c.id == stocktake.id, stocktakes.c.version == before)
            .values({name: row[name] for name in (*columns, "version")})
            .returning(stocktakes.c.version)
        )
        if written is None:
            raise VersionConflict


def _in_scope(asked: AskedStocktake) -> ColumnElement[bool]:
    """Return what puts a product on the sheet: it was chosen, or is expected there."""
    if asked.products is not None:
        return products.c.id.in_(sorted(set(asked.products)))
    sold_short = (
        select(sale_lines.c.product_id)
        .join_from(sales, sale_lines, sale_lines.c.sale_id == sales.c.id)
        .where(sales.c.needs_attention, sales.c.location_id == asked.location_id)
    )
    expected = or_(stock_levels.c.on_hand > Quantity(0), products.c.id.in_(sold_short))
    if asked.category_id is None:
        return expected
    return and_(products.c.category_id.in_(branch(asked.category_id)), expected)


def _entry_row(
    identifier: LineId, of: StocktakeId, entry: Entry, *, at: datetime
) -> dict[str, Any]:
    return {
        "id": identifier,
        "stocktake_id": of,
        "product_id": entry.product_id,
        "client_id": entry.client_id,
        "counted": entry.counted,
        "counted_at": entry.counted_at,
        "unit_cost_micros": entry.unit_cost,
        "user_id": entry.user_id,
        "recorded_at": at,
    }


def _read_entry(row: Mapping[str, Any] | Any) -> Entry:
    return Entry(
        product_id=row["product_id"],
        counted=row["counted"],
        counted_at=row["counted_at"],
        unit_cost=row["unit_cost_micros"],
        client_id=row["client_id"],
        user_id=row["user_id"],
    )


def _sale_id(value: Any) -> SaleId:
    return SaleId(bytes=value) if isinstance(value, bytes) else SaleId(int=value.int)
