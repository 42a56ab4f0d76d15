"""Read side of the ledger: the list of movements, and how a figure came to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.common.paging import Key, Page, PageRequest
from app.application.inventory.queries import (
    Basis,
    Explanation,
    MovementFilter,
    MovementView,
    Question,
    Step,
)
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import LocationId, MovementId, ProductId
from app.domain.common.money import Money
from app.domain.common.quantity import Delta
from app.domain.inventory.locations import VIRTUAL_IDS
from app.infrastructure.db.keyset import after_key
from app.infrastructure.db.movement_rows import read_movement
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.inventory import locations, stock_movements
from app.infrastructure.db.tables.shop import shop

_columns = stock_movements.c
_ORDER = (_columns.recorded_at, _columns.id)
_CURRENCY = select(shop.c.currency).scalar_subquery().label("currency")
_LINE = select(stock_movements, products.c.sku, _CURRENCY).join(
    products, products.c.id == _columns.product_id
)


class SqlMovementReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def movements(self, where: MovementFilter, *, page: PageRequest) -> Page[MovementView]:
        query = _LINE.where(*_conditions(where))
        if where.location_id is None:
            order: Sequence[ColumnElement[Any]] = _ORDER
        else:
            query, order = _at(where.location_id, query, page)
        async with self._reads.connection() as connection:
            return await read_page(
                connection, query, order, page, make=_movement_view, descending=True
            )

    async def explain(self, question: Question, *, page: PageRequest) -> Explanation:
        async with self._reads.snapshot() as connection:
            currency = await _currency_for(connection, question)
            if page.after is None:
                balance, value = await _totals(connection, question)
            else:
                balance, value = int(page.after[2]), int(page.after[3])
            rows = (await connection.execute(_steps(question, page))).mappings().all()
        steps = _walk(rows[: page.limit], balance, value, currency=currency)
        following = None
        if len(rows) > page.limit:
            last = steps[-1]
            time = last.movement.recorded_at
            if question.basis is Basis.OCCURRED:
                time = last.movement.occurred_at
            following = (
                time.isoformat(),
                str(last.movement.id),
                last.balance.thousandths - last.change.thousandths,
                last.value.minor - last.value_change.minor,
            )
        return Explanation(
            balance=Delta(balance), value=Money(value, currency), steps=Page(steps, following)
        )


def _conditions(where: MovementFilter) -> Iterator[ColumnElement[bool]]:
    if where.product_id is not None:
        yield _columns.product_id == where.product_id
    if where.kind is not None:
        yield _columns.kind == where.kind.value
    if where.document_id is not None:
        yield _columns.document_id == where.document_id
    if where.since is not None:
        yield _columns.recorded_at >= where.since
    if where.until is not None:
        yield _columns.recorded_at < where.until


def _at(
    location_id: LocationId, query: Select[Any], page: PageRequest
) -> tuple[Select[Any], Sequence[ColumnElement[Any]]]:
    """Take the page from each side by an index of its own; no movement stands on both sides."""
    after = _key(page.after)
    sides = [
        after_key(query.where(side == location_id), _ORDER, after, descending=True)
        .limit(page.limit + 1)
        .subquery()
        for side in (_columns.source_id, _columns.target_id)
    ]
    both = union_all(*(select(side) for side in sides)).subquery("at_location")
    return select(both), (both.c.recorded_at, both.c.id)


def _key(after: Key | None) -> Key | None:
    if after is None:
        return None
    typed: Any = (datetime.fromisoformat(str(after[0])), MovementId.parse(str(after[1])))
    return typed  # type: ignore[no-any-return]


def _movement_view(row: Mapping[str, Any]) -> MovementView:
    return MovementView(
        movement=read_movement(row),
        sku=row["sku"],
        value=Money(row["value_minor"], row["currency"]),
    )


async def _currency_for(connection: AsyncConnection, question: Question) -> str:
    """Return the shop's currency; `NotFound` when there is nothing of which to ask."""
    product = exists().where(products.c.id == question.product_id)
    location = exists().where(locations.c.id == question.location_id)
    row = (await connection.execute(select(_CURRENCY, product, location))).one()
    currency, product_exists, location_exists = row
    if not product_exists:
        raise NotFound.of(ProductId.kind, question.product_id)
    if question.location_id is not None and not location_exists:
        raise NotFound.of(LocationId.kind, question.location_id)
    return str(currency)


def _comes_in(question: Question) -> ColumnElement[bool]:
    if question.location_id is not None:
        return _columns.target_id == question.location_id
    return _columns.target_id.not_in(VIRTUAL_IDS)


def _signed(question: Question, column: ColumnElement[Any]) -> ColumnElement[int]:
    plain = type_coerce(column, BigInteger)
    return case((_comes_in(question), plain), else_=-plain)


def _counted(question: Question) -> Iterator[ColumnElement[bool]]:
    yield _columns.product_id == question.product_id
    if question.location_id is not None:
        place = question.location_id
        yield or_(_columns.source_id == place, _columns.target_id == place)
    else:
        # What moves from one place of the shop's to another changes nothing of the whole.
        into, out_of = (
            side.not_in(VIRTUAL_IDS) for side in (_columns.target_id, _columns.source_id)
        )
        yield or_(and_(into, ~out_of), and_(~into, out_of))
    if question.at is not None:
        yield _time(question) <= question.at


def _time(question: Question) -> ColumnElement[Any]:
    recorded = question.basis is Basis.RECORDED
    return _columns.recorded_at if recorded else _columns.occurred_at


async def _totals(connection: AsyncConnection, question: Question) -> tuple[int, int]:
    sums = (
        func.coalesce(func.sum(_signed(question, _columns.quantity)), 0),
        func.coalesce(func.sum(_signed(question, _columns.value_minor)), 0),
    )
    balance, value = (await connection.execute(select(*sums).where(*_counted(question)))).one()
    return int(balance), int(value)


def _steps(question: Question, page: PageRequest) -> Select[Any]:
    query = select(
        stock_movements,
        _signed(question, _columns.quantity).label("change"),
        _signed(question, _columns.value_minor).label("value_change"),
    ).where(*_counted(question))
    order = (_time(question), _columns.id)
    return after_key(query, order, _key(page.after), descending=True).limit(page.limit + 1)


def _walk(
    rows: Sequence[Mapping[str, Any]], balance: int, value: int, *, currency: str
) -> list[Step]:
    """Go back from the newest: each step shows the figure as it was right after it."""
    steps = []
    for row in rows:
        steps.append(
            Step(
                movement=read_movement(row),
                change=Delta(row["change"]),
                balance=Delta(balance),
                value_change=Money(row["value_change"], currency),
                value=Money(value, currency),
            )
        )
        balance -= row["change"]
        value -= row["value_change"]
    return steps
