"""Files of counts: how much there was of what, where and when."""

from __future__ import annotations

from collections import Counter as Sums
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.application.imports.run import job_kind
from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId
from app.infrastructure.db.tables.inventory import locations, stock_levels, stock_movements
from app.infrastructure.db.tables.jobs import jobs
from app.infrastructure.db.tables.shop import shop
from app.infrastructure.db.tables.stocktakes import stocktake_lines, stocktakes
from tests.fixtures.counting import Counter
from tests.fixtures.goods import Goods
from tests.fixtures.importing import DATA, Importer, Json, counts
from tests.fixtures.jobs import Queue
from tests.fixtures.statements import recorded_statements

KIND = "stock_counts"
PRODUCTS = (
    "sku,name,price,cost,barcodes,tracks stock\n"
    "PEN,Pen,1.20,0.40,4006381333931,\n"
    "CUP,Cup,4.00,1.50,,\n"
    "LID,Lid,1.00,,,\n"
    "FEE,Fee,1.00,,,no\n"
)
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not here")


@pytest.fixture
async def stocked(importer: Importer, goods: Goods) -> Goods:
    """24 pens lie in the shop since New Year; there is a back room."""
    await importer.run(PRODUCTS)
    await importer.store.execute(update(shop).values(time_zone="Europe/Berlin"))
    await place(goods, "back")
    opened = await ended(
        importer, "sku,quantity,date\nPEN,24,2026-01-01\n", kind="opening_balances"
    )
    assert opened["counts"] == counts(created=1)
    return goods


async def place(goods: Goods, code: str) -> Json:
    made = await goods.post("/locations", {"code": code, "name": f"Place {code}"})
    assert made.status_code == 201, made.text
    location: Json = made.json()
    return location


async def ended(importer: Importer, content: str | bytes, *, kind: str = KIND, **form: str) -> Json:
    """Send a file as a manager, have it done, and return how it ended."""
    sent = await importer.upload(content, kind=kind, autostart="true", role=Role.MANAGER, **form)
    assert (sent.status_code, sent.json()["kind"]) == (201, kind), sent.text
    await importer.work()
    return await importer.shown(sent.json()["id"])


async def levels(importer: Importer) -> dict[tuple[str, str], str]:
    known = {row["id"]: sku for sku, row in (await importer.products()).items()}
    rows = await importer.store.rows(
        select(stock_levels.c.product_id, locations.c.code, stock_levels.c.on_hand).join(
            locations, locations.c.id == stock_levels.c.location_id
        )
    )
    return {(known[row["product_id"]], row["code"]): str(row["on_hand"]) for row in rows}


async def posted(importer: Importer) -> list[tuple[Any, ...]]:
    """Return the counts in the order of their numbers: place, instants, rows, note."""
    rows = await importer.store.rows(
        select(
            stocktakes.c.sequence,
            locations.c.code,
            stocktake_lines.c.counted_at,
            func.count().label("lines"),
            stocktakes.c.note,
        )
        .join(stocktake_lines, stocktake_lines.c.stocktake_id == stocktakes.c.id)
        .join(locations, locations.c.id == stocktakes.c.location_id)
        .where(stocktakes.c.status == "posted")
        .group_by(stocktakes.c.id, locations.c.code, stocktake_lines.c.counted_at)
        .order_by(stocktakes.c.sequence)
    )
    return [tuple(row.values()) for row in rows]


async def sound(goods: Goods) -> bool:
    verified = await goods.get("/inventory/verify")
    return verified.json()["clean"] is True


def places(faults: list[Json]) -> list[tuple[Any, ...]]:
    return [(f["row"], f["column"], f["code"], f["value"]) for f in faults]


async def test_rows_of_a_place_and_instant_are_one_count_and_again_nothing_changes(
    importer: Importer, stocked: Goods
) -> None:
    file = (
        "sku,barcode,location,counted,counted at,note\n"
        "PEN,,,20,2026-03-02 18:00,Spring\n"
        "cup,,BACK,3,2026-03-02T18:00:00+01:00,\n"
        "LID,,main,0,2026-03-02 18:00,Two broken\n"
        ",4006381333931,back,1,2026-03-02 18:00,Spring\n"
        "CUP,,,2,2026-03-03,\n"
    )
    first = await ended(importer, file)
    before = await posted(importer)
    again = await ended(importer, file)

    assert (first["status"], first["counts"]) == ("completed", counts(updated=4, unchanged=1))
    evening, night = datetime(2026, 3, 2, 17, tzinfo=UTC), datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert before == [
        (1, "main", evening, 2, "Spring; Two broken"),
        (2, "back", evening, 2, "Spring"),
        (3, "main", night, 1, None),
    ]
    held = {
        ("PEN", "main"): "20.000",
        ("PEN", "back"): "1.000",
        ("CUP", "main"): "2.000",
        ("CUP", "back"): "3.000",
        ("LID", "main"): "0.000",
    }
    assert await levels(importer) == held
    assert again["counts"] == counts(unchanged=5)
    assert (await posted(importer), await levels(importer)) == (before, held)
    assert await sound(stocked)


