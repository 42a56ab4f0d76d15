"""Read side of the catalog: product look-up and list, categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from app.application.catalog.queries import (
    CategoryView,
    ProductFilter,
    ProductItem,
    ProductSort,
    ProductView,
)
from app.application.common.paging import Page, PageRequest
from app.domain.catalog.barcode import code_key
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import CategoryId, ProductId
from app.domain.common.text import key
from app.infrastructure.db.barcodes import barcodes_column, read_codes
from app.infrastructure.db.pages import read_page, read_wide_page
from app.infrastructure.db.readers.product_filters import conditions, use_phrases
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.catalog import categories, product_barcodes, products
from app.infrastructure.db.tables.shop import shop

_CURRENCY = select(shop.c.currency).scalar_subquery().label("currency")
_ITEM: Sequence[ColumnElement[Any]] = (
    products.c.id,
    products.c.sku,
    products.c.name,
    products.c.category_id,
    products.c.family_id,
    products.c.unit_id,
    products.c.tax_rate_id,
    products.c.price_micros.label("price"),
    products.c.cost_micros.label("cost"),
    _CURRENCY,
    products.c.tracks_stock,
    products.c.active,
    barcodes_column,
    products.c.reorder_point,
    products.c.reorder_quantity,
    products.c.attributes,
    products.c.images,
    products.c.external_id,
    products.c.version,
    products.c.created_at,
    products.c.updated_at,
)
_VIEW = (*_ITEM, products.c.description)
_CATEGORY = (
    categories.c.id,
    categories.c.parent_id,
    categories.c.name,
    categories.c.slug,
    categories.c.path,
    categories.c.depth,
    categories.c.version,
)
# Each order has an index of just these columns. SKU keys are unique, so they need no tie-break.
ORDERS: Mapping[str, Sequence[ColumnElement[Any]]] = {
    "name": (products.c.name_folded, products.c.id),
    "sku": (products.c.sku_key,),
    "price": (products.c.price_micros, products.c.id),
    "created_at": (products.c.created_at, products.c.id),
    "updated_at": (products.c.updated_at, products.c.id),
}


class SqlCatalogReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def product(self, identifier: ProductId) -> ProductView:
        view = await self._view(select(*_VIEW).where(products.c.id == identifier))
        if view is None:
            raise NotFound.of(ProductId.kind, identifier)
        return view

    async def lookup(self, code: str) -> ProductView:
        view = await self._view(lookup_query(code))
        if view is None:
            raise NotFound(f"No product has the barcode or SKU {code}.", extra={"code": code})
        return view

    async def products(
        self, where: ProductFilter, *, sort: ProductSort, page: PageRequest
    ) -> Page[ProductItem]:
        async with self._reads.connection() as connection:
            return await read_wide_page(
                connection,
                keys_query(where, phrases=await use_phrases(where, connection)),
                ORDERS[sort.field],
                page,
                columns=_ITEM,
                source=products,
                make=lambda row: ProductItem(**_with_codes(row)),
                descending=sort.descending,
            )

    async def category(self, identifier: CategoryId) -> CategoryView:
        async with self._reads.connection() as connection:
            found = await connection.execute(
                select(*_CATEGORY).where(categories.c.id == identifier)
            )
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(CategoryId.kind, identifier)
        return CategoryView(**row)

    async def categories(self, page: PageRequest) -> Page[CategoryView]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                select(*_CATEGORY),
                [categories.c.path_key],
                page,
                make=lambda row: CategoryView(**row),
            )

    async def _view(self, query: Select[Any]) -> ProductView | None:
        async with self._reads.connection() as connection:
            found = await connection.execute(query)
        row = found.mappings().one_or_none()
        return None if row is None else ProductView(**_with_codes(row))


def lookup_query(code: str) -> Select[Any]:
    """Find by barcode, else by SKU: what a scanner reads is a barcode."""
    by_barcode = select(product_barcodes.c.product_id).where(
        product_barcodes.c.code_key == code_key(code)
    )
    other = products.alias("by_sku")
    by_sku = select(other.c.id).where(other.c.sku_key == key(code))
    return select(*_VIEW).where(
        products.c.id == func.coalesce(by_barcode.scalar_subquery(), by_sku.scalar_subquery())
    )


def keys_query(where: ProductFilter, *, phrases: bool) -> Select[Any]:
    """Find the ids of the products that meet the conditions."""
    return select(products.c.id).where(*conditions(where, phrases=phrases))


def _with_codes(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "barcodes": read_codes(row["barcodes"])}
