"""The checks of purchases find nothing in a healthy shop, and each kind of damage by its name."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, text, true, update
from sqlalchemy.exc import DBAPIError

from app.application.services import Services
from app.domain.common.identifiers import MovementId
from app.domain.inventory.locations import MAIN_ID, QUARANTINE_ID, SUPPLIER_ID
from app.infrastructure.db.tables.foundation import audit_log, document_counters
from app.infrastructure.db.tables.inventory import stock_documents, stock_movements
from app.infrastructure.db.tables.purchases import (
    purchase_lines,
    purchase_receipt_lines,
    purchases,
    supplier_return_lines,
    supplier_returns,
)
from tests.fixtures.purchasing import Buyer, back, came, ordered

TABLES = (
    purchases,
    purchase_lines,
    purchase_receipt_lines,
    supplier_returns,
    supplier_return_lines,
)
GUARDED = (*(t.name for t in TABLES), "stock_movements", "stock_documents", "audit_log")
STRAY = MovementId(int=1)


async def busy_day(buyer: Buyer) -> None:
    """Orders of every kind; the last one that was received went back in part."""
    supplier = await buyer.supplier(currency="USD", over_receipt_percent="10")
    tea, mug = await buyer.product("TEA"), await buyer.product("MUG")
    await buyer.draft(supplier, ordered(tea, "3"))
    cancelled = await buyer.order(supplier, ordered(tea, "3", "1"), exchange_rate="0.9")
    await buyer.step(cancelled, "cancel")
    short = await buyer.order(
        supplier, ordered(tea, "10", "1.11"), ordered(mug, "3", "2.22"), exchange_rate="0.9"
    )
    await buyer.received(short, came(short, "4"), came(short, "1", 1, rejected="1"))
    await buyer.step(short, "cancel")
    await buyer.order(supplier, ordered(mug, "3"), exchange_rate="0.9")
    whole = await buyer.order(
        supplier, ordered(tea, "10", "9.99", measure="pack", pack_size="4"), exchange_rate="0.81"
    )
    await buyer.received(whole, came(whole, "9"), exchange_rate="0.8")
    receipt = await buyer.received(whole, came(whole, "1.5", rejected="0.5"))
    line = {"product_id": mug["id"], "change": "-1"}
    await buyer.post("/inventory/adjustments", {"reason": "loss", "lines": [line]})
    gone = await buyer.give_back(whole, back(receipt, "2"), back(receipt, "1", 1))
    assert gone.status_code == 201, gone.text


async def damaged(buyer: Buyer, *statements: Any) -> None:
    """Do what the guards of the tables would refuse."""
    async with buyer.engine.begin() as connection:
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
    return {check.name for check in found.checks if check.findings}


async def test_healthy_shop_has_none(buyer: Buyer, services: Services) -> None:
    await busy_day(buyer)

    assert await findings(services) == set()


async def test_each_damage_is_found(buyer: Buyer, services: Services) -> None:
    await busy_day(buyer)
    orders = sorted(await buyer.rows(purchases), key=lambda row: row["created_at"])
    last, short = orders[-1], orders[2]
    lines = purchase_lines.c.purchase_id == last["id"]
    (line,) = [r for r in await buyer.rows(purchase_lines) if r["purchase_id"] == last["id"]]
    received = [
        row
        for row in await buyer.rows(purchase_receipt_lines)
        if row["purchase_line_id"] == line["id"]
    ]
    (faulty,) = [row for row in received if row["rejected"]]
    is_faulty = purchase_receipt_lines.c.id == faulty["id"]
    went_back = supplier_return_lines.c.receipt_line_id == faulty["id"]
    (document,) = await buyer.rows(supplier_returns)
    moved = [row for row in await buyer.rows(stock_movements) if row["target_id"] == MAIN_ID][-1]
    stray = dict(moved) | {
        "id": STRAY, "document_id": STRAY, "line_id": STRAY, "value_minor": 0,
        "document_kind": "supplier_return", "source_id": SUPPLIER_ID,
    }  # fmt: skip
    of_last = stock_documents.c.id.in_(
        [r["id"] for r in await buyer.rows(stock_documents) if r["purchase_id"] == last["id"]]
    )
    header = purchases.c.id == last["id"]
    of_order, of_return = (audit_log.c.object_id == row["id"] for row in (last, document))
    damages: list[tuple[Any, Any, set[str]]] = [
        (*shift(purchase_lines, lines, "received", by=-1000), {"purchase_received"}),
        (*shift(purchase_lines, lines, "rejected", by=1000), {"purchase_rejected"}),
        (
            *shift(purchase_receipt_lines, is_faulty, "quantity", by=1000),
            {"purchase_received", "purchase_rejected", "purchase_movements"},
        ),
        (
            *swap(purchase_receipt_lines, is_faulty, "location_id", QUARANTINE_ID, MAIN_ID),
            {"purchase_movements"},
        ),
        (
            *swap(stock_documents, of_last, "purchase_id", last["id"], short["id"]),
            {"purchase_receipts"},
        ),
        (*shift(purchase_lines, lines, "tolerance_ppm", by=-100_000), {"purchase_tolerance"}),
        (
            *shift(purchase_lines, lines, "received", "receivable", by=9000),
            {"purchase_received", "purchase_tolerance"},
        ),
        (*swap(purchases, header, "status", "received", "partly_received"), {"purchase_status"}),
        (*shift(purchase_lines, lines, "outstanding", by=1000), {"purchase_outstanding"}),
        (*shift(purchases, header, "total_minor"), {"purchase_totals"}),
        (
            *shift(document_counters, true(), "last"),
            {"purchase_numbers", "supplier_return_numbers", "stock_document_numbers"},
        ),
        (*swap(audit_log, of_order, "action", "purchase.ordered", "x"), {"purchase_audit"}),
        (
            *shift(purchase_receipt_lines, is_faulty, "returned", by=500),
            {"supplier_return_of_receipt"},
        ),
        (*shift(purchase_lines, lines, "returned", by=500), {"supplier_return_of_purchase"}),
        (
            *shift(supplier_return_lines, went_back, "credit_minor", by=99_999),
            {"supplier_return_credit"},
        ),
        (
            *shift(supplier_return_lines, went_back, "shop_credit_minor", by=99_999),
            {"supplier_return_shop_credit"},
        ),
        (
            *shift(supplier_return_lines, went_back, "quantity", by=500),
            {
                "supplier_return_of_receipt",
                "supplier_return_of_purchase",
                "supplier_return_quantities",
            },
        ),
        (*shift(supplier_return_lines, went_back, "value_minor"), {"supplier_return_values"}),
        (
            insert(stock_movements).values(stray),
            delete(stock_movements).where(stock_movements.c.id == STRAY),
            {"orphan_movements_supplier_return", "stock_levels", "valuation_quantities"},
        ),
        (
            *swap(audit_log, of_return, "action", "supplier_return.posted", "x"),
            {"supplier_return_audit"},
        ),
    ]

    for damage, repair, names in damages:
        await damaged(buyer, damage)
        assert await findings(services) == names, str(damage)
        await damaged(buyer, repair)
        assert await findings(services) == set(), str(repair)


def shift(table: Table, where: Any, *columns: str, by: int = 1) -> tuple[Any, Any]:
    """Add to the columns, and take it away again."""
    more = {name: text(f"{name} + {by}") for name in columns}
    less = {name: text(f"{name} - {by}") for name in columns}
    return update(table).where(where).values(more), update(table).where(where).values(less)


def swap(table: Table, where: Any, column: str, *values: Any) -> tuple[Any, Any]:
    """Put the second value in place of the first, and back again."""
    there, again = (
        update(table).where(where, table.c[column] == old).values({column: new})
        for old, new in (values, values[::-1])
    )
    return there, again


async def test_what_was_ordered_came_or_went_back_is_kept(buyer: Buyer) -> None:
    await busy_day(buyer)
    rows = [await buyer.rows(table) for table in TABLES]
    sent = purchases.c.series.is_not(None)
    over = purchases.c.status == "closed"
    lines_sent = purchase_lines.c.purchase_id.in_(select(purchases.c.id).where(sent))
    forbidden = [
        *(
            update(purchases).where(sent).values({name: purchases.c[name]})
            for name in ("series", "rate_nanos", "total_minor", "location_id", "note")
        ),
        *(
            update(purchases).values({name: purchases.c[name]})
            for name in ("supplier_id", "supplier_name", "currency", "created_at")
        ),
        update(purchases).where(over).values(close_reason="x"),
        update(purchases).where(purchases.c.status == "received").values(status="ordered"),
        delete(purchases),
        *(
            update(purchase_lines).values({name: purchase_lines.c[name]})
            for name in ("quantity", "cost_micros", "receivable", "product_id")
        ),
        delete(purchase_lines).where(lines_sent),
        update(purchase_receipt_lines).values(value_minor=0),
        delete(purchase_receipt_lines),
        update(supplier_returns).values(reason="x"),
        delete(supplier_returns),
        update(supplier_return_lines).values(value_minor=0),
        delete(supplier_return_lines),
    ]

    for statement in forbidden:
        with pytest.raises(DBAPIError, match=r"never|earlier status"):
            async with buyer.engine.begin() as connection:
                await connection.execute(statement)
    assert [await buyer.rows(table) for table in TABLES] == rows