async def test_rows_that_cannot_be_are_told_by_cell_and_stop_no_others(
    importer: Importer, stocked: Goods
) -> None:
    shut = await place(stocked, "shut")
    closed = await stocked.post(f"/locations/{shut['id']}/deactivate", If_Match='"1"')
    assert closed.status_code == 200, closed.text
    await importer.store.execute(update(shop).values(closed_through=date(2026, 2, 28)))

    done = await ended(
        importer,
        "sku,barcode,location,counted,counted at\n"
        "NONE,,,1,\n"
        ",96385074,,1,\n"
        ",,,1,\n"
        "CUP,,cellar,1,\n"
        "CUP,,supplier,1,\n"
        "CUP,,shut,1,\n"
        "CUP,,,,\n"
        "CUP,,,-1,\n"
        "CUP,,,1.5,\n"
        "CUP,,,many,\n"
        "CUP,,,1,03/02/2026\n"
        "CUP,,,1,2999-01-01\n"
        "CUP,,,1,2026-02-28 23:59\n"
        "FEE,,,1,\n"
        "CUP,,,1,0001-01-01\n"
        "CUP,,,5,2026-03-01\n"
        "cup,,main,5,2026-03-01\n"
        "CUP,,,6,2026-03-02\n"
        "LID,,transit,1,\n",
    )

    assert done["counts"] == counts(updated=1, failed=18)
    assert places(await importer.faults(done["id"])) == [
        (1, "sku", "not_found", "NONE"),
        (2, "barcode", "not_found", "00000096385074"),
        (3, "sku", "missing", ""),
        (4, "location", "not_found", "cellar"),
        (5, "location", "not_found", "supplier"),
        (6, "location", "location_closed", "shut"),
        (7, "counted", "missing", ""),
        (8, "counted", "negative", "-1"),
        (9, "counted", "invalid_value", "1.500"),
        (10, "counted", "invalid_decimal", "many"),
        (11, "counted at", "invalid_moment", "03/02/2026"),
        (12, "counted at", "invalid_value", ""),
        (13, "counted at", "period_closed", ""),
        (14, "sku", "not_stocked", "FEE"),
        (15, "counted at", "invalid_moment", "0001-01-01"),
        (17, "sku", "duplicate_in_file", "CUP"),
        (18, "sku", "duplicate_in_file", "CUP"),
        (19, "location", "invalid_value", "transit"),
    ]
    assert await levels(importer) == {("PEN", "main"): "24.000", ("CUP", "main"): "5.000"}
    assert [row[1:4] for row in await posted(importer)] == [
        ("main", datetime(2026, 2, 28, 23, tzinfo=UTC), 1)
    ]


@pytest.mark.parametrize("rows", [1, 2, 1000])
async def test_a_dry_run_tells_the_same_wherever_the_file_is_cut(
    importer: Importer, stocked: Goods, queue: Queue, rows: int
) -> None:
    file = "sku,location,counted\nPEN,,20\nCUP,,2\nPEN,,24\nLID,,0\nPEN,back,1\nLID,,1\n"
    opened = await levels(importer)
    counted = opened | {
        ("PEN", "main"): "20.000",
        ("PEN", "back"): "1.000",
        ("CUP", "main"): "2.000",
        ("LID", "main"): "0.000",
    }
    for form, held in (({"dry_run": "true"}, opened), ({"on_error": "skip"}, counted)):
        sent = await importer.upload(file, kind=KIND, autostart="true", role=Role.MANAGER, **form)
        claim = await queue.claim()
        assert claim is not None
        handler = importer.services.jobs.worker().handlers[job_kind(KIND)]
        async for _ in replace(handler, chunk_rows=rows).run(claim):
            pass

        done = await importer.shown(sent.json()["id"])
        assert done["counts"] == counts(updated=3, unchanged=1, failed=2)
        assert places(await importer.faults(done["id"])) == [
            (3, "sku", "duplicate_in_file", "PEN"),
            (6, "sku", "duplicate_in_file", "LID"),
        ]
        assert await levels(importer) == held
    assert await sound(stocked)


