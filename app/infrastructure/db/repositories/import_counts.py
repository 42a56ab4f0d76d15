"""What imports of counts look up: when they were started, and what was counted before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.imports.counts.ports import Counted
from app.domain.common.identifiers import ImportId, LocationId, ProductId
from app.domain.common.quantity import Quantity
from app.infrastructure.db.tables.imports import imports
from app.infrastructure.db.tables.jobs import jobs
from app.infrastructure.db.tables.stocktakes import stocktake_lines


class SqlCountImportStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def started(self, identifier: ImportId) -> datetime:
        found = await self._session.execute(
            select(jobs.c.created_at)
            .join(imports, imports.c.job_id == jobs.c.id)
            .where(imports.c.id == identifier)
        )
        started: datetime = found.scalar_one()
        return started

    async def counted(
        self,
        products: Collection[ProductId],
        locations: Collection[LocationId],
        instants: Collection[datetime],
    ) -> dict[Counted, Quantity]:
        line = stocktake_lines.c
        found = await self._session.execute(
            select(line.product_id, line.location_id, line.counted_at, line.counted)
            .where(
                line.product_id.in_(sorted(products)),
                line.location_id.in_(sorted(locations)),
                line.counted_at.in_(sorted(instants)),
                line.posted_at.is_not(None),
            )
            .order_by(line.posted_at, line.stocktake_id)
        )
        return {(product, place, instant): figure for product, place, instant, figure in found}
