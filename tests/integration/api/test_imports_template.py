"""The file to start from: the shop takes it as it is, and no column of it is for show."""

from __future__ import annotations

import csv
import io

from app.domain.imports.fields import FIELDS
from tests.fixtures.importing import Importer, counts


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
    [stored] = (await importer.products()).values()
    assert [stored[name] is None for name in stored] == [False] * len(stored)
    assert stored["attributes"] == {"Colour": "blue"}
