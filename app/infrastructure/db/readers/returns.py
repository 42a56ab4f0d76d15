"""Read side of returns: one return, and the list, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, false, select

from app.application.common.paging import Page, PageRequest
from app.application.returns.queries import ReturnFilter, ReturnItem
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ReturnId
from app.domain.common.money import Money
from app.domain.common.numbers import DocumentNumber
from app.domain.returns.sales_return import ReturnStatus, SalesReturn
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.return_rows import (
    ORIGINAL,
    lines_of,
    read_return,
    read_sale_number,
    refunds_of,
    return_of,
)
from app.infrastructure.db.sale_rows import read_number
from app.infrastructure.db.tables.returns import return_lines, returns
from app.infrastructure.db.tables.sales import sales

_ITEM = select(
    returns.c.id,
    returns.c.status,
    returns.c.series,
    returns.c.year,
    returns.c.sequence,
    returns.c.sale_id,
    *ORIGINAL,
    returns.c.currency,
    returns.c.location_id,
    returns.c.net_minor,
    returns.c.tax_minor,
    returns.c.total_minor,
    returns.c.user_id,
    returns.c.created_at,
    returns.c.refunded_at,
    returns.c.posted_at,
    returns.c.version,
).outerjoin_from(returns, sales, sales.c.id == returns.c.sale_id)


class SqlReturnsReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def document(self, identifier: ReturnId) -> SalesReturn:
        async with self._reads.snapshot() as connection:
            row = (await connection.execute(return_of(identifier))).mappings().one_or_none()
            if row is None:
                raise NotFound.of(ReturnId.kind, identifier)
            lines = await connection.execute(lines_of(identifier))
            refunds = await connection.execute(refunds_of(identifier))
        return read_return(row, lines=lines.mappings(), refunds=refunds.mappings())

    async def documents(self, where: ReturnFilter, *, page: PageRequest) -> Page[ReturnItem]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                _ITEM.where(*_conditions(where)),
                (returns.c.created_at, returns.c.id),
                page,
                make=_item,
                descending=True,
            )


def _conditions(where: ReturnFilter) -> Iterator[ColumnElement[bool]]:
    columns = returns.c
    if where.status is not None:
        yield columns.status == where.status.value
    if where.number is not None:
        yield from _numbered(where.number)
    if where.sale_id is not None:
        yield columns.sale_id == where.sale_id
    if where.product_id is not None:
        lines = return_lines.c
        yield columns.id.in_(select(lines.return_id).where(lines.product_id == where.product_id))
    if where.without_sale is not None:
        yield columns.sale_id.is_(None) if where.without_sale else columns.sale_id.is_not(None)
    if where.since is not None:
        yield columns.created_at >= where.since
    if where.until is not None:
        yield columns.created_at < where.until


def _numbered(text: str) -> Iterator[ColumnElement[bool]]:
    number = DocumentNumber.read(text)
    if number is None:
        yield false()
        return
    yield returns.c.series == number.series
    yield returns.c.year == number.year
    yield returns.c.sequence == number.sequence


def _item(row: Mapping[str, Any]) -> ReturnItem:
    currency = row["currency"]
    return ReturnItem(
        id=row["id"],
        number=read_number(row),
        status=ReturnStatus(row["status"]),
        sale_id=row["sale_id"],
        sale_number=read_sale_number(row),
        location_id=row["location_id"],
        net=Money(row["net_minor"], currency),
        tax=Money(row["tax_minor"], currency),
        total=Money(row["total_minor"], currency),
        user_id=row["user_id"],
        created_at=row["created_at"],
        refunded_at=row["refunded_at"],
        posted_at=row["posted_at"],
        version=row["version"],
    )
