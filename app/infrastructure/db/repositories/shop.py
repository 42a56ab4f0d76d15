"""Write side of the shop, its tax rates and units."""

from __future__ import annotations

from sqlalchemy import exists, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.common.errors import NotFound
from app.domain.common.identifiers import TaxRateId, UnitId
from app.domain.shop.shop import SHOP_ID, Shop
from app.domain.shop.tax_rate import TaxRate
from app.domain.shop.unit import Unit


class SqlShopRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self) -> Shop:
        return await self._session.get_one(Shop, SHOP_ID, with_for_update=True)

    async def freezes_currency(self) -> bool:
        if self._session.get_bind().dialect.name == "postgresql":
            # Waits for postings under way and holds back new ones: the first movement and a new
            # currency cannot pass each other. SQLite has one writer anyway.
            await self._session.execute(text("LOCK TABLE stock_movements IN SHARE MODE"))
        found = await self._session.scalar(select(exists().select_from(table("stock_movements"))))
        return bool(found)


class SqlTaxRateRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: TaxRateId) -> TaxRate:
        rate = await self.find(identifier)
        if rate is None:
            raise NotFound.of(TaxRateId.kind, identifier)
        return rate

    async def find(self, identifier: TaxRateId) -> TaxRate | None:
        return await self._session.get(TaxRate, identifier)

    def add(self, rate: TaxRate) -> None:
        self._session.add(rate)


class SqlUnitRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: UnitId) -> Unit:
        unit = await self._session.get(Unit, identifier)
        if unit is None:
            raise NotFound.of(UnitId.kind, identifier)
        return unit

    def add(self, unit: Unit) -> None:
        self._session.add(unit)
