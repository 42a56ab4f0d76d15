"""Files of categories: another kind of import over the same engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.application.imports.run import job_kind
from tests.fixtures.importing import DATA, Importer, Json, counts
from tests.fixtures.jobs import Queue

PATHS = "category\nMen > Tops > Jackets\nMen\nmen >  tops\nWomen > Tops\n"


async def ended(importer: Importer, content: str | bytes, **form: str) -> Json:
    sent = await importer.upload(content, kind="categories", autostart="true", **form)
    assert (sent.status_code, sent.json()["kind"]) == (201, "categories"), sent.text
    await importer.work()
    return await importer.shown(sent.json()["id"])


async def test_missing_paths_are_made_once(importer: Importer) -> None:
    first = await ended(importer, PATHS)
    again = await ended(importer, PATHS)

    assert (first["status"], first["counts"]) == ("completed", counts(created=2, unchanged=2))
    assert again["counts"] == counts(unchanged=4)
    assert again["imported_before"] == first["id"]
    assert await importer.categories() == [
        "Men",
        "Men > Tops",
        "Men > Tops > Jackets",
        "Women",
        "Women > Tops",
    ]


async def test_a_name_stands_below_its_parent(importer: Importer) -> None:
    done = await ended(importer, "name,parent\nTools,\nSaws,Tools\nJig,Tools > Saws\n")

    assert done["counts"] == counts(created=3)
    assert await importer.categories() == ["Tools", "Tools > Saws", "Tools > Saws > Jig"]


async def test_bad_paths_are_named_and_stop_no_others(importer: Importer) -> None:
    deep = " > ".join(f"level {n}" for n in range(40))
    done = await ended(importer, f'category\n{deep}\n""\nTools\n > \nSaws,too much\n')

    assert done["counts"] == counts(created=1, failed=3, blank=1)
    found = await importer.faults(done["id"])
    assert [(f["row"], f["column"], f["code"]) for f in found] == [
        (1, "category", "too_deep"),
        (4, "category", "too_short"),
        (5, None, "too_many_cells"),
    ]
    assert await importer.categories() == ["Tools"]


@pytest.mark.parametrize(
    ("mode", "expected", "code"),
    [
        ("create", counts(created=1, failed=1), "already_exists"),
        ("update", counts(unchanged=1, failed=1), "not_found"),
    ],
)
async def test_mode_says_what_may_happen(
    importer: Importer, mode: str, expected: Json, code: str
) -> None:
    await ended(importer, "category\nTools\n")

    done = await ended(importer, "category\nTools\nToys\n", mode=mode)

    assert done["counts"] == expected
    assert [fault["code"] for fault in await importer.faults(done["id"])] == [code]


@pytest.mark.parametrize("rows", [1, 2, 1000])
async def test_a_dry_run_tells_what_the_run_does_wherever_the_file_is_cut(
    importer: Importer, queue: Queue, rows: int
) -> None:
    sent = await importer.upload(PATHS, kind="categories", autostart="true", dry_run="true")
    claim = await queue.claim()
    assert claim is not None
    handler = importer.services.jobs.worker().handlers[job_kind("categories")]
    async for _ in replace(handler, chunk_rows=rows).run(claim):
        pass

    told = await importer.shown(sent.json()["id"])
    assert told["counts"] == counts(created=2, unchanged=2)
    assert await importer.categories() == []
    differences = await importer.faults(told["id"], "differences")
    assert [(d["row"], d["label"], d["created"]) for d in differences] == [
        (1, "Men > Tops > Jackets", True),
        (4, "Women > Tops", True),
    ]
    assert differences[0]["changes"] == {"path": {"before": None, "after": "Men > Tops > Jackets"}}

    aborted = await ended(importer, PATHS + " > \n", on_error="abort")
    assert aborted["counts"] == counts(withheld=2, unchanged=2, failed=1)
    assert await importer.categories() == []


async def test_lists_and_templates_are_by_kind(importer: Importer) -> None:
    done = await ended(importer, PATHS)
    await importer.run("sku,name,price\nA1,Tea,2.50\n")

    found = (await importer.get(kind="categories")).json()["items"]
    assert [item["id"] for item in found] == [done["id"]]
    template = await importer.get("/template.csv", kind="categories")
    assert template.content.decode("utf-8-sig") == "category,name,parent\r\nMen > Shoes,,\r\n"
    assert (await ended(importer, template.content))["counts"] == counts(created=1)
    refused = await importer.upload(PATHS, kind="pictures")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/kind")


async def test_a_file_of_products_is_none_of_categories(importer: Importer) -> None:
    refused = await importer.upload("sku,price\nA1,2.50\n", kind="categories")

    assert (refused.status_code, refused.json()["code"]) == (422, "missing_columns")
    assert refused.json()["missing"] == ["category"]


@pytest.mark.skipif(not DATA.exists(), reason="the real files are not here")
@pytest.mark.parametrize(
    ("name", "mapping", "made"),
    [
        ("magento-categories.csv", '{"path": "parent"}', 6),
        ("magento-categories-configurable.csv", '{"path": "parent"}', 28),
        (
            "inventree-part_categories.csv",
            '{"Path": "category", "Name": null, "Parent Category": null}',
            5,
        ),
        ("northwind-categories.csv", "{}", 8),
    ],
)
async def test_real_files_come_in_twice(
    importer: Importer, name: str, mapping: str, made: int
) -> None:
    content = (DATA / name).read_bytes()

    first = await ended(importer, content, mapping=mapping, category_separator="/")
    again = await ended(importer, content, mapping=mapping, category_separator="/")

    assert first["counts"] == counts(created=made)
    assert again["counts"] == counts(unchanged=made)
