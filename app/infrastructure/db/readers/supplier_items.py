"""Read side of what suppliers sell."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.paging import Page, PageRequest
from app.application.parties.queries import SupplierItemView
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ProductId, SupplierId, SupplierItemId, Ulid
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.parties import supplier_items, suppliers

_items = supplier_items.c
_VIEW = (
    _items.id,
    _items.supplier_id,
    suppliers.c.code.label("supplier_code"),
    suppliers.c.name.label("supplier_name"),
    suppliers.c.active.label("supplier_active"),
    _items.product_id,
    products.c.sku.label("product_sku"),
    products.c.name.label("product_name"),
    _items.sku,
    _items.barcode,
    _items.pack_size,
    _items.cost_micros.label("cost"),
    suppliers.c.currency,
    _items.lead_time_days,
    _items.minimum_order,
    _items.over_receipt_ppm,
    _items.preferred,
    _items.version,
    _items.created_at,
    _items.updated_at,
)


class SqlSupplierItemReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def item(self, identifier: SupplierItemId, *, of: SupplierId) -> SupplierItemView:
        async with self._reads.connection() as connection:
            found = await connection.execute(
                _views().where(_items.id == identifier, _items.supplier_id == of)
            )
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(SupplierItemId.kind, identifier)
        return SupplierItemView(**row)

    async def items_of(self, supplier_id: SupplierId, page: PageRequest) -> Page[SupplierItemView]:
        async with self._reads.connection() as connection:
            found = await self._page(connection, _items.supplier_id == supplier_id, page)
            if not found.items:
                await _require(connection, suppliers, supplier_id)
            return found

    async def suppliers_of(
        self, product_id: ProductId, page: PageRequest
    ) -> Page[SupplierItemView]:
        async with self._reads.connection() as connection:
            found = await self._page(
                connection, _items.product_id == product_id, page, not_(_items.preferred)
            )
            if not found.items:
                await _require(connection, products, product_id)
            return found

    async def _page(
        self,
        connection: AsyncConnection,
        condition: ColumnElement[bool],
        page: PageRequest,
        *first: ColumnElement[Any],
    ) -> Page[SupplierItemView]:
        return await read_page(
            connection,
            _views().where(condition),
            (*first, _items.id),
            page,
            make=lambda row: SupplierItemView(**row),
        )


def _views() -> Select[Any]:
    return (
        select(*_VIEW)
        .join_from(supplier_items, suppliers, suppliers.c.id == _items.supplier_id)
        .join(products, products.c.id == _items.product_id)
    )


async def _require(connection: AsyncConnection, table: Table, identifier: Ulid) -> None:
    """Tell an empty list from one of nobody; asked only when a page is empty."""
    found = await connection.execute(select(table.c.id).where(table.c.id == identifier))
    if found.one_or_none() is None:
        raise NotFound.of(identifier.kind, identifier)