async def test_without_an_instant_it_is_the_start_of_the_import_whatever_is_sold_meanwhile(
    importer: Importer, stocked: Goods, counter: Counter
) -> None:
    pen = ProductId.parse(str((await importer.products())["PEN"]["id"]))
    file = "sku,counted\nPEN,20\n"
    sent = await importer.upload(file, kind=KIND, autostart="true", role=Role.MANAGER)
    await counter.sold(pen, "3")
    await importer.work()
    done = await importer.shown(sent.json()["id"])
    assert done["counts"] == counts(updated=1)
    assert await levels(importer) == {("PEN", "main"): "17.000"}
    [started] = await importer.store.rows(
        select(jobs.c.created_at).where(jobs.c.kind == job_kind(KIND))
    )
    [count] = await posted(importer)
    assert count[2] == started["created_at"]

    again = await ended(importer, "sku,counted\nPEN,17\n")

    assert again["counts"] == counts(unchanged=1)
    assert len(await posted(importer)) == 2
    assert await levels(importer) == {("PEN", "main"): "17.000"}
    assert await sound(stocked)


async def test_another_figure_of_the_same_instant_holds_and_one_of_before_changes_only_the_past(
    importer: Importer, stocked: Goods
) -> None:
    async def counted(figure: int, day: int) -> Json:
        told = await ended(importer, f"sku,counted,date\nPEN,{figure},2026-03-0{day}\n")
        found: Json = told["counts"]
        return found

    assert await counted(20, 4) == counts(updated=1)
    assert await counted(21, 4) == counts(updated=1)
    assert await counted(21, 4) == counts(unchanged=1)
    assert await levels(importer) == {("PEN", "main"): "21.000"}
    assert await counted(10, 2) == counts(updated=1)
    assert await counted(10, 2) == counts(unchanged=1)
    assert await levels(importer) == {("PEN", "main"): "21.000"}
    assert [row[:2] for row in await posted(importer)] == [(1, "main"), (2, "main"), (3, "main")]
    assert await sound(stocked)


async def test_a_count_makes_nothing_new_so_mode_create_takes_none(
    importer: Importer, stocked: Goods
) -> None:
    file = "sku,counted\nPEN,20\n"

    refused = await ended(importer, file, mode="create")
    assert refused["counts"] == counts(failed=1)
    assert places(await importer.faults(refused["id"])) == [(1, "sku", "already_exists", "PEN")]
    assert await posted(importer) == []

    assert (await ended(importer, file, mode="update"))["counts"] == counts(updated=1)


async def test_with_abort_one_row_that_fails_keeps_all_out(
    importer: Importer, stocked: Goods
) -> None:
    bad = await ended(importer, "sku,counted\nPEN,20\nNONE,1\n", on_error="abort")
    assert (bad["status"], bad["counts"]) == ("failed", counts(withheld=1, failed=1))
    assert (await posted(importer), await levels(importer)) == (
        [],
        {("PEN", "main"): "24.000"},
    )

    good = await ended(importer, "sku,counted\nPEN,20\nCUP,1\n", on_error="abort")
    assert (good["status"], good["counts"]) == ("completed", counts(updated=2))
    assert await levels(importer) == {("PEN", "main"): "20.000", ("CUP", "main"): "1.000"}


async def test_a_count_that_is_refused_as_a_whole_leaves_nothing_and_stops_no_other(
    importer: Importer, stocked: Goods
) -> None:
    dear = "sku,quantity,unit cost\nCUP,1,100000000\n"
    await ended(importer, dear, kind="opening_balances")
    file = "sku,location,counted\nPEN,,20\nCUP,,9999999999\nPEN,back,1\n"

    for form in ({"dry_run": "true"}, {"dry_run": "false"}):
        done = await ended(importer, file, **form)

        assert done["counts"] == counts(updated=1, failed=2)
        assert places(await importer.faults(done["id"])) == [
            (1, None, "stock_too_large", ""),
            (2, None, "stock_too_large", ""),
        ]
    assert len(await importer.store.rows(select(stocktakes))) == 1
    assert await levels(importer) == {
        ("PEN", "main"): "24.000",
        ("PEN", "back"): "1.000",
        ("CUP", "main"): "1.000",
    }
    assert await sound(stocked)


