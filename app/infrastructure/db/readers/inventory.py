"""Read side of locations, levels and stock documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    cast,
    func,
    literal,
    select,
    text,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.paging import Page, PageRequest
from app.application.inventory.queries import (
    Level,
    LevelFilter,
    LocationView,
    ProductStock,
    ProductStockView,
    StockDocumentItem,
)
from app.domain.common.clock import Clock
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import DocumentId, LocationId, ProductId
from app.domain.common.money import Money
from app.domain.common.quantity import Quantity
from app.domain.inventory.document import StockDocument
from app.domain.inventory.movement import DocumentKind
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.reservation_rows import NOW, kept
from app.infrastructure.db.stock_document_rows import (
    read_document,
    read_number,
    read_particulars,
)
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.inventory import (
    locations,
    product_valuations,
    stock_document_lines,
    stock_documents,
    stock_levels,
)
from app.infrastructure.db.tables.purchases import purchase_lines, purchases
from app.infrastructure.db.tables.reservations import stock_reservations
from app.infrastructure.db.tables.shop import shop
from app.infrastructure.db.types import QuantityType

_kept_there = type_coerce(
    kept(
        stock_reservations.c.product_id == stock_levels.c.product_id,
        stock_reservations.c.location_id == stock_levels.c.location_id,
    ),
    QuantityType,
)
_NONE = literal(Quantity(0), QuantityType)
# Written out, not bound: only so the partial index answers.
_expected = (
    select(func.sum(type_coerce(purchase_lines.c.outstanding, BigInteger)))
    .where(text("purchase_lines.outstanding > 0"))
    .correlate(products, stock_levels)
)


def _incoming(expected: Select[Any]) -> ColumnElement[Quantity]:
    total = cast(func.coalesce(expected.scalar_subquery(), 0), BigInteger)
    return type_coerce(total, QuantityType).label("incoming")


_LEVELS = (
    select(
        stock_levels.c.product_id,
        products.c.sku,
        products.c.name,
        stock_levels.c.location_id,
        locations.c.code.label("location_code"),
        stock_levels.c.on_hand,
        _kept_there.label("reserved"),
        locations.c.counts_as_available,
        _incoming(
            _expected.join_from(
                purchase_lines, purchases, purchases.c.id == purchase_lines.c.purchase_id
            ).where(
                purchase_lines.c.product_id == stock_levels.c.product_id,
                purchases.c.location_id == stock_levels.c.location_id,
            )
        ),
    )
    .join(products, products.c.id == stock_levels.c.product_id)
    .join(locations, locations.c.id == stock_levels.c.location_id)
)
_LEVEL_KEY = (stock_levels.c.product_id, stock_levels.c.location_id)
_held = func.coalesce(product_valuations.c.quantity, _NONE)
# Few places do not count, so what lies there is summed and taken off, not the rest summed up.
_set_aside = (
    select(stock_levels.c.product_id, func.sum(stock_levels.c.on_hand).label("quantity"))
    .join(locations, locations.c.id == stock_levels.c.location_id)
    .where(~locations.c.counts_as_available)
    .group_by(stock_levels.c.product_id)
    .subquery("set_aside")
)
_kept = stock_reservations.c.product_id == products.c.id
_for_sale = stock_reservations.c.location_id.not_in(
    select(locations.c.id).where(~locations.c.counts_as_available)
)
_available = type_coerce(
    cast(
        type_coerce(_held, BigInteger)
        - func.coalesce(type_coerce(_set_aside.c.quantity, BigInteger), 0)
        - kept(_kept, _for_sale),
        BigInteger,
    ),
    QuantityType,
)
_STOCK = (
    select(
        products.c.id.label("product_id"),
        products.c.sku,
        products.c.name,
        _held.label("on_hand"),
        type_coerce(kept(_kept), QuantityType).label("reserved"),
        _available.label("available"),
        _incoming(_expected.where(purchase_lines.c.product_id == products.c.id)),
        func.coalesce(product_valuations.c.value_minor, 0).label("value_minor"),
        select(shop.c.currency).scalar_subquery().label("currency"),
        products.c.reorder_point,
        products.c.reorder_quantity,
    )
    .join(product_valuations, product_valuations.c.product_id == products.c.id, isouter=True)
    .join(_set_aside, _set_aside.c.product_id == products.c.id, isouter=True)
    .where(products.c.tracks_stock)
)


class SqlInventoryReader:
    def __init__(self, reads: Reads, *, clock: Clock) -> None:
        self._reads = reads
        self._clock = clock

    async def location(self, identifier: LocationId) -> LocationView:
        async with self._reads.connection() as connection:
            found = await connection.execute(select(locations).where(locations.c.id == identifier))
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(LocationId.kind, identifier)
        return LocationView(**row)

    async def locations(
        self, page: PageRequest, *, active: bool | None, parent_id: LocationId | None
    ) -> Page[LocationView]:
        query = select(locations)
        if active is not None:
            query = query.where(locations.c.active == active)
        if parent_id is not None:
            query = query.where(locations.c.parent_id == parent_id)
        async with self._reads.connection() as connection:
            return await read_page(
                connection, query, [locations.c.code], page, make=lambda row: LocationView(**row)
            )

    async def levels(self, where: LevelFilter, *, page: PageRequest) -> Page[Level]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                self._now(_LEVELS.where(*_conditions(where))),
                _LEVEL_KEY,
                page,
                make=lambda row: Level(**row),
            )

    async def stock(self, page: PageRequest, *, low: bool) -> Page[ProductStock]:
        query = _STOCK
        if low:
            # Said for the sake of the partial index: the comparison alone does not tell it.
            reordered = products.c.reorder_point.is_not(None)
            query = query.where(reordered, _available <= products.c.reorder_point)
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                self._now(query),
                [products.c.sku_key],
                page,
                make=lambda row: ProductStock(**_with_value(row)),
            )

    async def product_stock(self, identifier: ProductId) -> ProductStockView:
        async with self._reads.snapshot() as connection:
            found = await connection.execute(self._now(_STOCK.where(products.c.id == identifier)))
            at_product = _LEVELS.where(stock_levels.c.product_id == identifier)
            levels = await connection.execute(self._now(at_product.order_by(*_LEVEL_KEY)))
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(ProductId.kind, identifier)
        at = tuple(Level(**level) for level in levels.mappings())
        return ProductStockView(**_with_value(row), levels=at)

    def _now(self, query: Select[Any]) -> Select[Any]:
        return query.params({NOW: self._clock.now()})

    async def document(self, kind: DocumentKind, identifier: DocumentId) -> StockDocument:
        async with self._reads.snapshot() as connection:
            return await _document(connection, kind, identifier)

    async def documents(self, kind: DocumentKind, *, page: PageRequest) -> Page[StockDocumentItem]:
        columns = stock_documents.c
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                select(stock_documents).where(columns.kind == kind.value),
                (columns.recorded_at, columns.id),
                page,
                make=_document_item,
                descending=True,
            )


def _conditions(where: LevelFilter) -> Iterator[ColumnElement[bool]]:
    if where.product_id is not None:
        yield stock_levels.c.product_id == where.product_id
    if where.location_id is not None and where.with_descendants:
        yield stock_levels.c.location_id.in_(_branch(where.location_id))
    elif where.location_id is not None:
        yield stock_levels.c.location_id == where.location_id
    if where.in_stock is not None:
        held = stock_levels.c.on_hand > Quantity(0)
        yield held if where.in_stock else ~held


def _branch(location_id: LocationId) -> Select[Any]:
    """Select the location and all that lies below it."""
    columns = locations.c
    branch = select(columns.id).where(columns.id == location_id).cte("branch", recursive=True)
    branch = branch.union_all(select(columns.id).where(columns.parent_id == branch.c.id))
    return select(branch.c.id)


def _with_value(row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    values = dict(row)
    values["value"] = Money(values.pop("value_minor"), values.pop("currency"))
    return values


async def _document(
    connection: AsyncConnection, kind: DocumentKind, identifier: DocumentId
) -> StockDocument:
    columns = stock_documents.c
    found = await connection.execute(
        select(stock_documents).where(columns.id == identifier, columns.kind == kind.value)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound.of(kind.value.replace("_", " "), identifier)
    lines = await connection.execute(
        select(stock_document_lines)
        .where(stock_document_lines.c.document_id == identifier)
        .order_by(stock_document_lines.c.position)
    )
    return read_document(row, lines.mappings())


def _document_item(row: Mapping[str, Any]) -> StockDocumentItem:
    return StockDocumentItem(
        id=row["id"],
        kind=DocumentKind(row["kind"]),
        number=read_number(row),
        location_id=row["location_id"],
        particulars=read_particulars(row),
        user_id=row["user_id"],
        recorded_at=row["recorded_at"],
    )
