"""Write side of families."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.catalog.queries import Variants
from app.domain.catalog.family import Family
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import FamilyId
from app.infrastructure.db.family_variants import read_variants, variants_query
from app.infrastructure.db.tables.catalog import product_families, products


class SqlFamilyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: FamilyId) -> Family:
        family = await self._session.get(Family, identifier)
        if family is None:
            raise NotFound.of(FamilyId.kind, identifier)
        return family

    def add(self, family: Family) -> None:
        self._session.add(family)

    async def variants(self, family: Family) -> Variants:
        found = await self._session.execute(variants_query(family.id))
        return read_variants(found.mappings().all(), family.options)

    async def has_products(self, identifier: FamilyId) -> bool:
        # A product's foreign key shares the family's row: those under way end first, later ones
        # wait for this transaction and find nothing. SQLite has one writer anyway.
        await self._session.execute(
            select(product_families.c.id)
            .where(product_families.c.id == identifier)
            .with_for_update()
        )
        found = await self._session.scalar(
            select(exists().where(products.c.family_id == identifier))
        )
        return bool(found)

    async def delete(self, family: Family) -> None:
        await self._session.delete(family)
