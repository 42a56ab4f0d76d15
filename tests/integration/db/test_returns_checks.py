"""The checks of returns find nothing in a healthy shop, and each kind of damage by its name."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, text, true, update
from sqlalchemy.exc import DBAPIError

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.identifiers import MovementId
from app.domain.inventory.locations import CUSTOMER_ID, MAIN_ID
from app.infrastructure.db.tables.foundation import audit_log, document_counters
from app.infrastructure.db.tables.inventory import stock_movements
from app.infrastructure.db.tables.returns import return_lines, return_refunds, returns
from app.infrastructure.db.tables.sales import sales
from tests.fixtures.returning import Desk, back, free
from tests.fixtures.till import Till, line

GUARDED = ("returns", "return_lines", "return_refunds", "sales", "stock_movements", "audit_log")


async def busy_day(till: Till, desk: Desk) -> None:
    """Returns of every kind, the last credit note of them a plain one."""
    await till.set_shop(prices_include_tax=False)
    rate = await till.tax_rate(190_000)
    tea = await till.product("TEA", price="9.99", on_hand="20", value_minor=33_33, tax_rate_id=rate)
    fee = await till.product("FEE", price="3.00", tracks_stock=False)
    pay = [{"kind": "card", "amount": "10.00"}, {"kind": "cash", "amount": "100.00"}]
    sale = (await till.sell(line(tea, "3"), line(fee), tenders=pay)).json()
    asked = (await desk.ask(sale, back(sale), back(sale, 1))).json()
    assert (await desk.step(asked, "reject")).is_success
    reduced = await desk.take(
        sale,
        back(sale, refund="5.00"),
        back(sale, disposition="scrap"),
        back(sale, 1, disposition="none"),
        role=Role.MANAGER,
    )
    assert reduced.is_success, reduced.text
    assert (await desk.ask(sale, back(sale, disposition="quarantine"))).is_success
    freely = await desk.take(
        None, free(tea, "2"), free(fee), reason="No receipt", role=Role.MANAGER,
        refunds=[{"kind": "cash", "amount": "26.78"}],
    )  # fmt: skip
    assert freely.is_success, freely.text
    last = (await till.sell(line(tea, "2"), cash="30.00")).json()
    for _ in range(2):
        assert (await desk.take(last, back(last))).is_success


async def damaged(till: Till, *statements: Any) -> None:
    """Do what the guards of the tables would refuse."""
    async with till.stock.engine.begin() as connection:
        await connection.run_sync(_drop_guards)
        for statement in statements:
            await connection.execute(statement)


def _drop_guards(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        for table in GUARDED:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    for (name,) in triggers.all():
        if any(table in name for table in GUARDED):
            connection.execute(text(f"DROP TRIGGER {name}"))


async def findings(services: Services) -> set[str]:
    found = await services.verifier.verify()
    # The goods of these tests came in without a document.
    return {
        check.name
        for check in found.checks
        if check.findings and check.name != "orphan_movements_adjustment"
    }


async def test_healthy_shop_has_none(till: Till, desk: Desk, services: Services) -> None:
    await busy_day(till, desk)

    assert await findings(services) == set()


STRAY = MovementId(int=1)


async def test_each_damage_is_found(till: Till, desk: Desk, services: Services) -> None:
    await busy_day(till, desk)
    posted = [row for row in await till.rows(returns) if row["sequence"] is not None]
    _, last = sorted(posted, key=lambda row: row["sequence"])[-2:]
    header, lines = returns.c.id == last["id"], return_lines.c.return_id == last["id"]
    paid = return_refunds.c.return_id == last["id"]
    [waiting] = [row for row in await till.rows(returns) if row["status"] == "requested"]
    sold = sales.c.id == waiting["sale_id"]
    audited = audit_log.c.object_id == last["id"]
    moved = [row for row in await till.rows(stock_movements) if row["target_id"] == MAIN_ID][-1]
    stray = dict(moved) | {"id": STRAY, "document_id": STRAY, "line_id": STRAY, "value_minor": 0,
                           "source_id": CUSTOMER_ID, "target_id": MAIN_ID}  # fmt: skip
    damages: list[tuple[Any, Any, set[str]]] = [
        (*shift(return_lines, lines, "quantity", by=1000), {"return_of_sale", "return_quantities"}),
        (*shift(return_lines, lines, "refundable_minor"), {"return_refundable"}),
        (*shift(return_lines, lines, "cost_minor"), {"return_cost_of_sale", "return_costs"}),
        (
            *shift(return_lines, lines, "net_minor", "total_minor", "refundable_minor"),
            {"return_refundable", "return_paid_net", "return_net", "return_total"},
        ),
        (
            *shift(return_lines, lines, "tax_minor", "total_minor", "refundable_minor"),
            {"return_refundable", "return_paid_tax", "return_tax", "return_total"},
        ),
        (
            *shift(returns, header, "net_minor", "total_minor"),
            {"return_net", "return_total", "return_refunds"},
        ),
        (*shift(return_refunds, paid, "amount_minor", by=3), {"return_refunds", "return_tenders"}),
        (*shift(document_counters, true(), "last"), {"return_numbers", "sale_numbers"}),
        (
            *swap(return_lines, lines, "disposition", before="restock", after="none"),
            {"return_movements", "return_quantities", "return_costs"},
        ),
        (
            update(sales).where(sold).values(status="voided", voided_at=last["created_at"]),
            update(sales).where(sold).values(status="completed", voided_at=None),
            {"return_sales", "sale_refunds", "sale_steps"},
        ),
        (
            *swap(returns, header, "posted_at", before=last["posted_at"], after=None),
            {"return_dates"},
        ),
        (
            *swap(audit_log, audited, "action", before="return.refunded", after="x"),
            {"return_audit", "return_steps"},
        ),
        (
            *swap(audit_log, audited, "action", before="return.refunded", after="return.rejected"),
            {"return_audit", "return_steps", "audited_steps"},
        ),
        (
            insert(stock_movements).values(stray),
            delete(stock_movements).where(stock_movements.c.id == STRAY),
            {"orphan_movements_return", "stock_levels", "valuation_quantities"},
        ),
    ]

    for damage, repair, names in damages:
        await damaged(till, damage)
        assert await findings(services) == names, str(damage)
        await damaged(till, repair)
        assert await findings(services) == set(), str(repair)


def shift(table: Table, where: Any, *columns: str, by: int = 1) -> tuple[Any, Any]:
    """Add to the columns, and take it away again."""
    more = {name: text(f"{name} + {by}") for name in columns}
    less = {name: text(f"{name} - {by}") for name in columns}
    return update(table).where(where).values(more), update(table).where(where).values(less)


def swap(table: Table, where: Any, column: str, *, before: Any, after: Any) -> tuple[Any, Any]:
    there = update(table).where(where).values({column: after})
    return there, update(table).where(where).values({column: before})


async def test_returns_that_are_over_are_kept_as_they_are(till: Till, desk: Desk) -> None:
    await busy_day(till, desk)
    rows = [await till.rows(table) for table in (returns, return_lines, return_refunds)]
    posted = returns.c.status == "refunded"
    waiting = returns.c.status == "requested"
    of_posted = return_lines.c.return_id.in_(select(returns.c.id).where(posted))
    forbidden = [
        *(
            update(returns).where(posted).values({name: returns.c[name]})
            for name in ("series", "sequence", "total_minor", "close_reason", "version")
        ),
        *(
            update(returns).where(waiting).values({name: returns.c[name]})
            for name in ("sale_id", "currency", "created_at")
        ),
        update(returns).where(waiting).values(status="received", received_at=returns.c.created_at),
        update(returns).where(posted).values(status="requested"),
        delete(returns),
        update(return_lines).where(of_posted).values(cost_minor=0),
        delete(return_lines).where(of_posted),
        update(return_refunds).values(reference="x"),
        delete(return_refunds),
    ]

    for statement in forbidden:
        with pytest.raises(DBAPIError, match=r"never|earlier status"):
            async with till.stock.engine.begin() as connection:
                await connection.execute(statement)
    assert [await till.rows(t) for t in (returns, return_lines, return_refunds)] == rows
