"""Read side of exports: products with the names of what they belong to, and their attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true

from app.application.catalog.exporting import ExportedProduct
from app.application.catalog.queries import ProductFilter
from app.application.common.paging import Page, PageRequest
from app.infrastructure.db.barcodes import barcodes_column, read_codes
from app.infrastructure.db.pages import read_wide_page
from app.infrastructure.db.readers.catalog import ORDERS, keys_query
from app.infrastructure.db.readers.product_filters import conditions, use_phrases
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.catalog import categories, product_families, products
from app.infrastructure.db.tables.shop import tax_rates, units


def _of_product(
    column: ColumnElement[Any], its: ColumnElement[Any], own: ColumnElement[Any], *, name: str
) -> ColumnElement[Any]:
    return select(column).where(its == own).correlate(products).scalar_subquery().label(name)


_COLUMNS: Sequence[ColumnElement[Any]] = (
    products.c.sku,
    products.c.name,
    products.c.description,
    _of_product(categories.c.path, categories.c.id, products.c.category_id, name="category"),
    *(
        _of_product(column, product_families.c.id, products.c.family_id, name=name)
        for name, column in (
            ("family", product_families.c.key),
            ("family_name", product_families.c.name),
            ("family_options", product_families.c.options),
            ("family_images", product_families.c.images),
        )
    ),
    _of_product(units.c.code, units.c.id, products.c.unit_id, name="unit"),
    _of_product(tax_rates.c.code, tax_rates.c.id, products.c.tax_rate_id, name="tax_rate"),
    products.c.price_micros.label("price"),
    products.c.cost_micros.label("cost"),
    products.c.tracks_stock,
    products.c.active,
    barcodes_column,
    products.c.reorder_point,
    products.c.reorder_quantity,
    products.c.external_id,
    products.c.attributes,
    products.c.images,
)


class SqlProductExportReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def attribute_names(self, where: ProductFilter) -> Sequence[str]:
        async with self._reads.connection() as connection:
            query = names_query(
                where,
                phrases=await use_phrases(where, connection),
                dialect=connection.dialect.name,
            )
            # The databases order letters differently.
            return sorted((await connection.execute(query)).scalars())

    async def products(self, where: ProductFilter, *, page: PageRequest) -> Page[ExportedProduct]:
        async with self._reads.connection() as connection:
            return await read_wide_page(
                connection,
                keys_query(where, phrases=await use_phrases(where, connection)),
                ORDERS["sku"],
                page,
                columns=_COLUMNS,
                source=products,
                make=_exported,
            )

    async def more_than(self, where: ProductFilter, number: int) -> bool:
        async with self._reads.connection() as connection:
            query = keys_query(where, phrases=await use_phrases(where, connection))
            return await connection.scalar(query.offset(number).limit(1)) is not None


def names_query(where: ProductFilter, *, phrases: bool, dialect: str) -> Select[Any]:
    """Find each attribute name of the products that meet the conditions."""
    unpack = func.jsonb_each if dialect == "postgresql" else func.json_each
    pairs = unpack(products.c.attributes).table_valued("key", "value")
    return (
        select(pairs.c.key)
        .distinct()
        .select_from(products)
        .join(pairs, true())
        .where(*conditions(where, phrases=phrases))
    )


def _exported(row: Mapping[str, Any]) -> ExportedProduct:
    return ExportedProduct(**{**row, "barcodes": read_codes(row["barcodes"])})
