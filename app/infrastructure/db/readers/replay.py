"""Read side of the replay: what is posted, and what it came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, func, select, type_coerce

from app.application.replay.figures import Amounts
from app.domain.common.identifiers import DocumentId, ProductId
from app.domain.returns.sales_return import ReturnStatus
from app.domain.sales.sale import SaleStatus
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.inventory import stock_documents
from app.infrastructure.db.tables.returns import return_lines, returns
from app.infrastructure.db.tables.sales import sale_lines, sales

_SOLD = (
    select(
        sale_lines.c.product_id,
        func.sum(sale_lines.c.total_minor),
        func.sum(type_coerce(sale_lines.c.quantity, BigInteger)),
    )
    .join_from(sales, sale_lines, sale_lines.c.sale_id == sales.c.id)
    .where(
        sales.c.status == SaleStatus.COMPLETED.value,
        sales.c.occurred_at >= bindparam("since", type_=sales.c.occurred_at.type),
        sales.c.occurred_at < bindparam("until", type_=sales.c.occurred_at.type),
    )
    .group_by(sale_lines.c.product_id)
)
_RETURNED = (
    select(
        return_lines.c.product_id,
        func.sum(return_lines.c.total_minor),
        func.sum(type_coerce(return_lines.c.quantity, BigInteger)),
    )
    .join_from(returns, return_lines, return_lines.c.return_id == returns.c.id)
    .where(
        returns.c.status == ReturnStatus.REFUNDED.value,
        bindparam("since", type_=returns.c.occurred_at.type) <= returns.c.occurred_at,
        bindparam("until", type_=returns.c.occurred_at.type) > returns.c.occurred_at,
    )
    .group_by(return_lines.c.product_id)
)


class SqlReplayReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def posted(self) -> set[DocumentId]:
        found: set[DocumentId] = set()
        async with self._reads.snapshot() as connection:
            for table in (sales, returns, stock_documents):
                found.update(await connection.scalars(select(table.c.id)))
        return found

    async def traded(self, since: datetime, until: datetime) -> Mapping[ProductId, Amounts]:
        amounts: dict[ProductId, Amounts] = defaultdict(Amounts)
        times = {"since": since, "until": until}
        async with self._reads.snapshot() as connection:
            for product, money, units in await connection.execute(_SOLD, times):
                amounts[product] = amounts[product].plus(Amounts(int(money), int(units)))
            for product, money, units in await connection.execute(_RETURNED, times):
                amounts[product] = amounts[product].plus(Amounts(0, 0, int(money), int(units)))
        return amounts
