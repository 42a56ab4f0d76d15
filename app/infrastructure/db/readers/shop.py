"""Read side of the shop, its tax rates and units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, select

from app.application.common.paging import Page, PageRequest
from app.application.shop.queries import ShopView, TaxRateView, UnitView
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import TaxRateId, Ulid, UnitId
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.shop import shop, tax_rates, units


class SqlShopReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def shop(self) -> ShopView:
        async with self._reads.connection() as connection:
            found = await connection.execute(select(shop))
        return ShopView(**found.mappings().one())

    async def tax_rate(self, identifier: TaxRateId) -> TaxRateView:
        return TaxRateView(**await self._one(tax_rates, identifier))

    async def tax_rates(self, page: PageRequest) -> Page[TaxRateView]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                select(tax_rates),
                [tax_rates.c.code],
                page,
                make=lambda row: TaxRateView(**row),
            )

    async def unit(self, identifier: UnitId) -> UnitView:
        return UnitView(**await self._one(units, identifier))

    async def units(self, page: PageRequest) -> Page[UnitView]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                select(units),
                [units.c.code],
                page,
                make=lambda row: UnitView(**row),
            )

    async def _one(self, table: Table, identifier: Ulid) -> Mapping[str, Any]:
        async with self._reads.connection() as connection:
            found = await connection.execute(select(table).where(table.c.id == identifier))
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(identifier.kind, identifier)
        return dict(row)
