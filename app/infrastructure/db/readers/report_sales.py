"""Read side of the reports on sales: sums made by the database, one statement a report.

With the totals a report is two statements in one snapshot, whatever the number of documents.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    case,
    cast,
    column,
    func,
    literal,
    select,
    union_all,
    values,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.paging import PageRequest
from app.application.reports.queries import (
    Cashier,
    Entry,
    Figures,
    Rate,
    SalesReport,
    SoldCategory,
    SoldProduct,
    Taken,
    Within,
)
from app.domain.sales.tender import TenderKind
from app.domain.shop.days import Span
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.readers.category_branches import branches
from app.infrastructure.db.readers.posted_lines import (
    BY_PRODUCT,
    PARTS,
    RETURNED,
    SOLD,
    VOIDED,
    Grouping,
    read_figures,
    summed,
    summed_by_span,
)
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.auth import users
from app.infrastructure.db.tables.catalog import categories, products
from app.infrastructure.db.tables.returns import return_refunds, returns
from app.infrastructure.db.tables.sales import sale_refunds, sale_tenders, sales
from app.infrastructure.db.types import UtcDateTime

By = TypeVar("By")

_ROWS_AT_A_TIME = 500
_EVERYTHING = Grouping({part.name: {} for part in PARTS})
_BY_CASHIER = Grouping({part.name: {"user_id": part.header.c.user_id} for part in PARTS})
_BY_RATE = Grouping(
    {
        part.name: {"rate_ppm": part.lines.c.tax_rate_ppm, "code": part.lines.c.tax_code}
        for part in PARTS
    }
)


class SqlSalesReportReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def by_span(self, within: Within, spans: Sequence[Span]) -> SalesReport[Span]:
        query = summed_by_span(within, _table_of(spans))
        async with self._reads.snapshot() as connection:
            rows = (await connection.execute(query)).mappings().all()
            totals = await _totals(connection, within)
        found = {row["position"]: read_figures(row) for row in rows}
        entries = [Entry(span, found[position]) for position, span in enumerate(spans)]
        return SalesReport(entries=entries, totals=totals)

    async def by_product(self, within: Within, *, page: PageRequest) -> SalesReport[SoldProduct]:
        query, order = _products(within)
        async with self._reads.snapshot() as connection:
            found = await read_page(
                connection, query, order, page, make=_product_entry, descending=True
            )
            totals = await _totals(connection, within)
        return SalesReport(entries=found.items, totals=totals, next_after=found.next_after)

    async def every_product(self, within: Within) -> AsyncGenerator[Sequence[Entry[SoldProduct]]]:
        query, order = _products(within)
        ordered = query.order_by(*(column.desc() for column in order))
        async with self._reads.snapshot() as connection:
            result = await connection.stream(ordered)
            async for rows in result.mappings().partitions(_ROWS_AT_A_TIME):
                yield [_product_entry(row) for row in rows]

    async def by_category(
        self, within: Within, *, whole_branch: bool
    ) -> SalesReport[SoldCategory | None]:
        query = _categories(within, whole_branch=whole_branch)
        return await self._report(within, query, _category)

    async def by_cashier(self, within: Within) -> SalesReport[Cashier | None]:
        found = summed(within, _BY_CASHIER).subquery("found")
        query = (
            select(found, users.c.name)
            .join_from(found, users, users.c.id == found.c.user_id, isouter=True)
            .order_by(found.c.user_id.is_(None), users.c.name, found.c.user_id)
        )
        return await self._report(within, query, _cashier)

    async def by_rate(self, within: Within) -> SalesReport[Rate]:
        found = summed(within, _BY_RATE).subquery("found")
        query = select(found).order_by(found.c.rate_ppm.desc(), found.c.code)
        return await self._report(
            within, query, lambda row: Rate(code=row["code"], rate_ppm=row["rate_ppm"])
        )

    async def by_tender(self, within: Within) -> Sequence[Taken]:
        async with self._reads.connection() as connection:
            rows = (await connection.execute(_tenders(within))).mappings().all()
        return [
            Taken(
                kind=TenderKind(row["kind"]),
                payments=int(row["payments"]),
                taken=int(row["taken"]),
                voided=int(row["voided"]),
                refunds=int(row["refunds"]),
                refunded=int(row["refunded"]),
            )
            for row in rows
        ]

    async def _report(
        self, within: Within, query: Select[Any], by: Callable[[Mapping[str, Any]], By]
    ) -> SalesReport[By]:
        async with self._reads.snapshot() as connection:
            rows = (await connection.execute(query)).mappings().all()
            totals = await _totals(connection, within)
        entries = [Entry(by(row), read_figures(row)) for row in rows]
        return SalesReport(entries=entries, totals=totals)


async def _totals(connection: AsyncConnection, within: Within) -> Figures:
    row = (await connection.execute(summed(within, _EVERYTHING))).mappings().one()
    return read_figures(row)


def _table_of(spans: Sequence[Span]) -> CTE:
    rows = values(
        column("position", Integer), column("since", UtcDateTime), column("until", UtcDateTime)
    )
    return rows.data(
        [(position, span.since, span.until) for position, span in enumerate(spans)]
    ).cte("spans")


def _products(within: Within) -> tuple[Select[Any], tuple[ColumnElement[Any], ...]]:
    found = summed(within, BY_PRODUCT).subquery("found")
    brought = found.c.sold_total - found.c.voided_total - found.c.returned_total
    query = select(found, products.c.sku, products.c.name).join_from(
        found, products, products.c.id == found.c.product_id
    )
    return query, (brought, found.c.product_id)


def _categories(within: Within, *, whole_branch: bool) -> Select[Any]:
    """Sum by the category that products have now; a document counts once in each."""
    joined: list[tuple[FromClause, Mapping[str, ColumnElement[bool]]]] = [
        (products, {part.name: products.c.id == part.lines.c.product_id for part in PARTS})
    ]
    key: ColumnElement[Any] = products.c.category_id
    if whole_branch:
        tree = branches()
        below = tree.c.category_id == products.c.category_id
        joined.append((tree, {part.name: below for part in PARTS}))
        key = tree.c.above_id
    keys = {part.name: {"category_id": key} for part in PARTS}
    found = summed(within, Grouping(keys, joined)).subquery("found")
    return (
        select(found, categories.c.path)
        .join_from(found, categories, categories.c.id == found.c.category_id, isouter=True)
        .order_by(found.c.category_id.is_(None), categories.c.path_key)
    )


def _tenders(within: Within) -> Select[Any]:
    """Sum money by its kind; documents that money belongs to count as their lines do."""
    nothing = literal(0, BigInteger)
    kept = sale_tenders.c.amount_minor - sale_tenders.c.change_minor
    taken = (
        select(sale_tenders.c.kind, literal(SOLD.name).label("part"), kept.label("amount"))
        .join_from(sales, sale_tenders, sale_tenders.c.sale_id == sales.c.id)
        .where(SOLD.counts(within))
    )
    voided = (
        select(sale_refunds.c.kind, literal(VOIDED.name), sale_refunds.c.amount_minor)
        .join_from(sales, sale_refunds, sale_refunds.c.sale_id == sales.c.id)
        .where(VOIDED.counts(within))
    )
    refunded = (
        select(return_refunds.c.kind, literal(RETURNED.name), return_refunds.c.amount_minor)
        .join_from(returns, return_refunds, return_refunds.c.return_id == returns.c.id)
        .where(RETURNED.counts(within))
    )
    money = union_all(taken, voided, refunded).subquery("money")

    def summed_of(name: str, figure: ColumnElement[Any]) -> ColumnElement[int]:
        return cast(func.sum(case((money.c.part == name, figure), else_=nothing)), BigInteger)

    return (
        select(
            money.c.kind,
            summed_of(SOLD.name, literal(1)).label("payments"),
            summed_of(SOLD.name, money.c.amount).label("taken"),
            summed_of(VOIDED.name, money.c.amount).label("voided"),
            summed_of(RETURNED.name, literal(1)).label("refunds"),
            summed_of(RETURNED.name, money.c.amount).label("refunded"),
        )
        .group_by(money.c.kind)
        .order_by(money.c.kind)
    )


def _product_entry(row: Mapping[str, Any]) -> Entry[SoldProduct]:
    product = SoldProduct(id=row["product_id"], sku=row["sku"], name=row["name"])
    return Entry(product, read_figures(row))


def _category(row: Mapping[str, Any]) -> SoldCategory | None:
    if row["category_id"] is None:
        return None
    return SoldCategory(id=row["category_id"], path=row["path"])


def _cashier(row: Mapping[str, Any]) -> Cashier | None:
    return None if row["user_id"] is None else Cashier(id=row["user_id"], name=row["name"])
