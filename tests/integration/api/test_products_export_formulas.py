"""Ten thousand cells that a spreadsheet would calculate: safe in the file, and the same back."""

from __future__ import annotations

import csv
import io
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from app.domain.common.text import clean_text, key
from app.infrastructure.db.tables.catalog import products
from tests.fixtures.goods import Goods
from tests.fixtures.importing import Importer, counts

PRODUCTS = 500
ATTRIBUTES = 16
# SKU, name, external id, description, and the attributes: ten thousand in all.
CELLS = 4 + ATTRIBUTES
# The wide ones are read as the others.
SIGNS = ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"]
LIVE = re.compile(f"[{''.join(map(re.escape, SIGNS))}]")
QUOTES = ["", "", "", "'", "''", '"', '""', "'\"", "\"'", ",", ";", "|", "x\n", " "]
TAILS = [
    *("1+1", "1", "=", "-1", "SUM(1;2)", "cmd|' /C calc'!A0", 'HYPERLINK("http://x.test")'),
    *('"', "'", '",=1', "\n=1", "\r\n=1", "1\t=1", "NULL", "３", ""),
]

Row = dict[str, Any]


def cells() -> st.SearchStrategy[str]:
    """Draw texts that begin with a sign, bare or behind quotes, as the catalog keeps them."""
    tails = st.one_of(st.sampled_from(TAILS), st.text("=+-@'\"a1 ＝", max_size=8))
    drawn = st.tuples(st.sampled_from(QUOTES), st.sampled_from(SIGNS), tails).map("".join)
    return drawn.map(lambda text: clean_text(text, field="cell", most=60)).map(
        lambda text: text or "="
    )


@cache
def drawn() -> list[Row]:
    rows: list[Row] = []

    @settings(
        max_examples=PRODUCTS, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(found=st.lists(cells(), min_size=CELLS, max_size=CELLS))
    def draw(found: list[str]) -> None:
        sku, name, external, description, *others = found
        number = len(rows)
        rows.append(
            {
                "sku": f"{line(sku)}{number}",
                "name": line(name),
                "external_id": f"{line(external)}{number}",
                "description": description,
                "attributes": {f"={n}": text for n, text in enumerate(others)},
            }
        )

    draw()
    return rows


def line(text: str) -> str:
    return re.sub(r"\s", " ", text).strip()


async def exported(goods: Goods) -> bytes:
    answer = await goods.get("/products/export")
    assert answer.status_code == 200, answer.text
    return answer.content


async def stored(goods: Goods) -> list[Row]:
    rows = [
        {name: row[name] for name in ("sku", "name", "external_id", "description", "attributes")}
        for row in await goods.rows(products)
    ]
    return sorted(rows, key=lambda row: key(row["sku"]))


@pytest.mark.case("B10")
async def test_no_formula_lives_and_all_come_back(goods: Goods, importer: Importer) -> None:
    rows = drawn()
    assert len(rows) * CELLS == 10_000
    await goods.fill(rows)
    before = await stored(goods)
    bare = [text for row in rows for text in row["attributes"].values() if LIVE.match(text)]
    assert len(bare) > 1_000

    first = await exported(goods)

    text = first.decode().removeprefix("\ufeff")
    table = list(csv.reader(io.StringIO(text, newline="")))
    assert len(table) == 1 + PRODUCTS
    assert [cell for cells_ in table for cell in cells_ if LIVE.match(cell)] == []

    again = await importer.run(first)
    assert again["counts"] == counts(unchanged=PRODUCTS), await importer.faults(again["id"])
    async with goods.engine.begin() as connection:
        await connection.execute(delete(products))
    anew = await importer.run(first)
    assert anew["counts"]["created"] == PRODUCTS, await importer.faults(anew["id"])
    assert await stored(goods) == before
    assert await exported(goods) == first
