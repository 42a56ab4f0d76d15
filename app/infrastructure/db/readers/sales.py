"""Read side of sales: one sale, and the list, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    type_coerce,
    union_all,
)

from app.application.common.paging import Page, PageRequest
from app.application.sales.queries import CameBack, Returned, SaleFilter, SaleItem
from app.domain.common.clock import Clock
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import CustomerId, LineId, SaleId
from app.domain.common.money import Money
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.returns.line import Disposition
from app.domain.returns.sales_return import BROUGHT
from app.domain.sales.margin import Undone
from app.domain.sales.sale import Sale, SaleStatus
from app.infrastructure.db.pages import read_wide_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.reservation_rows import NOW
from app.infrastructure.db.return_rows import sums_by_sale_line
from app.infrastructure.db.sale_rows import (
    kept_for_line,
    lines_of,
    read_number,
    read_sale,
    refunds_of,
    sale_of,
    tenders_of,
    was_paid_back,
)
from app.infrastructure.db.tables.parties import customers
from app.infrastructure.db.tables.returns import return_lines, returns
from app.infrastructure.db.tables.sales import sale_lines, sales

# A confirmed sale for which less is kept than still has to leave.
_LACKS = and_(
    sales.c.status == SaleStatus.CONFIRMED.value,
    exists().where(
        sale_lines.c.sale_id == sales.c.id,
        sale_lines.c.tracks_stock,
        type_coerce(sale_lines.c.quantity, BigInteger)
        > type_coerce(sale_lines.c.fulfilled, BigInteger) + kept_for_line,
    ),
)
_ITEM = (
    sales.c.id,
    sales.c.status,
    sales.c.series,
    sales.c.year,
    sales.c.sequence,
    sales.c.currency,
    sales.c.location_id,
    sales.c.customer_id,
    func.coalesce(
        sales.c.customer_name,
        select(customers.c.name).where(customers.c.id == sales.c.customer_id).scalar_subquery(),
    ).label("shown_customer"),
    sales.c.net_minor,
    sales.c.tax_minor,
    sales.c.total_minor,
    or_(sales.c.needs_attention, _LACKS).label("needs_attention"),
    sales.c.user_id,
    sales.c.occurred_at,
    sales.c.posted_at,
    sales.c.created_at,
    sales.c.version,
    select(func.sum(type_coerce(sale_lines.c.quantity, BigInteger)))
    .where(sale_lines.c.sale_id == sales.c.id)
    .scalar_subquery()
    .label("sold"),
    select(func.sum(type_coerce(return_lines.c.quantity, BigInteger)))
    .join_from(returns, return_lines, return_lines.c.return_id == returns.c.id)
    .where(returns.c.sale_id == sales.c.id, returns.c.received_at.is_not(None))
    .scalar_subquery()
    .label("came_back"),
)


class SqlSalesReader:
    def __init__(self, reads: Reads, *, clock: Clock) -> None:
        self._reads = reads
        self._clock = clock

    async def sale(self, identifier: SaleId) -> Sale:
        async with self._reads.snapshot() as connection:
            row = (await connection.execute(sale_of(identifier))).mappings().one_or_none()
            if row is None:
                raise NotFound.of(SaleId.kind, identifier)
            lines = await connection.execute(lines_of(identifier, now=self._clock.now()))
            tenders = await connection.execute(tenders_of(identifier))
            refunds: Sequence[RowMapping] = ()
            if was_paid_back(row):
                refunds = (await connection.execute(refunds_of(identifier))).mappings().all()
        return read_sale(row, lines=lines.mappings(), tenders=tenders.mappings(), refunds=refunds)

    async def came_back(self, identifier: SaleId) -> CameBack:
        query = sums_by_sale_line(identifier, BROUGHT).add_columns(
            func.sum(
                case((returns.c.series.is_not(None), return_lines.c.total_minor), else_=0)
            ).label("refunded_minor")
        )
        async with self._reads.connection() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return CameBack(
            quantities={row["sale_line_id"]: Quantity(int(row["quantity"])) for row in rows},
            refunded_minor=sum(int(row["refunded_minor"]) for row in rows),
        )

    async def undone(self, identifier: SaleId) -> Mapping[LineId, Undone]:
        columns = return_lines.c
        net = case((returns.c.series.is_not(None), columns.net_minor), else_=0)
        came = columns.disposition != Disposition.NONE.value
        query = (
            select(
                columns.sale_line_id,
                func.sum(net).label("net_minor"),
                func.sum(case((came, columns.cost_minor), else_=0)).label("cost_minor"),
                func.sum(case((came, 0), else_=columns.cost_minor)).label("left_minor"),
            )
            .join_from(returns, return_lines, columns.return_id == returns.c.id)
            .where(
                returns.c.sale_id == identifier,
                returns.c.status.in_([status.value for status in BROUGHT]),
            )
            .group_by(columns.sale_line_id)
        )
        async with self._reads.connection() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return {
            row["sale_line_id"]: Undone(
                *(int(row[name] or 0) for name in ("net_minor", "cost_minor", "left_minor"))
            )
            for row in rows
        }

    async def sales(self, where: SaleFilter, *, page: PageRequest) -> Page[SaleItem]:
        async with self._reads.connection() as connection:
            return await read_wide_page(
                connection,
                select(sales.c.id).where(*_conditions(where)),
                (sales.c.occurred_at, sales.c.id),
                page,
                columns=_ITEM,
                given={NOW: self._clock.now()},
                source=sales,
                make=_item,
                descending=True,
            )


def _conditions(where: SaleFilter) -> Iterator[ColumnElement[bool]]:
    columns = sales.c
    if where.status is not None:
        yield columns.status == where.status.value
    if where.number is not None:
        yield from _numbered(where.number)
    if where.user_id is not None:
        yield columns.user_id == where.user_id
    if where.location_id is not None:
        yield columns.location_id == where.location_id
    if where.customer_id is not None:
        yield columns.customer_id.in_(_customer_with_merged(where.customer_id))
    if where.product_id is not None:
        lines = sale_lines.c
        yield columns.id.in_(select(lines.sale_id).where(lines.product_id == where.product_id))
    if where.needs_attention is not None:
        # Bare, not compared with true: only so the partial index answers.
        attention = union_all(
            select(columns.id).where(columns.needs_attention), select(columns.id).where(_LACKS)
        )
        yield columns.id.in_(attention) if where.needs_attention else columns.id.not_in(attention)
    if where.since is not None:
        yield columns.occurred_at >= where.since
    if where.until is not None:
        yield columns.occurred_at < where.until


def _customer_with_merged(identifier: CustomerId) -> Select[Any]:
    """The customer and those merged into them: one level, since a merge carries earlier ones on."""
    return select(customers.c.id).where(
        or_(customers.c.id == identifier, customers.c.merged_into_id == identifier)
    )


def _numbered(text: str) -> Iterator[ColumnElement[bool]]:
    number = DocumentNumber.read(text)
    if number is None:
        yield false()
        return
    yield sales.c.series == number.series
    yield sales.c.year == number.year
    yield sales.c.sequence == number.sequence


def _item(row: Mapping[str, Any]) -> SaleItem:
    currency = row["currency"]
    return SaleItem(
        id=row["id"],
        number=read_number(row),
        status=SaleStatus(row["status"]),
        returned=Returned.of(int(row["sold"] or 0), int(row["came_back"] or 0)),
        location_id=row["location_id"],
        customer_id=row["customer_id"],
        customer_name=row["shown_customer"],
        net=Money(row["net_minor"], currency),
        tax=Money(row["tax_minor"], currency),
        total=Money(row["total_minor"], currency),
        needs_attention=row["needs_attention"],
        user_id=row["user_id"],
        occurred_at=row["occurred_at"],
        posted_at=row["posted_at"],
        created_at=row["created_at"],
        version=row["version"],
    )
