"""Sales of the past by the chunk: each step takes the same statements for any number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.imports.sales.ports import KnownCustomer, Numbered
from app.domain.common.numbers import DocumentNumber
from app.domain.sales.sale import Sale
from app.infrastructure.db.repositories.import_parties import named
from app.infrastructure.db.repositories.numbers import SqlDocumentNumbers
from app.infrastructure.db.sale_rows import line_rows, sale_row, tender_rows
from app.infrastructure.db.tables.parties import customers
from app.infrastructure.db.tables.sales import sale_lines, sale_tenders, sales
from app.infrastructure.db.tables.shop import tax_rates

_CUSTOMER = tuple(KnownCustomer.__dataclass_fields__)


class SqlSaleImportStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def tax_rates(self) -> Mapping[str, int]:
        found = await self._session.execute(select(tax_rates.c.code, tax_rates.c.rate_ppm))
        return {row.code: row.rate_ppm for row in found}

    async def customers(self, texts: Collection[str]) -> Sequence[KnownCustomer]:
        found = await named(self._session, customers, texts, _CUSTOMER, held=False)
        return [KnownCustomer(**row) for row in found]

    async def told(self, numbers: Collection[Numbered]) -> Mapping[Numbered, bytes | None]:
        columns = sales.c
        found = await self._session.execute(
            select(columns.register, columns.client_number, columns.client_digest).where(
                columns.register.in_({register for register, _ in numbers}),
                columns.client_number.in_({number for _, number in numbers}),
            )
        )
        return {(row.register, row.client_number): row.client_digest for row in found}

    async def numbers(self, series: str, number: int, *, year: int) -> Sequence[DocumentNumber]:
        return await SqlDocumentNumbers(self._session).take(series, number, year=year)

    async def add(self, added: Sequence[Sale]) -> None:
        session = self._session
        await session.execute(insert(sales), [sale_row(sale) for sale in added])
        lines = [row for sale in added for row in line_rows(sale)]
        await session.execute(insert(sale_lines), lines)
        tenders = [row for sale in added for row in tender_rows(sale)]
        if tenders:
            await session.execute(insert(sale_tenders), tenders)
