"""Products that files name, and the stock that the books were opened with, by the chunk."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.imports.goods import KnownProduct
from app.application.imports.openings.ports import KnownLocation, Opened
from app.domain.common.identifiers import LocationId, ProductId
from app.domain.inventory.locations import OPENING_ID, LocationKind
from app.domain.inventory.movement import MovementKind
from app.domain.inventory.plan import Place
from app.infrastructure.db.goods import held_products
from app.infrastructure.db.tables.catalog import product_barcodes, products
from app.infrastructure.db.tables.inventory import locations, stock_movements
from app.infrastructure.db.tables.shop import units


class SqlGoodsStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_sku(self, keys: Collection[str]) -> dict[str, KnownProduct]:
        if not keys:
            return {}
        held = held_products(products.c.sku_key.in_(keys))
        query = select(
            held.c.id, held.c.sku, held.c.sku_key, units.c.decimals.label("unit_decimals")
        ).join_from(held, units, units.c.id == held.c.unit_id)
        found = (await self._session.execute(query)).mappings()
        return {row["sku_key"]: KnownProduct(**row) for row in found}

    async def by_barcode(self, keys: Collection[str]) -> dict[str, KnownProduct]:
        if not keys:
            return {}
        codes = product_barcodes.c
        named = await self._session.execute(
            select(codes.code_key, products.c.sku_key)
            .join_from(product_barcodes, products, products.c.id == codes.product_id)
            .where(codes.code_key.in_(keys))
        )
        sku_keys = {row.code_key: row.sku_key for row in named}
        known = await self.by_sku(set(sku_keys.values()))
        return {code: known[sku_key] for code, sku_key in sku_keys.items() if sku_key in known}


class SqlOpeningImportStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def locations(self, codes: Collection[str]) -> Mapping[str, KnownLocation]:
        found = await self._session.execute(
            select(locations)
            .where(locations.c.code.in_(codes))
            .order_by(locations.c.id)
            .with_for_update(read=True, key_share=True)
        )
        return {
            row.code: KnownLocation(
                id=row.id,
                code=row.code,
                holds_goods=row.kind == LocationKind.STOCK,
                sells=row.kind == LocationKind.STOCK and row.counts_as_available,
                active=row.active,
            )
            for row in found
        }

    async def opened(
        self, products: Collection[ProductId], locations: Collection[LocationId]
    ) -> Mapping[Place, Opened]:
        movement = stock_movements.c
        found = await self._session.execute(
            select(
                movement.product_id,
                movement.target_id,
                func.sum(type_coerce(movement.quantity, BigInteger)),
                func.sum(movement.value_minor),
            )
            .where(
                movement.product_id.in_(sorted(products)),
                movement.target_id.in_(sorted(locations)),
                movement.source_id == OPENING_ID,
                movement.kind == MovementKind.OPENING.value,
            )
            .group_by(movement.product_id, movement.target_id)
        )
        return {
            (product, location): Opened(thousandths=int(quantity), value_minor=int(value))
            for product, location, quantity, value in found
        }
