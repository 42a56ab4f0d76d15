"""Write side of products and their barcodes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import delete, exists, func, insert, literal, select, table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import column

from app.application.catalog.ports import BarcodeOwner, References
from app.domain.catalog.barcode import Barcode, code_key
from app.domain.catalog.product import Product
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import CategoryId, FamilyId, ProductId, TaxRateId, UnitId
from app.infrastructure.db.barcodes import barcodes_column, read_codes
from app.infrastructure.db.tables.catalog import (
    categories,
    product_barcodes,
    product_families,
    products,
)
from app.infrastructure.db.tables.shop import shop, tax_rates, units
from app.infrastructure.db.types import UlidType

_movements = table("stock_movements", column("product_id", UlidType(ProductId)))


class SqlProductRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: ProductId) -> Product:
        found = await self._session.execute(
            select(Product, barcodes_column).where(products.c.id == identifier)
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound.of(ProductId.kind, identifier)
        product: Product = row[0]
        product.barcodes = tuple(Barcode(code, code_key(code)) for code in read_codes(row[1]))
        return product

    async def add(self, product: Product) -> None:
        self._session.add(product)
        if product.barcodes:
            await self._session.flush()
            await self._insert_barcodes(product)

    async def replace_barcodes(self, product: Product) -> None:
        await self._session.execute(
            delete(product_barcodes).where(product_barcodes.c.product_id == product.id)
        )
        if product.barcodes:
            await self._insert_barcodes(product)

    async def _insert_barcodes(self, product: Product) -> None:
        await self._session.execute(
            insert(product_barcodes),
            [
                {
                    "code_key": barcode.key,
                    "code": barcode.code,
                    "product_id": product.id,
                    "position": position,
                }
                for position, barcode in enumerate(product.barcodes)
            ],
        )

    async def barcode_owners(
        self, keys: Collection[str], *, besides: ProductId
    ) -> Mapping[str, BarcodeOwner]:
        found = await self._session.execute(
            select(product_barcodes.c.code_key, products.c.id, products.c.sku)
            .join(products, products.c.id == product_barcodes.c.product_id)
            .where(product_barcodes.c.code_key.in_(keys), products.c.id != besides)
        )
        return {key: BarcodeOwner(identifier, sku) for key, identifier, sku in found}

    async def references(
        self,
        *,
        unit_id: UnitId,
        tax_rate_id: TaxRateId | None,
        category_id: CategoryId | None,
        family_id: FamilyId | None,
    ) -> References:
        wanted_rate = func.coalesce(
            literal(tax_rate_id, UlidType(TaxRateId)), shop.c.default_tax_rate_id
        )
        decimals = select(units.c.decimals).where(units.c.id == unit_id).scalar_subquery()
        active = select(tax_rates.c.active).where(tax_rates.c.id == wanted_rate)
        category = exists().where(categories.c.id == category_id)
        family = exists().where(product_families.c.id == family_id)
        found = await self._session.execute(
            select(
                shop.c.currency,
                decimals,
                wanted_rate,
                active.correlate(shop).scalar_subquery(),
                category,
                family,
            )
        )
        currency, unit_decimals, rate_id, rate_active, category_exists, family_exists = found.one()
        return References(
            currency=currency,
            unit_decimals=unit_decimals,
            tax_rate_id=rate_id,
            tax_rate_active=rate_active,
            category_exists=category_exists,
            family_exists=family_exists,
        )

    async def has_movements(self, identifier: ProductId) -> bool:
        # A movement's foreign key shares the product's row: postings under way end first, later
        # ones wait for this transaction. SQLite has one writer anyway.
        await self._session.execute(
            select(products.c.id).where(products.c.id == identifier).with_for_update()
        )
        found = await self._session.scalar(
            select(exists().where(_movements.c.product_id == identifier))
        )
        return bool(found)
