"""A whole shop of another program comes in: all that Northwind sold, from whom and to whom.

Its files have commas without quotes, so that records have a cell too many. These are refused,
come back as a file, are put right as a clerk would, and go in again.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from app.domain.auth.roles import Role
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.inventory import stock_levels
from app.infrastructure.db.tables.parties import customers, supplier_items, suppliers
from app.infrastructure.db.tables.sales import sale_lines, sales
from tests.fixtures.importing import DATA, Importer, Json, counts

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the folder of real files is not there: {DATA}"
)
ITEMS = '{"supplierID": "supplier", "productID": "sku", "unitPrice": null}'
SALES = '{"discount": "discount_rate"}'
CENT = Decimal("0.01")
Row = list[str]


def records(name: str) -> tuple[Row, list[Row]]:
    with (DATA / f"northwind-{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def written(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def mended(cells: Row) -> Row:
    """Put a cell that a comma parted together: what follows the comma begins with a blank."""
    whole: Row = []
    for cell in cells:
        if cell.startswith(" ") and whole:
            whole[-1] += f",{cell}"
        else:
            whole.append(cell)
    return whole


def joined() -> str:
    """Return each line of an order with the cells of the order beside it, as they are."""
    header, orders = records("orders")
    by_number = {order[0]: order[1:] for order in orders}
    titles, lines = records("order-details")
    return written([[*titles, *header[1:]], *([*line, *by_number[line[0]]] for line in lines)])


async def send(importer: Importer, content: str | bytes, kind: str, **form: str) -> Json:
    sent = await importer.upload(
        content, kind=kind, autostart="true", role=Role.MANAGER, name=f"{kind}.csv", **form
    )
    assert sent.status_code == 201, sent.text
    await importer.work()
    return await importer.shown(sent.json()["id"])


async def again_mended(importer: Importer, done: Json, kind: str, **form: str) -> Json:
    """Send the rejected records again with their cells put together."""
    back = await importer.get(f"/{done['id']}/rejected.csv")
    text = back.content.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    mended_rows = [[*mended(row[:-1]), row[-1]] for row in rows]
    return await send(importer, written([header, *mended_rows]), kind, **form)


def read(name: str) -> bytes:
    return (DATA / f"northwind-{name}.csv").read_bytes()


async def test_northwind_whole(importer: Importer) -> None:
    categories = await send(importer, read("categories"), "categories")
    goods = await send(importer, read("products"), "products")
    assert categories["counts"] == counts(created=8)
    assert (goods["counts"]["created"], goods["counts"]["failed"]) == (77, 0)

    await bring_parties(importer)
    await bring_sales(importer)

    await check_goods(importer)
    await check_sales(importer)
    verified = await importer.http.get(
        "/api/v1/inventory/verify", headers=importer.sign_in(Role.MANAGER)
    )
    assert verified.json()["clean"] is True, verified.text


async def bring_parties(importer: Importer) -> None:
    for kind, whole, ragged in (("suppliers", 20, 9), ("customers", 67, 24)):
        first = await send(importer, read(kind), kind)
        assert (first["counts"]["created"], first["counts"]["failed"]) == (whole, ragged)
        faults = await importer.faults(first["id"])
        assert {fault["code"] for fault in faults} == {"too_many_cells"}
        if kind == "suppliers":
            sold = Counter(row[2] for row in records("products")[1])
            _, rows = records(kind)
            here = sum(sold[row[0]] for row in rows if len(row) == len(records(kind)[0]))
            items = await send(importer, read("products"), "supplier_items", mapping=ITEMS)
            assert items["counts"] == counts(created=here, failed=77 - here)
        if kind == "customers":
            await bring_first_sales(importer)
        second = await again_mended(importer, first, kind)
        assert (second["counts"]["created"], second["counts"]["failed"]) == (ragged, 0)
    items = await send(importer, read("products"), "supplier_items", mapping=ITEMS)
    assert items["counts"]["failed"] == 0


async def bring_first_sales(importer: Importer) -> None:
    """Tell that lines of ragged orders fail; those of ragged customers are all among them."""
    header, orders = records("orders")
    titles, everybody = records("customers")
    there = {row[0] for row in everybody if len(row) == len(titles)}
    sizes = Counter(line[0] for line in records("order-details")[1])
    ragged = {order[0] for order in orders if len(order) != len(header)}
    assert {order[0] for order in orders if order[1] not in there} <= ragged

    done = await send(importer, joined(), "sales_history", mapping=SALES, dry_run="true")

    assert len(ragged) == 176
    failed = sum(sizes[number] for number in ragged)
    faults = await importer.faults(done["id"])
    assert Counter(fault["code"] for fault in faults) == {"too_many_cells": failed}
    assert done["counts"] == counts(created=2155 - failed, failed=failed)
    assert await importer.store.rows(select(sales)) == []


async def bring_sales(importer: Importer) -> None:
    first = await send(importer, joined(), "sales_history", mapping=SALES)
    rest = await again_mended(importer, first, "sales_history", mapping=SALES)
    replayed = await send(importer, joined(), "sales_history", mapping=SALES)

    assert first["counts"]["failed"] == rest["counts"]["created"] > 0
    assert first["counts"]["created"] + rest["counts"]["created"] == 2155
    assert replayed["counts"] == counts(
        unchanged=first["counts"]["created"], failed=first["counts"]["failed"]
    )


async def check_goods(importer: Importer) -> None:
    _, rows = records("products")
    stored = {
        row["sku"]: row
        for row in await importer.store.rows(
            select(products.c.sku, products.c.active, stock_levels.c.on_hand).outerjoin(
                stock_levels, stock_levels.c.product_id == products.c.id
            )
        )
    }
    assert {sku: row["active"] for sku, row in stored.items()} == {
        row[0]: row[9] == "0" for row in rows
    }
    # What was sold before the books were opened takes nothing from what was left.
    held = {sku: row["on_hand"].thousandths for sku, row in stored.items() if row["on_hand"]}
    assert held == {row[0]: int(row[6]) * 1000 for row in rows if row[6] != "0"}
    for table, number in ((suppliers, 29), (customers, 91), (supplier_items, 77)):
        counted = await importer.store.rows(select(func.count().label("rows")).select_from(table))
        assert counted == [{"rows": number}]


async def check_sales(importer: Importer) -> None:
    """Compare every sale with what the files say, worked out without the program."""
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for number, _, price, quantity, discount in records("order-details")[1]:
        amount = Decimal(price) * Decimal(quantity) * (1 - Decimal(discount))
        expected[number] += amount.quantize(CENT, ROUND_HALF_UP)
    orders = {order[0]: order for order in records("orders")[1]}
    names = {row[0]: " ".join(mended(row)[1].split()) for row in records("customers")[1]}

    stored = await importer.store.rows(select(sales).order_by(sales.c.id))
    assert len(stored) == 830
    assert {told(row) for row in stored} == {
        (number, total, names[orders[number][1]], orders[number][3][:10])
        for number, total in expected.items()
    }
    assert sum(row["total_minor"] for row in stored) == 126579329
    lines = await importer.store.rows(
        select(sale_lines.c.sku, func.sum(sale_lines.c.total_minor).label("total"))
        .group_by(sale_lines.c.sku)
        .order_by(sale_lines.c.sku)
    )
    assert len(lines) == 77
    numbers = Counter((row["series"], row["year"]) for row in stored)
    assert numbers == Counter(("S", int(order[3][:4])) for order in orders.values())


def told(row: dict[str, Any]) -> tuple[str, Decimal, str, str]:
    total = Decimal(row["total_minor"]) * CENT
    day = row["occurred_at"].date().isoformat()
    return row["client_number"], total, row["customer_name"], day
