"""The file to start from: the shop takes it as it is, and no column of it is for show."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from app.domain.imports.fields import FIELDS
from app.infrastructure.db.tables.inventory import stock_movements
from tests.fixtures.importing import Importer, counts


async def listed(importer: Importer) -> list[dict[str, str]]:
    text = (await importer.exported()).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.case("IMP-30")
async def test_the_shop_takes_the_template_and_every_column_has_an_effect(
    importer: Importer,
) -> None:
    answer = await importer.get("/template.csv")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    header, example = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))

    done = await importer.run(answer.content, strict="true")

    assert header == [*(name for name in FIELDS if name != "discontinued"), "attribute:Colour"]
    assert all(example)
    assert done["counts"] == counts(created=1)
    assert done["analysis"]["ignored"] == []
    assert [column["field"] for column in done["analysis"]["columns"]] == header
    filled_in = dict(zip(header, example, strict=True))
    quantity = filled_in.pop("quantity")
    for name in ("reorder_point", "reorder_quantity"):
        filled_in[name] += ".000"
    assert await listed(importer) == [filled_in]
    [opened] = await importer.store.rows(select(stock_movements))
    assert (str(opened["quantity"]), opened["kind"]) == (f"{quantity}.000", "opening")


@pytest.mark.case("IMP-30")
async def test_what_the_example_has_as_usual_can_be_otherwise(importer: Importer) -> None:
    template = (await importer.get("/template.csv")).content.decode("utf-8-sig")
    assert template.count(",true,true,") == 1

    done = await importer.run(template.replace(",true,true,", ",false,false,"), strict="true")

    assert done["counts"] == counts(created=1, warnings=1)
    [warning] = await importer.faults(done["id"], "warnings")
    assert (warning["column"], warning["code"]) == ("quantity", "quantity_ignored")
    [row] = await listed(importer)
    assert (row["tracks_stock"], row["active"]) == ("false", "false")
