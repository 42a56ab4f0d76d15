"""Read side of the reports on stock: the ledger summed up to an instant by the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.paging import Page, PageRequest
from app.application.inventory.queries import Basis
from app.application.reports.queries import SoldCategory, SoldProduct, Within
from app.application.reports.stock import (
    Held,
    Holding,
    Listed,
    Place,
    SlowMover,
    StockMoment,
    StockReport,
    Turned,
)
from app.domain.inventory.locations import VIRTUAL_IDS
from app.infrastructure.db.pages import read_page, read_wide_page
from app.infrastructure.db.readers.category_branches import branches
from app.infrastructure.db.readers.posted_lines import (
    BY_PRODUCT,
    SALE_POSTED_AT,
    SOLD,
    read_figures,
    summed,
)
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.shares import share
from app.infrastructure.db.tables.catalog import categories, products
from app.infrastructure.db.tables.inventory import (
    locations,
    product_valuations,
    stock_movements,
)
from app.infrastructure.db.tables.sales import sale_lines, sales

By = TypeVar("By")

_moved = stock_movements.c
_into, _out_of = (side.not_in(VIRTUAL_IDS) for side in (_moved.target_id, _moved.source_id))
# What moves from one place of the shop's to another changes nothing of the whole.
_CROSSES = or_(and_(_into, ~_out_of), and_(~_into, _out_of))
_PRODUCT = (products.c.id, products.c.sku, products.c.name)


class SqlStockReportReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def by_product(
        self, at: StockMoment, *, page: PageRequest
    ) -> Listed[Holding[SoldProduct]]:
        async with self._reads.snapshot() as connection:
            listed = await _moved_products(connection, at, page)
            held = await _held(connection, at, listed.items)
        holdings = [Holding(product, held[product.id]) for product in listed.items]
        return Listed(holdings, listed.next_after)

    async def total(self, at: StockMoment) -> Held:
        async with self._reads.connection() as connection:
            return await _total(connection, at)

    async def by_location(self, at: StockMoment) -> StockReport[Place]:
        return await self._report(at, _by_location(at), _place)

    async def by_category(
        self, at: StockMoment, *, whole_branch: bool
    ) -> StockReport[SoldCategory | None]:
        return await self._report(at, _by_category(at, whole_branch=whole_branch), _category)

    async def turnover(self, within: Within, *, page: PageRequest) -> Listed[Turned]:
        opening, closing = (
            StockMoment(before=instant) for instant in (within.span.since, within.span.until)
        )
        async with self._reads.snapshot() as connection:
            listed = await _moved_products(connection, closing, page)
            before = await _held(connection, opening, listed.items)
            after = await _held(connection, closing, listed.items)
            costs = await _costs(connection, within, listed.items)
        rows = [
            Turned(
                product=product,
                opening=before[product.id].value,
                closing=after[product.id].value,
                cost=costs.get(product.id, 0),
            )
            for product in listed.items
        ]
        return Listed(rows, listed.next_after)

    async def slow_movers(
        self, within: Within, *, most_units: int, page: PageRequest
    ) -> Listed[SlowMover]:
        slow = _slow(within, most_units=most_units)
        async with self._reads.connection() as connection:
            found = await read_wide_page(
                connection,
                select(slow.c.id),
                (slow.c.value_minor, slow.c.id),
                page,
                columns=(*slow.c, _last_sold(slow.c.id).label("last_sold_at")),
                source=slow,
                make=_slow_mover,
                descending=True,
            )
        return Listed(found.items, found.next_after)

    async def _report(
        self, at: StockMoment, query: Select[Any], by: Callable[[Mapping[str, Any]], By]
    ) -> StockReport[By]:
        async with self._reads.snapshot() as connection:
            rows = (await connection.execute(query)).mappings().all()
            total = await _total(connection, at)
        return StockReport(
            holdings=[Holding(by(row), _read_held(row)) for row in rows], total=total
        )


def _time(at: StockMoment) -> ColumnElement[Any]:
    return _moved.recorded_at if at.basis is Basis.RECORDED else _moved.occurred_at


def _signed(column: ColumnElement[Any]) -> ColumnElement[int]:
    plain = type_coerce(column, BigInteger)
    return case((_into, plain), else_=-plain)


def _sums() -> tuple[ColumnElement[int], ColumnElement[int]]:
    return (
        cast(func.coalesce(func.sum(_signed(_moved.quantity)), 0), BigInteger).label("quantity"),
        cast(func.coalesce(func.sum(_signed(_moved.value_minor)), 0), BigInteger).label("value"),
    )


def _by_moved_product(at: StockMoment) -> Select[Any]:
    return (
        select(_moved.product_id, *_sums())
        .where(_CROSSES, _time(at) < at.before)
        .group_by(_moved.product_id)
    )


async def _moved_products(
    connection: AsyncConnection, at: StockMoment, page: PageRequest
) -> Page[SoldProduct]:
    moved = exists().where(_moved.product_id == products.c.id, _time(at) < at.before)
    return await read_page(
        connection,
        select(*_PRODUCT).where(moved),
        [products.c.sku_key],
        page,
        make=lambda row: SoldProduct(**row),
    )


async def _held(
    connection: AsyncConnection, at: StockMoment, of: Sequence[SoldProduct]
) -> Mapping[Any, Held]:
    chosen = _moved.product_id.in_([product.id for product in of])
    rows = (await connection.execute(_by_moved_product(at).where(chosen))).mappings()
    nothing = Held(quantity=0, value=0)
    return dict.fromkeys((p.id for p in of), nothing) | {
        row["product_id"]: _read_held(row) for row in rows
    }


async def _total(connection: AsyncConnection, at: StockMoment) -> Held:
    query = select(*_sums()).where(_CROSSES, _time(at) < at.before)
    return _read_held((await connection.execute(query)).mappings().one())


async def _costs(
    connection: AsyncConnection, within: Within, of: Sequence[SoldProduct]
) -> Mapping[Any, int]:
    chosen = [product.id for product in of]
    rows = (await connection.execute(summed(within, BY_PRODUCT, products=chosen))).mappings()
    return {row["product_id"]: read_figures(row).cost for row in rows}


def _by_location(at: StockMoment) -> Select[Any]:
    """Share the value of each product over its places in proportion to what lies there.

    A place gets the difference of two cumulative shares, and the last one takes the rest.
    """
    counted = _time(at) < at.before
    quantity = type_coerce(_moved.quantity, BigInteger)
    moves = union_all(
        select(
            _moved.product_id, _moved.target_id.label("location_id"), quantity.label("change")
        ).where(_into, counted),
        select(_moved.product_id, _moved.source_id, -quantity).where(_out_of, counted),
    ).subquery("moves")
    change = cast(func.sum(moves.c.change), BigInteger)
    lying = (
        select(moves.c.product_id, moves.c.location_id, change.label("quantity"))
        .group_by(moves.c.product_id, moves.c.location_id)
        .subquery("lying")
    )
    whole = _by_moved_product(at).subquery("whole")
    up_to = cast(
        func.sum(lying.c.quantity).over(
            partition_by=lying.c.product_id, order_by=lying.c.location_id
        ),
        BigInteger,
    )
    from_end = func.row_number().over(
        partition_by=lying.c.product_id, order_by=lying.c.location_id.desc()
    )
    value, held = func.coalesce(whole.c.value, 0), func.coalesce(whole.c.quantity, 0)
    steps = (
        select(
            lying.c.product_id,
            lying.c.location_id,
            lying.c.quantity,
            case((from_end == 1, value), (held <= 0, 0), else_=share(value, up_to, held)).label(
                "shared"
            ),
        )
        .join_from(lying, whole, whole.c.product_id == lying.c.product_id, isouter=True)
        .subquery("steps")
    )
    before = func.lag(steps.c.shared, 1, 0).over(
        partition_by=steps.c.product_id, order_by=steps.c.location_id
    )
    shares = select(
        steps.c.location_id, steps.c.quantity, (steps.c.shared - before).label("value")
    ).subquery("shares")
    return (
        select(
            locations.c.id,
            locations.c.code,
            locations.c.name,
            cast(func.sum(shares.c.quantity), BigInteger).label("quantity"),
            cast(func.sum(shares.c.value), BigInteger).label("value"),
        )
        .join_from(shares, locations, locations.c.id == shares.c.location_id)
        .group_by(locations.c.id, locations.c.code, locations.c.name)
        .order_by(locations.c.code)
    )


def _by_category(at: StockMoment, *, whole_branch: bool) -> Select[Any]:
    held = _by_moved_product(at).subquery("held")
    joined = held.join(products, products.c.id == held.c.product_id)
    key: ColumnElement[Any] = products.c.category_id
    if whole_branch:
        tree = branches()
        joined = joined.outerjoin(tree, tree.c.category_id == products.c.category_id)
        key = tree.c.above_id
    joined = joined.outerjoin(categories, categories.c.id == key)
    return (
        select(
            key.label("category_id"),
            categories.c.path,
            cast(func.sum(held.c.quantity), BigInteger).label("quantity"),
            cast(func.sum(held.c.value), BigInteger).label("value"),
        )
        .select_from(joined)
        .group_by(key, categories.c.path, categories.c.path_key)
        .order_by(key.is_(None), categories.c.path_key)
    )


def _slow(within: Within, *, most_units: int) -> CTE:
    sold = summed(within, BY_PRODUCT).subquery("sold")
    units = cast(
        func.coalesce(sold.c.sold_units - sold.c.voided_units - sold.c.returned_units, 0),
        BigInteger,
    )
    return (
        select(
            *_PRODUCT,
            product_valuations.c.quantity,
            product_valuations.c.value_minor,
            units.label("units"),
        )
        .join_from(product_valuations, products, products.c.id == product_valuations.c.product_id)
        .join(sold, sold.c.product_id == products.c.id, isouter=True)
        .where(type_coerce(product_valuations.c.quantity, BigInteger) > 0, units <= most_units)
        .cte("slow")
    )


def _last_sold(product_id: ColumnElement[Any]) -> Any:
    return (
        select(func.max(SALE_POSTED_AT))
        .join_from(sale_lines, sales, sale_lines.c.sale_id == sales.c.id)
        .where(sale_lines.c.product_id == product_id, SOLD.is_posted, sales.c.voided_at.is_(None))
        .scalar_subquery()
    )


def _read_held(row: RowMapping | Mapping[str, Any]) -> Held:
    return Held(quantity=int(row["quantity"]), value=int(row["value"]))


def _place(row: Mapping[str, Any]) -> Place:
    return Place(id=row["id"], code=row["code"], name=row["name"])


def _category(row: Mapping[str, Any]) -> SoldCategory | None:
    if row["category_id"] is None:
        return None
    return SoldCategory(id=row["category_id"], path=row["path"])


def _slow_mover(row: Mapping[str, Any]) -> SlowMover:
    return SlowMover(
        product=SoldProduct(id=row["id"], sku=row["sku"], name=row["name"]),
        held=Held(quantity=row["quantity"].thousandths, value=row["value_minor"]),
        units=int(row["units"]),
        last_sold_at=row["last_sold_at"],
    )
