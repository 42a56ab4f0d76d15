"""Files of what suppliers sell: packs, costs and preferences by the rules of the API."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import BigInteger, func, select, type_coerce

from app.application.imports.run import job_kind
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.parties import supplier_items
from tests.fixtures.importing import DATA, Importer, Json, counts
from tests.fixtures.jobs import Queue
from tests.fixtures.parties import Parties
from tests.fixtures.statements import recorded_statements

KIND = "supplier_items"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not here")
PRODUCTS = "sku,name,price,barcodes\nPEN,Pen,1.20,4006381333931\nCUP,Cup,4.00,\n"
FILE = (
    "supplier,sku,barcode,supplier sku,pack size,cost,lead time,moq,preferred\n"
    "SUP-1,PEN,,W-1,12,5.40,7,2,yes\n"
    "north,,04006381333931,W-1,10,5.00,,,\n"
    "sales@north.example.test,cup,,,,,,,\n"
)


_MICROS = type_coerce(supplier_items.c.cost_micros, BigInteger)


@pytest.fixture
async def shop(importer: Importer, parties: Parties) -> Parties:
    await importer.run(PRODUCTS)
    await parties.make("suppliers", code="SUP-1", name="South", external_id="s-1")
    await parties.make("suppliers", code="SUP-2", name="Nörth", email="sales@north.example.test")
    return parties


async def ended(importer: Importer, content: str | bytes, **form: str) -> Json:
    sent = await importer.upload(content, kind=KIND, autostart="true", **form)
    assert (sent.status_code, sent.json()["kind"]) == (201, KIND), sent.text
    await importer.work()
    return await importer.shown(sent.json()["id"])


async def stored(importer: Importer) -> list[tuple[Any, ...]]:
    query = select(supplier_items).order_by(supplier_items.c.id)
    return [
        (
            row["sku"],
            str(row["pack_size"]),
            row["cost_micros"] and row["cost_micros"].amount,
            row["lead_time_days"],
            row["minimum_order"] and str(row["minimum_order"]),
            row["preferred"],
            row["version"],
        )
        for row in await importer.store.rows(query)
    ]


def places(faults: list[Json]) -> list[tuple[Any, ...]]:
    return [(f["row"], f["column"], f["code"], f["value"]) for f in faults]


@pytest.mark.case("IMP-32")
async def test_rows_are_items_and_again_nothing_changes(importer: Importer, shop: Parties) -> None:
    first = await ended(importer, FILE)
    before = await stored(importer)
    again = await ended(importer, FILE)

    assert (first["status"], first["counts"]) == ("completed", counts(created=3))
    assert before == [
        ("W-1", "12.000", "5.40", 7, "2.000", True, 1),
        ("W-1", "10.000", "5.00", None, None, False, 1),
        (None, "1.000", None, None, None, False, 1),
    ]
    assert again["counts"] == counts(unchanged=3)
    assert await stored(importer) == before
    rows = await importer.store.rows(
        select(audit_log.c.action, audit_log.c.changes).where(
            audit_log.c.object_kind == "supplier_item"
        )
    )
    assert [row["action"] for row in rows] == ["supplier_item.created"] * 3
    assert rows[0]["changes"]["cost"] == {"before": None, "after": "5.40"}
    events = await importer.store.rows(
        select(outbox.c.payload).where(outbox.c.name.startswith("supplier_item."))
    )
    assert len(events) == 3
    assert "5.40" not in str(events)


async def test_an_item_is_found_by_its_number_else_by_its_product(
    importer: Importer, shop: Parties
) -> None:
    await ended(importer, "supplier,sku,supplier sku,cost\nSUP-1,PEN,W-1,5.40\nSUP-1,CUP,,9\n")

    done = await ended(
        importer,
        "supplier,sku,supplier sku,cost,currency\n"
        "s-1,PEN,w-1,5.50,EUR\n"
        "SUP-1,CUP,C-9,,\n"
        "SUP-1,PEN,W-2,50,\n",
    )
    one_of_two = await ended(importer, "supplier,sku,cost\nSUP-1,PEN,1\nSUP-1,CUP,NULL\n")

    assert done["counts"] == counts(created=1, updated=2)
    assert one_of_two["counts"] == counts(updated=1, failed=1)
    assert places(await importer.faults(one_of_two["id"])) == [(1, None, "ambiguous_item", "")]
    assert await stored(importer) == [
        ("w-1", "1.000", "5.50", None, None, False, 2),
        ("C-9", "1.000", None, None, None, False, 3),
        ("W-2", "1.000", "50.00", None, None, False, 1),
    ]


async def test_rows_that_cannot_be_are_told_by_cell_and_stop_no_others(
    importer: Importer, shop: Parties
) -> None:
    await shop.make("suppliers", code="SUP-3", name="South")
    await ended(importer, "supplier,sku,supplier sku\nSUP-1,PEN,W-1\n")
    before = await stored(importer)

    done = await ended(
        importer,
        "supplier,sku,barcode,supplier sku,pack size,cost,currency,lead time,moq,preferred\n"
        "SUP-9,PEN,,,,,,,,\n"
        "South,PEN,,,,,,,,\n"
        "SUP-1,NONE,,,,,,,,\n"
        "SUP-1,,96385074,,,,,,,\n"
        "SUP-1,,,,,,,,,\n"
        ",PEN,,,,,,,,\n"
        "SUP-1,CUP,,W-1,,,,,,\n"
        "SUP-2,PEN,,,0,,,,,\n"
        "SUP-2,PEN,,,1.5,,,,,\n"
        "SUP-2,PEN,,,,-1,,,,\n"
        "SUP-2,PEN,,,,1,USD,,,\n"
        "SUP-2,PEN,,,,,,400,,\n"
        "SUP-2,PEN,,,,,,,-1,\n"
        "SUP-2,PEN,,,,,,,,maybe\n"
        "SUP-2,PEN,,,,,,,,yes\n"
        "SUP-1,PEN,,W-1,,,,,,yes\n",
    )

    assert done["counts"] == counts(created=1, failed=15)
    assert places(await importer.faults(done["id"])) == [
        (1, "supplier", "not_found", "SUP-9"),
        (2, "supplier", "ambiguous_name", "South"),
        (3, "sku", "not_found", "NONE"),
        (4, "barcode", "not_found", "00000096385074"),
        (5, "sku", "missing", ""),
        (6, "supplier", "missing", ""),
        (7, "supplier sku", "other_product", "W-1"),
        (8, "pack size", "not_positive", "0"),
        (9, "pack size", "invalid_value", "1.500"),
        (10, "cost", "negative", "-1"),
        (11, "currency", "currency_mismatch", "USD"),
        (12, "lead time", "invalid_number", "400"),
        (13, "moq", "not_positive", "-1"),
        (14, "preferred", "invalid_boolean", "maybe"),
        (16, "preferred", "duplicate_in_file", "PEN"),
    ]
    assert (await stored(importer))[:1] == before


@pytest.mark.case("IMP-21")
@pytest.mark.parametrize("rows", [1, 2, 1000])
async def test_the_outcome_is_the_same_wherever_the_file_is_cut(
    importer: Importer, shop: Parties, queue: Queue, rows: int
) -> None:
    await ended(importer, "supplier,sku,preferred\nSUP-1,PEN,yes\nSUP-1,CUP,\n")
    file = (
        "supplier,sku,supplier sku,preferred\n"
        "SUP-2,PEN,,yes\n"
        "SUP-2,PEN,N-1,\n"
        "SUP-1,PEN,,no\n"
        "SUP-1,CUP,C-1,\n"
        "SUP-1,CUP,C-2,\n"
        "SUP-1,CUP,,\n"
    )
    for form in ({"dry_run": "true"}, {"on_error": "skip"}):
        sent = await importer.upload(file, kind=KIND, autostart="true", **form)
        claim = await queue.claim()
        assert claim is not None
        handler = importer.services.jobs.worker().handlers[job_kind(KIND)]
        async for _ in replace(handler, chunk_rows=rows).run(claim):
            pass

        done = await importer.shown(sent.json()["id"])
        assert done["counts"] == counts(created=2, updated=1, unchanged=1, failed=2)
        assert places(await importer.faults(done["id"])) == [
            (2, "supplier sku", "duplicate_in_file", "N-1"),
            (6, "sku", "duplicate_in_file", "CUP"),
        ]
    assert [(row[0], row[5], row[6]) for row in await stored(importer)] == [
        (None, False, 2),
        ("C-1", False, 2),
        (None, True, 1),
        ("C-2", False, 1),
    ]


@pytest.mark.case("IMP-30")
async def test_the_template_is_taken_and_a_dry_run_tells_of_it(
    importer: Importer, shop: Parties
) -> None:
    await shop.make("suppliers", code="SUP-BAKER", name="Baker")
    await importer.run("sku,name,price\nPEN-001,Pen,1\n")
    template = (await importer.get("/template.csv", kind=KIND)).content

    tried = await ended(importer, template, strict="true", dry_run="true")
    [told] = await importer.faults(tried["id"], "differences")
    done = await ended(importer, template, strict="true")

    assert tried["counts"] == done["counts"] == counts(created=1)
    assert (told["label"], told["created"]) == ("SUP-BAKER PEN-001", True)
    assert told["changes"]["cost"] == {"before": None, "after": "5.40"}
    assert await stored(importer) == [("W-4711", "12.000", "5.40", 7, "2.000", True, 1)]


async def test_a_chunk_takes_the_same_statements_for_any_number_of_rows(
    importer: Importer, shop: Parties
) -> None:
    async def statements(first: int, last: int) -> int:
        skus = [f"P-{n}" for n in range(first, last)]
        await importer.run("sku,name,price\n" + "".join(f"{sku},P,1\n" for sku in skus))
        file = "supplier,sku,cost,preferred\n" + "".join(f"SUP-1,{sku},1,yes\n" for sku in skus)
        await importer.upload(file, kind=KIND, autostart="true")
        with recorded_statements() as executed:
            await importer.work()
        return len(executed)

    assert await statements(0, 3) == await statements(3, 300)


@needs_data
async def test_every_part_at_every_supplier_of_tpch(importer: Importer) -> None:
    mapped = {
        "tpch-sf002-part.csv": '{"p_partkey": "sku", "p_name": "name", "p_retailprice": "price"}',
        "tpch-sf002-supplier.csv": '{"s_suppkey": "external_id", "s_name": "name"}',
        "tpch-sf002-partsupp.csv": (
            '{"ps_partkey": "sku", "ps_suppkey": "supplier", "ps_supplycost": "cost"}'
        ),
    }
    part, supplier, partsupp = mapped
    await importer.run((DATA / part).read_bytes(), mapping=mapped[part])
    await importer.run((DATA / supplier).read_bytes(), kind="suppliers", mapping=mapped[supplier])

    first = await ended(importer, (DATA / partsupp).read_bytes(), mapping=mapped[partsupp])
    sums = select(
        func.count().label("items"),
        func.sum(supplier_items.c.version).label("versions"),
        func.sum(_MICROS).label("micros"),
    )
    written = await importer.store.rows(sums)
    again = await ended(importer, (DATA / partsupp).read_bytes(), mapping=mapped[partsupp])

    assert first["counts"] == counts(created=16_000)
    rows = (DATA / partsupp).read_text().splitlines()[1:]
    costs = [Decimal(row.split(",")[3]) * 1_000_000 for row in rows]
    assert written == [{"items": 16_000, "versions": 16_000, "micros": sum(costs)}]
    assert again["counts"] == counts(unchanged=16_000)
    assert await importer.store.rows(sums) == written


@needs_data
async def test_a_file_without_a_header_is_mapped_by_the_numbers_of_its_columns(
    importer: Importer,
) -> None:
    content = (DATA / "aw-ProductVendor.csv").read_bytes()
    rows = [line.split("\t") for line in content.decode().splitlines()]
    skus, vendors = ({row[column] for row in rows} for column in (0, 1))
    await importer.run("sku,name,price\n" + "".join(f"{sku},P,1\n" for sku in sorted(skus)))
    named = "".join(f"{vendor},V\n" for vendor in sorted(vendors))
    await importer.run("external id,name\n" + named, kind="suppliers")
    mapping = '{"1": "sku", "2": "supplier", "3": "lead_time_days", "5": "cost", "7": "moq"}'
    form = {"has_header": "false", "mapping": mapping.replace("moq", "minimum_order")}

    first = await ended(importer, content, **form)
    again = await ended(importer, content, **form)

    assert (len(rows), first["analysis"]["format"]["delimiter"]) == (460, "\t")
    assert first["counts"] == counts(created=460)
    assert again["counts"] == counts(unchanged=460)
    [summed] = await importer.store.rows(
        select(func.sum(_MICROS).label("micros"), func.count().label("items"))
    )
    costs = [Decimal(row[4]) * 1_000_000 for row in rows]
    assert summed == {"micros": sum(costs), "items": 460}
