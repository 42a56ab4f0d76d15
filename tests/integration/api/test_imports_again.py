"""The same again: started, sent, or in one file twice, wherever the file is cut into chunks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.settings import Settings
from app.infrastructure.db.tables.jobs import jobs
from tests.fixtures.app import settings_for
from tests.fixtures.databases import Database
from tests.fixtures.importing import Importer, counts

TEAS = "sku,name,price\nA1,Tea,2.50\nA2,Mint,3.00\nA3,,\nA4,Sage,4.00\n"
SHIRTS = (
    "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Price,"
    "Image Src\n"
)


@pytest.fixture(params=[1, 2, 2_000])
def settings(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Settings:
    return settings_for(database, tmp_path / "files", import_chunk_rows=request.param)


@pytest.mark.case("IMP-32")
async def test_of_two_starts_at_once_one_counts(importer: Importer) -> None:
    sent = (await importer.upload(TEAS)).json()
    path = f"/{sent['id']}/start"

    answers = await asyncio.gather(*(importer.post(path) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    late = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert late == ["import_started"] * 3
    assert len(await importer.store.rows(select(jobs))) == 1
    await importer.work()
    done = await importer.shown(sent["id"])
    assert done["counts"] == counts(created=3, failed=1)
    assert list(await importer.products()) == ["A1", "A2", "A4"]


@pytest.mark.case("IMP-32")
async def test_the_same_bytes_a_month_later_change_nothing_and_are_known(
    importer: Importer,
) -> None:
    first = await importer.run(TEAS, name="november.csv")
    before = await importer.products()

    sent = (await importer.upload(TEAS, name="december.csv")).json()
    await importer.post(f"/{sent['id']}/start")
    await importer.work()

    again = await importer.shown(sent["id"])
    assert again["counts"] == counts(unchanged=3, failed=1)
    assert await importer.products() == before
    assert sent["imported_before"] == again["imported_before"] == first["id"]
    hint = await importer.shown(sent["imported_before"])
    assert (hint["file"]["name"], hint["file"]["sha256"]) == (
        "november.csv",
        sent["file"]["sha256"],
    )
    assert hint["started_at"] <= hint["finished_at"] <= sent["created_at"]
    assert first["imported_before"] is None


@pytest.mark.case("IMP-32")
async def test_one_byte_more_is_another_file(importer: Importer) -> None:
    await importer.run(TEAS)

    other = (await importer.upload(TEAS + "\n")).json()

    assert other["imported_before"] is None


@pytest.mark.case("IMP-19")
async def test_a_family_of_fifteen_stays_fifteen(importer: Importer) -> None:
    colours = ("Navy", "Red", "Tan", "Teal", "Ink")
    variants = [(size, colour) for size in "SML" for colour in colours]
    skus = [f"S-{n:02}" for n in range(14)] + [""]
    heads = [("Shirt", "Size", "Colour")] + [("", "", "")] * 14
    rows = [
        f"shirt,{title},{first},{size},{second},{colour},{sku},19.90,https://cdn.example.com/photo.jpg\n"
        for (title, first, second), (size, colour), sku in zip(heads, variants, skus, strict=True)
    ]
    content = SHIRTS + "".join([*rows, "shirt,,,,,,,,https://cdn.example.com/back.jpg\n"])

    first = await importer.run(content)
    before = await importer.products()
    again = await importer.run(content)

    assert first["counts"] == counts(created=15, continuation=1, warnings=1)
    assert again["counts"] == counts(unchanged=15, continuation=1, warnings=1)
    assert await importer.products() == before
    assert list(before) == [*skus[:-1], "shirt/l/ink"]
    assert [row["name"] for row in before.values()] == [
        f"Shirt - {size} / {colour}" for size, colour in variants
    ]


@pytest.mark.case("IMP-21")
async def test_a_sku_twice_in_the_file_names_the_first_row(importer: Importer) -> None:
    rows = [f"B{n},Tea,2" for n in range(1, 13)]
    rows[1], rows[8], rows[11] = "A1,Tea,2", "A1,Tea,3", "a1 ,Tea,4"

    done = await importer.run("sku,name,price\n" + "\n".join(rows))

    assert done["counts"] == counts(created=10, failed=2)
    faults = await importer.faults(done["id"])
    assert [(f["row"], f["line"], f["column"], f["code"], f["value"]) for f in faults] == [
        (9, 10, "sku", "duplicate_in_file", "A1"),
        (12, 13, "sku", "duplicate_in_file", "a1"),
    ]
    assert [f["expected"] for f in faults] == [
        "each SKU once: sku A1 already on row 2 of this file",
        "each SKU once: sku a1 already on row 2 of this file",
    ]
    assert (await importer.products())["A1"]["price_micros"].amount == "2.00"
