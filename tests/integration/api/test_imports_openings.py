"""Files of opening balances: what lay where when the books began, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.application.imports.openings import kind
from app.application.imports.run import job_kind
from app.infrastructure.db.tables.inventory import (
    locations,
    stock_document_lines,
    stock_documents,
    stock_levels,
    stock_movements,
)
from app.infrastructure.db.tables.shop import shop
from tests.fixtures.goods import Goods
from tests.fixtures.importing import DATA, Importer, Json, counts
from tests.fixtures.jobs import Queue
from tests.fixtures.statements import recorded_statements

KIND = "opening_balances"
PRODUCTS = (
    "sku,name,price,cost,barcodes,tracks stock\n"
    "PEN,Pen,1.20,0.40,4006381333931,\n"
    "CUP,Cup,4.00,,,\n"
    "LID,Lid,1.00,,,\n"
    "FEE,Fee,1.00,,,no\n"
)


@pytest.fixture
async def stocked(importer: Importer, goods: Goods) -> Goods:
    await importer.run(PRODUCTS)
    await importer.store.execute(update(shop).values(time_zone="Europe/Berlin"))
    made = await goods.post("/locations", {"code": "back", "name": "Back room"})
    assert made.status_code == 201, made.text
    return goods


async def ended(importer: Importer, content: str | bytes, **form: str) -> Json:
    sent = await importer.upload(content, kind=KIND, autostart="true", **form)
    assert (sent.status_code, sent.json()["kind"]) == (201, KIND), sent.text
    await importer.work()
    return await importer.shown(sent.json()["id"])


async def levels(importer: Importer) -> dict[tuple[str, str], str]:
    rows = await importer.store.rows(
        select(stock_document_lines.c.sku, locations.c.code, stock_levels.c.on_hand)
        .join(stock_levels, stock_levels.c.product_id == stock_document_lines.c.product_id)
        .join(locations, locations.c.id == stock_levels.c.location_id)
        .distinct()
    )
    return {(row["sku"], row["code"]): str(row["on_hand"]) for row in rows}


async def documents(importer: Importer) -> list[tuple[Any, ...]]:
    rows = await importer.store.rows(
        select(
            stock_documents.c.kind,
            stock_documents.c.sequence,
            locations.c.code,
            stock_documents.c.occurred_at,
            func.count().label("lines"),
            func.sum(stock_document_lines.c.value_minor).label("value"),
        )
        .join(stock_document_lines, stock_document_lines.c.document_id == stock_documents.c.id)
        .join(locations, locations.c.id == stock_documents.c.location_id)
        .group_by(stock_documents.c.id, locations.c.code)
        .order_by(stock_documents.c.sequence)
    )
    return [
        (row["kind"], row["sequence"], row["code"], row["occurred_at"], row["lines"], row["value"])
        for row in rows
    ]


def places(faults: list[Json]) -> list[tuple[Any, ...]]:
    return [(f["row"], f["column"], f["code"], f["value"]) for f in faults]


@pytest.mark.case("IMP-32")
async def test_rows_of_a_place_and_moment_are_one_document_and_again_nothing_changes(
    importer: Importer, stocked: Goods
) -> None:
    file = (
        "sku,barcode,location,quantity,unit cost,value,date\n"
        "PEN,,,24,0.455,,2026-01-31\n"
        "cup,,BACK,3,,10.00,2026-01-31T18:00:00+01:00\n"
        "CUP,,main,2,4,,2026-01-31\n"
        ",4006381333931,back,1,,,2026-01-31 18:00\n"
        "LID,,,0,,,\n"
    )
    first = await ended(importer, file)
    before = await documents(importer)
    again = await ended(importer, file)

    assert (first["status"], first["counts"]) == ("completed", counts(created=4, unchanged=1))
    day, evening = datetime(2026, 1, 30, 23, tzinfo=UTC), datetime(2026, 1, 31, 17, tzinfo=UTC)
    assert before == [
        ("opening", 1, "main", day, 2, 1892),
        ("opening", 2, "back", evening, 2, 1046),
    ]
    assert await levels(importer) == {
        ("PEN", "main"): "24.000",
        ("PEN", "back"): "1.000",
        ("CUP", "main"): "2.000",
        ("CUP", "back"): "3.000",
    }
    assert again["counts"] == counts(unchanged=5)
    assert await documents(importer) == before
    verified = await stocked.get("/inventory/verify")
    assert verified.json()["clean"] is True, verified.text


async def test_rows_that_cannot_be_are_told_by_cell_and_stop_no_others(
    importer: Importer, stocked: Goods
) -> None:
    await ended(importer, "sku,quantity,value\nPEN,24,12.00\n")

    done = await ended(
        importer,
        "sku,barcode,location,quantity,unit cost,value,date\n"
        "NONE,,,1,,,\n"
        ",96385074,,1,,,\n"
        ",,,1,,,\n"
        "CUP,,cellar,1,,,\n"
        "CUP,,supplier,1,,,\n"
        "CUP,,,,,,\n"
        "CUP,,,-1,,,\n"
        "CUP,,,1.5,,,\n"
        "CUP,,,1,1,1,\n"
        "CUP,,,1,-1,,\n"
        "CUP,,,1,,1.001,\n"
        "CUP,,,1,,,31.01.2026\n"
        "CUP,,,1,,,2026-02-30\n"
        "CUP,,,1,,,2999-01-01\n"
        "CUP,,,1,,,0001-01-01\n"
        "CUP,,,1,,,9999-12-31T23:59-02:00\n"
        "FEE,,,1,,,\n"
        "PEN,,,25,,,\n"
        "PEN,,,24,,12.01,\n"
        "CUP,,,5,,,\n"
        "cup,,main,5,,,\n"
        "LID,,transit,5,,,\n"
        "LID,,,999999999,999999999.5,,\n",
    )

    assert done["counts"] == counts(created=1, failed=22, warnings=1)
    assert places(await importer.faults(done["id"])) == [
        (1, "sku", "not_found", "NONE"),
        (2, "barcode", "not_found", "00000096385074"),
        (3, "sku", "missing", ""),
        (4, "location", "not_found", "cellar"),
        (5, "location", "not_found", "supplier"),
        (6, "quantity", "missing", ""),
        (7, "quantity", "negative", "-1"),
        (8, "quantity", "invalid_value", "1.500"),
        (9, "value", "invalid_value", ""),
        (10, "unit cost", "negative", "-1"),
        (11, "value", "too_many_places", "1.001"),
        (12, "date", "invalid_moment", "31.01.2026"),
        (13, "date", "invalid_moment", "2026-02-30"),
        (14, "date", "invalid_value", ""),
        (15, "date", "invalid_moment", "0001-01-01"),
        (16, "date", "invalid_moment", "9999-12-31T23:59-02:00"),
        (17, "sku", "not_stocked", "FEE"),
        (18, "quantity", "already_opened", "25.000"),
        (19, "quantity", "already_opened", "24.000"),
        (21, "sku", "duplicate_in_file", "CUP"),
        (22, "location", "invalid_value", "transit"),
        (23, "unit cost", "too_large", "999999999.50"),
    ]
    assert await levels(importer) == {("PEN", "main"): "24.000", ("CUP", "main"): "5.000"}
    assert places(await importer.faults(done["id"], "warnings")) == [
        (20, "unit cost", "cost_unknown", "")
    ]


@pytest.mark.parametrize("rows", [1, 2, 1000])
async def test_a_dry_run_tells_the_same_wherever_the_file_is_cut(
    importer: Importer, stocked: Goods, queue: Queue, rows: int
) -> None:
    file = "sku,quantity,value\nPEN,24,12\nCUP,2,1\nPEN,24,12\nLID,0,\nLID,1,1\n"
    for form, held in (({"dry_run": "true"}, {}), ({"on_error": "skip"}, {"PEN", "CUP"})):
        sent = await importer.upload(file, kind=KIND, autostart="true", **form)
        claim = await queue.claim()
        assert claim is not None
        handler = importer.services.jobs.worker().handlers[job_kind(KIND)]
        async for _ in replace(handler, chunk_rows=rows).run(claim):
            pass

        done = await importer.shown(sent.json()["id"])
        assert done["counts"] == counts(created=2, unchanged=1, failed=2)
        assert places(await importer.faults(done["id"])) == [
            (3, "sku", "duplicate_in_file", "PEN"),
            (5, "sku", "duplicate_in_file", "LID"),
        ]
        assert {sku for sku, _ in await levels(importer)} == set(held)


async def test_stock_that_an_import_of_products_opened_is_opened(
    importer: Importer, stocked: Goods
) -> None:
    await importer.run("sku,name,price,cost,quantity\nMUG,Mug,4,1.50,10\n")

    done = await ended(importer, "sku,quantity\nMUG,10\n")

    assert done["counts"] == counts(unchanged=1)
    assert await documents(importer) == []


@pytest.mark.case("IMP-30")
async def test_the_template_is_taken(importer: Importer, stocked: Goods) -> None:
    await importer.run("sku,name,price\nPEN-001,Pen,1\n")
    template = (await importer.get("/template.csv", kind=KIND)).content

    tried = await ended(importer, template, strict="true", dry_run="true")
    [told] = await importer.faults(tried["id"], "differences")
    done = await ended(importer, template, strict="true")

    assert tried["counts"] == done["counts"] == counts(created=1)
    assert (told["label"], told["changes"]) == (
        "PEN-001 at main",
        {"on_hand": {"before": None, "after": "24.000"}},
    )
    [row] = await importer.store.rows(select(stock_movements))
    assert (row["kind"], row["document_kind"], row["value_minor"]) == ("opening", "opening", 1080)


async def test_documents_hold_so_many_lines_and_take_the_same_statements(
    importer: Importer, stocked: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, "MOST_LINES", 500)

    async def statements(first: int, last: int) -> int:
        skus = [f"P-{n}" for n in range(first, last)]
        await importer.run("sku,name,price\n" + "".join(f"{sku},P,1\n" for sku in skus))
        file = "sku,quantity,unit cost\n" + "".join(f"{sku},1,1\n" for sku in skus)
        await importer.upload(file, kind=KIND, autostart="true")
        with recorded_statements() as executed:
            await importer.work()
        return len(executed)

    assert await statements(0, 3) == await statements(3, 503)
    assert [lines for _, _, _, _, lines, _ in await documents(importer)] == [3, 500]
    await statements(503, 1004)
    assert [lines for _, _, _, _, lines, _ in await documents(importer)] == [3, 500, 500, 1]


@pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not here")
async def test_what_lies_at_many_places_comes_from_a_file_without_a_header(
    importer: Importer, goods: Goods
) -> None:
    content = (DATA / "aw-ProductInventory.csv").read_bytes()
    rows = [line.split("\t") for line in content.decode().splitlines()]
    skus, places_ = ({row[column] for row in rows} for column in (0, 1))
    await importer.run("sku,name,price\n" + "".join(f"{sku},P,1\n" for sku in sorted(skus)))
    for code in sorted(places_):
        made = await goods.post("/locations", {"code": code, "name": f"Place {code}"})
        assert made.status_code == 201, made.text
    form = {"has_header": "false", "mapping": '{"1": "sku", "2": "location", "5": "quantity"}'}

    first = await ended(importer, content, **form)
    again = await ended(importer, content, **form)

    nothing = sum(row[4] == "0" for row in rows)
    filled = len(rows) - nothing
    assert first["counts"] == counts(created=filled, unchanged=nothing, warnings=filled)
    assert again["counts"] == counts(unchanged=len(rows))
    held = await importer.store.rows(
        select(locations.c.code, stock_levels.c.on_hand).join(
            stock_levels, stock_levels.c.location_id == locations.c.id
        )
    )
    totals: Counter[str] = Counter()
    for row in held:
        totals[row["code"]] += row["on_hand"].thousandths
    expected: Counter[str] = Counter()
    for row in rows:
        expected[row[1]] += int(row[4]) * 1000
    assert totals == expected
