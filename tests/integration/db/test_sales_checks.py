"""The checks of sales find nothing in a healthy shop, and each kind of damage by its name."""

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
from app.infrastructure.db.tables.sales import sale_lines, sale_refunds, sale_tenders, sales
from tests.fixtures.till import Till, line


async def busy_day(till: Till) -> None:
    """Sales of every kind, the last of them completed and plain."""
    await till.set_shop(prices_include_tax=False)
    rate = await till.tax_rate(190_000)
    tea = await till.product("TEA", price="9.99", on_hand="20", value_minor=33_33, tax_rate_id=rate)
    fee = await till.product("FEE", price="3.00", tracks_stock=False)
    pay = [{"kind": "card", "amount": "10.00"}, {"kind": "cash", "amount": "100.00"}]
    await till.draft(line(tea, "3"))
    for goods_back in (True, False):
        sale = (await till.sell(line(tea, "2"), line(fee), line(tea), tenders=pay)).json()
        body = {"goods_back": goods_back}
        assert (await till.post(f"/{sale['id']}/void", body, role=Role.MANAGER)).is_success
    cancelled = (await till.draft(line(tea))).json()
    assert (await till.post(f"/{cancelled['id']}/void")).is_success
    assert (await till.sell(line(tea, "30"), tenders=[card("356.64")], oversell=True)).is_success
    last = await till.sell(
        line(fee, discount={"percent": "50"}), line(fee, "3"), discount={"amount": "0.50"},
        cash="10.00",
    )  # fmt: skip
    assert last.is_success, last.text


def card(amount: str) -> dict[str, str]:
    return {"kind": "card", "amount": amount}


async def damaged(till: Till, *statements: Any) -> None:
    """Do what the guards of the tables would refuse."""
    async with till.stock.engine.begin() as connection:
        await connection.run_sync(_drop_guards)
        for statement in statements:
            await connection.execute(statement)


def _drop_guards(connection: Connection) -> None:
    tables = (
        *("sales", "sale_lines", "sale_tenders", "sale_refunds"),
        *("stock_movements", "audit_log"),
    )
    if connection.dialect.name == "postgresql":
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    for (name,) in triggers.all():
        if any(table in name for table in tables):
            connection.execute(text(f"DROP TRIGGER {name}"))


async def findings(services: Services) -> dict[str, int]:
    found = await services.verifier.verify()
    # The goods of these tests came in without a document.
    return {
        check.name: len(check.findings)
        for check in found.checks
        if check.findings and check.name != "orphan_movements_adjustment"
    }


async def test_healthy_shop_has_none(till: Till, services: Services) -> None:
    await busy_day(till)

    assert await findings(services) == {}


async def test_each_damage_is_found(till: Till, services: Services) -> None:
    await busy_day(till)
    posted = [row for row in await till.rows(sales) if row["status"] == "completed"]
    oversold, last = sorted(posted, key=lambda row: row["sequence"])
    header, lines = sales.c.id == last["id"], sale_lines.c.sale_id == last["id"]
    oversold_lines = sale_lines.c.sale_id == oversold["id"]
    paid = sale_tenders.c.sale_id == last["id"]
    voided = sales.c.sequence == 1
    audited = audit_log.c.object_id == last["id"]
    damages: list[tuple[Any, Any, set[str]]] = [
        (*shift(sales, header, "net_minor", "total_minor"),
         {"sale_net", "sale_total", "sale_tenders"}),
        (*shift(sales, header, "discount_minor"), {"sale_discount"}),
        (*shift(sale_lines, lines, "full_minor"), {"sale_line_amounts"}),
        (*shift(sale_tenders, paid, "amount_minor"), {"sale_tenders"}),
        (*shift(document_counters, true(), "last"), {"sale_numbers"}),
        (*shift(sale_lines, oversold_lines, "cost_minor"), {"sale_costs"}),
        (*shift(sale_lines, oversold_lines, "tax_minor", "total_minor"),
         {"sale_line_taxes", "sale_tax", "sale_total"}),
        (*swap(sale_lines, lines, "tracks_stock", before=False, after=True),
         {"sale_quantities", "sale_costs"}),
        (*swap(sales, voided, "goods_back", before=True, after=False),
         {"sale_voids", "sale_void_costs"}),
        (*swap(sales, header, "posted_at", before=last["posted_at"], after=None), {"sale_dates"}),
        (*shift(sale_refunds, true(), "amount_minor"), {"sale_refunds"}),
        (*swap(audit_log, audited, "action", before="sale.completed", after="x"),
         {"sale_audit", "sale_steps"}),
        (
            insert(stock_movements).values(stray(await till.rows(stock_movements))),
            delete(stock_movements).where(stock_movements.c.id == STRAY),
            {"orphan_movements_sale", "stock_levels", "valuation_quantities"},
        ),
    ]  # fmt: skip

    for damage, repair, names in damages:
        await damaged(till, damage)
        assert set(await findings(services)) == names, str(damage)
        await damaged(till, repair)
        assert await findings(services) == {}, str(repair)


STRAY = MovementId(int=1)


def stray(movements: Any) -> dict[str, Any]:
    """A movement that says it belongs to a sale which is not there."""
    sold = next(row for row in movements if row["target_id"] == CUSTOMER_ID)
    elsewhere = {"id": STRAY, "document_id": STRAY, "line_id": STRAY, "value_minor": 0}
    return dict(sold) | elsewhere | {"source_id": CUSTOMER_ID, "target_id": MAIN_ID}


def shift(table: Table, where: Any, *columns: str) -> tuple[Any, Any]:
    """Add one to the columns, and take it away again."""
    more = {name: table.c[name] + 1 for name in columns}
    less = {name: table.c[name] - 1 for name in columns}
    return update(table).where(where).values(more), update(table).where(where).values(less)


def swap(table: Table, where: Any, column: str, *, before: Any, after: Any) -> tuple[Any, Any]:
    there = update(table).where(where).values({column: after})
    return there, update(table).where(where).values({column: before})


async def test_posted_sales_are_kept_as_they_are(till: Till) -> None:
    await busy_day(till)
    rows = [await till.rows(table) for table in (sales, sale_lines, sale_tenders)]
    posted = sales.c.sequence.is_not(None)
    of_posted = sale_lines.c.sale_id.in_(select(sales.c.id).where(posted))
    forbidden = [
        *(
            update(sales).where(posted).values({name: sales.c[name]})
            for name in (
                "series",
                "sequence",
                "total_minor",
                "shop_name",
                "occurred_at",
                "posted_at",
                "client_id",
            )
        ),
        update(sales).where(sales.c.status == "voided").values(status="completed"),
        update(sales).where(sales.c.status == "completed").values(status="draft"),
        delete(sales),
        update(sale_lines).where(of_posted).values(cost_minor=0),
        delete(sale_lines).where(of_posted),
        update(sale_tenders).values(reference="x"),
        delete(sale_tenders),
        update(sale_refunds).values(amount_minor=1),
        delete(sale_refunds),
    ]

    for statement in forbidden:
        with pytest.raises(DBAPIError, match=r"never|earlier status"):
            async with till.stock.engine.begin() as connection:
                await connection.execute(statement)
    assert [await till.rows(table) for table in (sales, sale_lines, sale_tenders)] == rows
