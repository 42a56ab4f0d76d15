"""Files of sales that took place before: each invoice a completed sale of its own moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.application.imports.run import job_kind
from app.domain.auth.roles import Role
from app.infrastructure.db.tables.foundation import audit_log
from app.infrastructure.db.tables.inventory import stock_levels, stock_movements
from app.infrastructure.db.tables.sales import sale_lines, sale_tenders, sales
from app.infrastructure.db.tables.shop import shop, tax_rates
from tests.fixtures.importing import Importer, Json, counts
from tests.fixtures.jobs import Queue
from tests.fixtures.parties import Parties
from tests.fixtures.statements import recorded_statements

KIND = "sales_history"
HEADER = "invoice,date,sku,quantity,unit price,discount,customer,tender\n"
FILE = HEADER + (
    "A-1,2019-12-31 23:30,PEN,3,1.25,10 %,ANN,card\n"
    "A-1,,FEE,1,0.99,,,\n"
    "A-2,2020-01-01T09:00:00Z,cup,2,4.00,,,\n"
)


@pytest.fixture
async def trade(importer: Importer, parties: Parties) -> Parties:
    await importer.store.execute(update(shop).values(time_zone="Europe/Berlin"))
    await importer.run(
        "sku,name,price,cost,quantity,tracks stock,active\n"
        "PEN,Pen,1.20,0.40,10,,\nCUP,Cup,4.00,,5,,no\nFEE,Fee,1.00,0.10,,no,\n"
    )
    await parties.make("customers", code="ANN", name="Ann Shopper", email="ann@example.test")
    return parties


async def ended(importer: Importer, content: str, **form: str) -> Json:
    sent = await importer.upload(content, kind=KIND, autostart="true", role=Role.MANAGER, **form)
    assert (sent.status_code, sent.json()["kind"]) == (201, KIND), sent.text
    await importer.work()
    return await importer.shown(sent.json()["id"])


async def stored(importer: Importer) -> list[tuple[Any, ...]]:
    rows = await importer.store.rows(select(sales).order_by(sales.c.year, sales.c.sequence))
    return [
        (
            f"{row['series']}-{row['year']}-{row['sequence']}",
            row["client_number"],
            row["occurred_at"],
            row["customer_name"],
            row["total_minor"],
        )
        for row in rows
    ]


async def stock(importer: Importer) -> list[dict[str, Any]]:
    return await importer.store.rows(select(stock_levels).order_by(stock_levels.c.product_id))


def places(faults: list[Json]) -> list[tuple[Any, ...]]:
    return [(f["row"], f["column"], f["code"], f["value"]) for f in faults]


@pytest.mark.case("IMP-32")
async def test_invoices_are_completed_sales_and_again_nothing_changes(
    importer: Importer, trade: Parties
) -> None:
    on_hand = await stock(importer)
    first = await ended(importer, FILE)
    before = await stored(importer)
    again = await ended(importer, FILE)

    assert (first["status"], first["counts"]) == ("completed", counts(created=3))
    night, morning = datetime(2019, 12, 31, 22, 30, tzinfo=UTC), datetime(2020, 1, 1, 9, tzinfo=UTC)
    assert before == [
        ("S-2019-1", "A-1", night, "Ann Shopper", 437),
        ("S-2020-1", "A-2", morning, None, 800),
    ]
    assert again["counts"] == counts(unchanged=3)
    assert await stored(importer) == before
    lines = await importer.store.rows(
        select(sale_lines).order_by(sale_lines.c.sale_id, sale_lines.c.position)
    )
    assert [
        (line["sku"], str(line["quantity"]), line["total_minor"], line["cost_minor"])
        for line in lines
    ] == [("PEN", "3.000", 338, 120), ("FEE", "1.000", 99, 10), ("CUP", "2.000", 800, 0)]
    tenders = await importer.store.rows(select(sale_tenders).order_by(sale_tenders.c.sale_id))
    assert [(row["kind"], row["amount_minor"]) for row in tenders] == [
        ("card", 437),
        ("other", 800),
    ]
    audited = select(func.count().label("rows")).where(audit_log.c.action == "sale.completed")
    assert await importer.store.rows(audited) == [{"rows": 2}]
    # The stock that is there stays; the ledger says what left, and from where.
    assert await stock(importer) == on_hand
    moved = await importer.store.rows(
        select(stock_movements).where(stock_movements.c.kind == "sale")
    )
    assert [(str(row["quantity"]), row["source_id"].int) for row in moved] == [
        ("3.000", 4),
        ("2.000", 4),
    ]
    verified = await trade.get("/inventory/verify")
    assert verified.json()["clean"] is True, verified.text


async def test_a_sale_of_the_past_is_read_and_voided_like_any_other(
    importer: Importer, trade: Parties
) -> None:
    await ended(importer, FILE)
    on_hand = await stock(importer)
    [found] = (await trade.get("/sales", customer_id=await _ann(trade))).json()["items"]

    voided = await trade.post(
        f"/sales/{found['id']}/void", {"goods_back": True}, If_Match=f'"{found["version"]}"'
    )

    assert voided.status_code == 200, voided.text
    assert (voided.json()["status"], voided.json()["total"]["amount"]) == ("voided", "4.37")
    assert await stock(importer) == on_hand
    verified = await trade.get("/inventory/verify")
    assert verified.json()["clean"] is True, verified.text


async def _ann(trade: Parties) -> str:
    [ann] = (await trade.get("/customers", q="ann")).json()["items"]
    return str(ann["id"])


async def test_an_invoice_of_which_a_line_fails_fails_as_a_whole(
    importer: Importer, trade: Parties
) -> None:
    await ended(importer, FILE)
    before = await stored(importer)

    done = await ended(
        importer,
        HEADER
        + "B-1,2020-01-01,PEN,-1,1,,,\n"
        + "B-1,2020-01-01,PEN,1,1,,,\n"
        + "B-2,2020-01-01,NONE,1,1,,,\n"
        + "B-2,2020-01-01,PEN,1,1,,,\n"
        + "B-3,,PEN,1,1,,,\n"
        + "B-4,2020-01-01,PEN,1,1,,BOB,\n"
        + "B-5,2020-01-01,PEN,1,1,0.1,,\n"
        + "B-6,2020-01-01,PEN,1,1,,,coins\n"
        + "B-7,2020-01-01,PEN,1.5,1,,,\n"
        + "B-8,2020-01-01,PEN,1,1,,,cash\n"
        + "B-8,2020-01-01,PEN,1,1,,,card\n"
        + "B-9,2999-01-01,PEN,1,1,,,\n"
        + "A-2,2020-01-01T09:00:00Z,cup,3,4.00,,,\n"
        + "C-1,2020-01-01,PEN,1,1,,,\n"
        + "C-2,2020-01-01,PEN,1,0,,,\n"
        + "C-1,2020-01-01,PEN,1,1,,,\n"
        + "C-3,2020-01-01,PEN,1,1,,,,\n"
        + "C-3,2020-01-01,PEN,1,1,,,\n",
    )

    assert done["counts"] == counts(created=2, failed=16)
    assert places(await importer.faults(done["id"])) == [
        (1, "quantity", "negative_quantity", "-1"),
        (2, "invoice", "invoice_incomplete", "B-1"),
        (3, "sku", "not_found", "NONE"),
        (4, "invoice", "invoice_incomplete", "B-2"),
        (5, "date", "missing", ""),
        (6, "customer", "not_found", "BOB"),
        (7, "discount", "ambiguous_discount", "0.1"),
        (8, "tender", "unknown_tender", "coins"),
        (9, "quantity", "invalid_value", ""),
        (10, "invoice", "invoice_incomplete", "B-8"),
        (11, "tender", "lines_differ", "card"),
        (12, "date", "invalid_value", ""),
        (13, "invoice", "other_sale", "A-2"),
        (16, "invoice", "duplicate_in_file", "C-1"),
        (17, None, "too_many_cells", "C-3,2020-01-01,PEN,1,1,,,,"),
        (18, "invoice", "invoice_incomplete", "C-3"),
    ]
    after = await stored(importer)
    assert [row for row in after if row[1] not in ("C-1", "C-2")] == before
    # The product was there before; its number and price of nothing are what the file says.
    assert [row[4] for row in after if row[1] in ("C-1", "C-2")] == [100, 0]


@pytest.mark.parametrize("rows", [1, 2, 3, 1000])
async def test_an_invoice_is_never_parted_wherever_the_file_is_cut(
    importer: Importer, trade: Parties, queue: Queue, rows: int
) -> None:
    file = HEADER + (
        "A-1,2020-01-01,PEN,1,1,,,\n"
        "A-1,,PEN,1,1,,,\n"
        "A-1,,PEN,1,1,,,\n"
        ",,,,,,,\n"
        "A-1,,PEN,1,1,,,\n"
        "A-2,2020-01-01,PEN,1,1,,,\n"
        "A-3,2020-01-01,PEN,1,1,,,\n"
        "A-3,,NONE,1,1,,,\n"
        "A-1,,PEN,1,1,,,\n"
    )
    for form in ({"dry_run": "true"}, {"on_error": "skip"}):
        sent = await importer.upload(file, kind=KIND, autostart="true", role=Role.MANAGER, **form)
        claim = await queue.claim()
        assert claim is not None
        handler = importer.services.jobs.worker().handlers[job_kind(KIND)]
        async for _ in replace(handler, chunk_rows=rows).run(claim):
            pass

        done = await importer.shown(sent.json()["id"])
        assert done["counts"] == counts(created=5, failed=3, blank=1)
        assert places(await importer.faults(done["id"])) == [
            (7, "invoice", "invoice_incomplete", "A-3"),
            (8, "sku", "not_found", "NONE"),
            (9, "date", "missing", ""),
        ]
    assert [(row[1], row[4]) for row in await stored(importer)] == [("A-1", 400), ("A-2", 100)]


async def test_what_failed_is_tried_again_alone_and_whole(
    importer: Importer, trade: Parties
) -> None:
    done = await ended(
        importer,
        HEADER + "A-1,2020-01-01,PEN,1,1,,,\nA-2,2020-01-01,MUG,1,1,,,\nA-2,,PEN,1,1,,,\n",
    )
    await importer.run("sku,name,price\nMUG,Mug,4\n")
    retried = await importer.post(f"/{done['id']}/retry")
    await importer.work()

    assert done["counts"] == counts(created=1, failed=2)
    assert retried.status_code == 202, retried.text
    assert (await importer.shown(done["id"]))["counts"] == counts(created=3)
    assert [(row[1], row[4]) for row in await stored(importer)] == [("A-1", 100), ("A-2", 200)]


async def test_tax_discounts_and_registers_are_those_of_the_file(
    importer: Importer, trade: Parties
) -> None:
    await importer.store.execute(update(tax_rates).values(rate_ppm=190_000))
    await trade.post("/tax-rates", {"code": "old", "name": "Old", "percent": "16"})
    done = await ended(
        importer,
        "invoice,register,date,sku,quantity,unit price,discount_percent,discount_rate,"
        "discount_amount,tax rate\n"
        "1,till 1,2020-01-01,PEN,1,10.00,12.5,,,old\n"
        "1,till 2,2020-01-01,PEN,1,10.00,,0.25,,\n"
        "2,till 2,2020-01-01,PEN,1,10.00,,,1.50,\n"
        "3,till 2,2020-01-01,PEN,1,10.00,,,10.01,\n"
        "4,till 2,2020-01-01,PEN,1,10.00,1,1,,\n"
        "5,till 2,2020-01-01,PEN,1,10.00,,,,gone\n",
    )

    # One number at two tills are two invoices only if they do not touch.
    assert done["counts"] == counts(created=1, failed=5)
    assert places(await importer.faults(done["id"])) == [
        (1, "invoice", "invoice_incomplete", "1"),
        (2, "register", "lines_differ", "till 2"),
        (4, "discount_amount", "discount_too_large", ""),
        (5, "discount_rate", "invalid_value", ""),
        (6, "tax rate", "not_found", "gone"),
    ]
    again = await ended(
        importer,
        "invoice,register,date,sku,quantity,unit price,discount_percent,discount_rate,tax rate\n"
        "1,till 1,2020-01-01,PEN,1,10.00,12.5,,old\n"
        "2,till 1,2020-01-01,PEN,1,10.00,,,\n"
        "1,till 2,2020-01-01,PEN,1,10.00,,0.25,\n",
    )
    assert again["counts"] == counts(created=3)
    lines = await importer.store.rows(select(sale_lines).order_by(sale_lines.c.id))
    assert [
        (line["discount_minor"], line["net_minor"], line["tax_minor"], line["tax_code"])
        for line in lines
    ] == [
        (150, 714, 136, "standard"),
        (125, 754, 121, "old"),
        (0, 840, 160, "standard"),
        (250, 630, 120, "standard"),
    ]


async def test_only_those_start_it_who_may_sell(importer: Importer, trade: Parties) -> None:
    started = await importer.upload(FILE, kind=KIND, autostart="true", role=Role.CLERK)
    kept = await importer.upload(FILE, kind=KIND, role=Role.CLERK)
    later = await importer.post(f"/{kept.json()['id']}/start")

    assert (started.status_code, started.json()["code"]) == (403, "permission_denied")
    assert kept.status_code == 201
    assert (later.status_code, later.json()["code"]) == (403, "permission_denied")
    assert await stored(importer) == []


@pytest.mark.case("IMP-30")
async def test_the_template_is_taken(importer: Importer, trade: Parties) -> None:
    await importer.run("sku,name,price\nPEN-001,Pen,1\n")
    template = (await importer.get("/template.csv", kind=KIND)).content.decode("utf-8-sig")

    done = await ended(importer, template, strict="true")

    assert done["counts"] == counts(created=1)
    [row] = await importer.store.rows(select(sales))
    assert (row["register"], row["client_number"], row["total_minor"]) == (
        "till 1",
        "2019-0042",
        216,
    )


async def test_a_chunk_takes_the_same_statements_for_any_number_of_rows(
    importer: Importer, trade: Parties
) -> None:
    async def statements(first: int, last: int) -> int:
        file = HEADER + "".join(f"A-{n},2020-01-01,PEN,1,1,,ANN,card\n" for n in range(first, last))
        await importer.upload(file, kind=KIND, autostart="true", role=Role.MANAGER)
        with recorded_statements() as executed:
            await importer.work()
        return len(executed)

    assert await statements(0, 3) == await statements(3, 300)