async def test_notes_that_find_no_room_go_with_a_count_of_their_own(
    importer: Importer, stocked: Goods
) -> None:
    long, longer = "x" * 500, "y" * 500
    file = f"sku,counted,date,note\nPEN,20,2026-03-02,{long}\nCUP,1,2026-03-02,{longer}\n"

    await ended(importer, file)

    assert [(row[3], row[4]) for row in await posted(importer)] == [(1, long), (1, longer)]


async def test_only_those_start_it_who_may_post_counts(importer: Importer, stocked: Goods) -> None:
    file = "sku,counted\nPEN,20\n"
    started = await importer.upload(file, kind=KIND, autostart="true", role=Role.CLERK)
    kept = await importer.upload(file, kind=KIND, role=Role.CLERK)
    later = await importer.post(f"/{kept.json()['id']}/start")

    assert (started.status_code, started.json()["code"]) == (403, "permission_denied")
    assert kept.status_code == 201
    assert (later.status_code, later.json()["code"]) == (403, "permission_denied")
    assert await posted(importer) == []


@pytest.mark.case("IMP-30")
async def test_the_template_is_taken(importer: Importer, stocked: Goods) -> None:
    await importer.run("sku,name,price\nPEN-001,Pen,1\n")
    template = (await importer.get("/template.csv", kind=KIND)).content

    tried = await ended(importer, template, strict="true", dry_run="true")
    [told] = await importer.faults(tried["id"], "differences")
    done = await ended(importer, template, strict="true")

    assert tried["counts"] == done["counts"] == counts(updated=1)
    assert (told["label"], told["changes"]) == (
        "PEN-001 at main",
        {
            "book": {"before": "0.000", "after": "24.000"},
            "on_hand": {"before": "0.000", "after": "24.000"},
        },
    )
    assert await posted(importer) == [
        (1, "main", datetime(2026, 1, 31, 17, tzinfo=UTC), 1, "Year end")
    ]


async def test_a_count_takes_the_same_statements_for_any_number_of_rows(
    importer: Importer, stocked: Goods
) -> None:
    async def statements(first: int, last: int) -> int:
        skus = [f"P-{n}" for n in range(first, last)]
        await importer.run("sku,name,price\n" + "".join(f"{sku},P,1\n" for sku in skus))
        file = "sku,counted\n" + "".join(f"{sku},1\n" for sku in skus)
        await importer.upload(file, kind=KIND, autostart="true", role=Role.MANAGER)
        with recorded_statements() as executed:
            await importer.work()
        return len(executed)

    assert await statements(0, 3) == await statements(3, 303)
    assert [row[3] for row in await posted(importer)] == [3, 300]


@needs_data
async def test_the_stock_of_a_catalogue_is_counted_as_it_was_opened(
    importer: Importer, goods: Goods
) -> None:
    content = (DATA / "northwind-products.csv").read_bytes()
    await importer.run(content)

    done = await ended(importer, content)

    assert done["counts"] == counts(unchanged=77)
    [(_, code, _, lines, _)] = await posted(importer)
    assert (code, lines) == ("main", 77)
    assert await sound(goods)


@needs_data
async def test_what_lies_at_many_places_comes_from_a_file_without_a_header(
    importer: Importer, goods: Goods
) -> None:
    content = (DATA / "aw-ProductInventory.csv").read_bytes()
    rows = [line.split("\t") for line in content.decode().splitlines()]
    skus, codes = ({row[column] for row in rows} for column in (0, 1))
    await importer.run("sku,name,price\n" + "".join(f"{sku},P,1\n" for sku in sorted(skus)))
    for code in sorted(codes):
        await place(goods, code)
    form = {"has_header": "false", "mapping": '{"1": "sku", "2": "location", "5": "counted"}'}

    tried = await ended(importer, content, dry_run="true", **form)
    first = await ended(importer, content, **form)
    again = await ended(importer, content, **form)

    nothing = sum(row[4] == "0" for row in rows)
    assert tried["counts"] == counts(updated=len(rows) - nothing, unchanged=nothing)
    assert first["counts"] == tried["counts"]
    assert again["counts"] == counts(unchanged=len(rows))
    totals: Sums[str] = Sums()
    for (_, code), held in (await levels(importer)).items():
        totals[code] += int(float(held))
    expected: Sums[str] = Sums()
    for row in rows:
        expected[row[1]] += int(row[4])
    assert totals == expected
    moved = await importer.store.rows(select(stock_movements.c.kind).distinct())
    assert [row["kind"] for row in moved] == ["stocktake"]
