"""Write side of returns: set-based, the same number of statements for 1 line and for 500."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.common.errors import NotFound, VersionConflict
from app.domain.common.identifiers import LineId, ReturnId, SaleId
from app.domain.common.quantity import Quantity
from app.domain.returns.proration import Part
from app.domain.returns.sales_return import LIVE, SalesReturn
from app.domain.sales.tender import TenderKind
from app.infrastructure.db.return_rows import (
    line_rows,
    lines_of,
    read_return,
    refund_rows,
    refunded_of,
    refunds_of,
    return_of,
    return_row,
    sums_by_sale_line,
)
from app.infrastructure.db.tables.returns import return_lines, return_refunds, returns

_ASKED = ("status", "location_id", "net_minor", "tax_minor", "total_minor", "reason")
_STEP = ("status", "approved_at", "received_at", "closed_at", "close_reason")
_NUMBER = ("status", "series", "year", "sequence", "shop_name", "time_zone", "refunded_at",
           "occurred_at", "posted_at")  # fmt: skip
_SET_COST = (
    update(return_lines)
    .where(return_lines.c.id == bindparam("line_id"))
    .values(cost_minor=bindparam("cost"))
)


class SqlReturnRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, identifier: ReturnId) -> SalesReturn:
        # The header is locked first: whoever waits here sees the status that the other one left.
        found = await self._session.execute(
            return_of(identifier).with_for_update(key_share=True, of=returns)
        )
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(ReturnId.kind, identifier)
        lines = await self._session.execute(lines_of(identifier))
        refunds = await self._session.execute(refunds_of(identifier))
        return read_return(row, lines=lines.mappings(), refunds=refunds.mappings())

    async def held(self, sale: SaleId, *, besides: ReturnId | None) -> Mapping[LineId, Part]:
        query = sums_by_sale_line(sale, LIVE)
        if besides is not None:
            query = query.where(returns.c.id != besides)
        found = (await self._session.execute(query)).mappings()
        return {
            row["sale_line_id"]: Part(
                quantity=Quantity(int(row["quantity"])),
                refundable_minor=int(row["refundable_minor"]),
                net_minor=int(row["net_minor"]),
                tax_minor=int(row["tax_minor"]),
                cost_minor=int(row["cost_minor"] or 0),
            )
            for row in found
        }

    async def refunded(self, sale: SaleId) -> Mapping[TenderKind, int]:
        found = await self._session.execute(refunded_of(sale))
        return {TenderKind(kind): int(amount) for kind, amount in found}

    async def add(self, document: SalesReturn) -> None:
        await self._session.execute(insert(returns), return_row(document))
        await self._session.execute(insert(return_lines), line_rows(document))
        await self._add_refunds(document)

    async def save_revised(self, document: SalesReturn) -> None:
        await self._session.execute(
            delete(return_lines).where(return_lines.c.return_id == document.id)
        )
        await self._session.execute(insert(return_lines), line_rows(document))
        await self._update(document, (*_ASKED, "approved_at"))

    async def save_step(self, document: SalesReturn) -> None:
        await self._update(document, _STEP)

    async def save_received(self, document: SalesReturn) -> None:
        # Lines first: once the header says received, the database keeps them as they are.
        await self._session.execute(
            _SET_COST,
            [{"line_id": line.id, "cost": line.amounts.cost_minor} for line in document.lines],
        )
        await self._update(document, _STEP)

    async def save_posted(self, document: SalesReturn) -> None:
        await self._update(document, _NUMBER)
        await self._add_refunds(document)

    async def _add_refunds(self, document: SalesReturn) -> None:
        if document.refunds:
            await self._session.execute(insert(return_refunds), refund_rows(document))

    async def _update(self, document: SalesReturn, columns: tuple[str, ...]) -> None:
        before = document.version
        document.version += 1
        row = return_row(document)
        values: dict[str, Any] = {name: row[name] for name in (*columns, "version")}
        written = await self._session.scalar(
            update(returns)
            .where(returns.c.id == document.id, returns.c.version == before)
            .values(values)
            .returning(returns.c.version)
        )
        if written is None:
            raise VersionConflict
