"""Checks of reservations find nothing in a healthy shop, and each kind of damage by its name."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import DBAPIError

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.identifiers import SaleId
from app.domain.common.quantity import Quantity
from app.infrastructure.db.tables.inventory import stock_levels
from app.infrastructure.db.tables.reservations import stock_reservations
from app.infrastructure.db.tables.sales import sale_lines, sales
from tests.fixtures.till import Json, Till, line

WALLS = (
    ("stock_levels", "ck_stock_levels_reserved"),
    ("sale_lines", "ck_sale_lines_fulfilled"),
)
HELD = stock_reservations.c


async def busy_day(till: Till) -> Json:
    """Orders in every state; returns one that is partly fulfilled."""
    tea = await till.product("TEA", on_hand="20", value_minor=33_33)
    cash = {"tenders": [{"kind": "cash", "amount": "1000.00"}]}
    for end in ("complete", "void", "reopen", None):
        sale = await order(till, line(tea, "2"), line(tea))
        if end is not None:
            body = cash if end == "complete" else None
            answer = await till.post(f"/{sale['id']}/{end}", body, role=Role.MANAGER)
            assert answer.is_success, answer.text
    body = {"lines": [line(tea)], "reference": "Ann"}
    headers = till.headers(Role.CASHIER)
    answer = await till.http.post("/api/v1/inventory/reservations", json=body, headers=headers)
    assert answer.is_success, answer.text
    sale = await order(till, line(tea, "3"))
    part = {"lines": [{"line_id": sale["lines"][0]["id"], "quantity": "1"}]}
    assert (await till.post(f"/{sale['id']}/fulfil", part)).is_success
    return sale


async def order(till: Till, *lines: Json) -> Json:
    draft: Json = (await till.draft(*lines)).json()
    answer = await till.post(f"/{draft['id']}/confirm")
    assert answer.is_success, answer.text
    return draft


async def damaged(till: Till, *statements: Any) -> None:
    """Do what the walls of the tables would refuse."""
    async with till.stock.engine.connect() as connection:
        await connection.run_sync(_drop_walls)
        for statement in statements:
            await connection.execute(statement)
        await connection.commit()


def _drop_walls(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA ignore_check_constraints=ON"))
        return
    for table, name in WALLS:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}"))


async def findings(services: Services) -> set[str]:
    found = await services.verifier.verify()
    # The goods of these tests came in without a document.
    return {
        check.name
        for check in found.checks
        if check.findings and check.name != "orphan_movements_adjustment"
    }


async def test_healthy_shop_has_none(till: Till, services: Services) -> None:
    await busy_day(till)

    assert await findings(services) == set()


@pytest.mark.leaves_damage
async def test_each_damage_is_found(till: Till, services: Services) -> None:
    sale = await busy_day(till)
    mine, its = sales.c.id == sale_id(sale), HELD.sale_id == sale_id(sale)
    of_it = sale_lines.c.sale_id == sale_id(sale)
    live = HELD.released_at.is_(None)
    cellar = await till.stock.location("cellar")
    [main] = {row["location_id"] for row in await till.rows(stock_reservations)}
    [held] = [row for row in await till.rows(stock_reservations) if row["sale_id"] == sale_id(sale)]
    more, less = Quantity.of(6), held["remaining"]
    kept_at = sum(
        row["remaining"].thousandths
        for row in await till.rows(stock_reservations)
        if row["released_at"] is None
    )
    damages: list[tuple[Any, Any, set[str]]] = [
        (
            update(stock_levels).values(reserved=Quantity(kept_at + 1)),
            update(stock_levels).values(reserved=Quantity(kept_at)),
            {"stock_reserved"},
        ),
        (
            update(stock_levels).values(reserved=Quantity.of(1000)),
            update(stock_levels).values(reserved=Quantity(kept_at)),
            {"stock_reserved", "stock_reserved_on_hand"},
        ),
        (
            update(sales).where(mine).values(status="voided", voided_at=sales.c.created_at),
            None,
            {"reservations_of_finished_sales", "sale_steps"},
        ),
        (
            update(stock_reservations).where(its, live).values(quantity=more, remaining=more),
            update(stock_reservations).where(its, live).values(remaining=less, quantity=more),
            {"stock_reserved", "reservations_of_lines"},
        ),
        (
            update(stock_reservations).where(its, live).values(location_id=cellar),
            update(stock_reservations).where(its, live).values(location_id=main),
            {"stock_reserved", "reservations_of_lines"},
        ),
        (
            update(sale_lines).where(of_it).values(fulfilled=Quantity.of(4)),
            update(sale_lines).where(of_it).values(fulfilled=Quantity.of(1)),
            {"sale_fulfilled", "sale_quantities", "reservations_of_lines"},
        ),
    ]

    # What cannot be undone comes last: no sale leaves the state of a voided one.
    for damage, repair, names in sorted(damages, key=lambda one: one[1] is None):
        await damaged(till, damage)
        assert await findings(services) == names, str(damage)
        if repair is not None:
            await damaged(till, repair)
            assert await findings(services) == set(), str(repair)


async def test_a_confirmed_sale_has_no_number_and_stays_a_sale(till: Till) -> None:
    sale = await busy_day(till)
    mine = sales.c.id == sale_id(sale)
    before = await till.rows(sales)
    forbidden = [
        update(sales).where(mine).values(series="S", year=2026, sequence=99),
        update(sales).where(mine).values(confirmed_at=None),
        update(sales).where(sales.c.status == "completed").values(status="confirmed"),
        update(sales).where(sales.c.status == "voided").values(status="confirmed"),
        update(sale_lines)
        .where(sale_lines.c.sale_id == sale_id(sale))
        .values(fulfilled=Quantity.of(4)),
        update(sale_lines)
        .where(sale_lines.c.sale_id.in_(select(sales.c.id).where(sales.c.status == "completed")))
        .values(fulfilled=Quantity.of(1)),
        update(stock_levels).values(reserved=Quantity.of(1000)),
        update(stock_reservations).where(HELD.released_at.is_(None)).values(remaining=Quantity(0)),
        update(stock_reservations).values(released_why="lost"),
    ]

    for statement in forbidden:
        with pytest.raises(DBAPIError):
            async with till.stock.engine.begin() as connection:
                await connection.execute(statement)

    assert await till.rows(sales) == before


def sale_id(sale: Json) -> SaleId:
    return SaleId.parse(sale["id"])
