"""Files of real shops: the outcome of every record, twice, what is stored, and the way back out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.foundation import outbox
from app.infrastructure.db.tables.inventory import stock_movements
from app.infrastructure.db.tables.shop import shop
from tests.fixtures.importing import DATA, Importer, counts
from tests.fixtures.real_files import RealFile
from tests.fixtures.real_lists import LISTS, REFUSED
from tests.fixtures.real_shopify import SHOPIFY
from tests.fixtures.real_shops import EXPORTS

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the folder of real files is not there: {DATA}"
)

SHOPS: dict[str, list[RealFile]] = {}
for _file in (*SHOPIFY, *EXPORTS, *LISTS):
    SHOPS.setdefault(_file.shop or _file.name, []).append(_file)
FORMAT = {"encoding": "utf-8", "byte_mark": False, "delimiter": ",", "line_ending": "\n"}
ONCE = "cost_unknown"
"""The one warning that a product gets only while it is made, since stock is opened once."""


def by_place(faults: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    return dict(Counter((fault["code"], fault["column"]) for fault in faults))


async def send(importer: Importer, file: RealFile) -> dict[str, Any]:
    return await importer.run((DATA / file.name).read_bytes(), name=file.name, **file.form)


async def on_hand(importer: Importer, sku: str) -> str:
    headers = importer.sign_in()
    found = await importer.http.get(
        "/api/v1/products/lookup", params={"code": sku}, headers=headers
    )
    stock = await importer.http.get(f"/api/v1/products/{found.json()['id']}/stock", headers=headers)
    return str(stock.json()["on_hand"])


async def written(importer: Importer) -> list[dict[str, Any]]:
    """Return what tells of every write: no product changes without its version and an event."""
    queries = (
        select(func.count(), func.sum(products.c.version), func.max(products.c.updated_at)),
        select(func.count()).select_from(stock_movements),
        select(func.count()).select_from(outbox).where(outbox.c.name.startswith("product.")),
    )
    return [row for query in queries for row in await importer.store.rows(query)]


async def check_products(importer: Importer, file: RealFile, listed: bytes) -> None:
    """Compare the products that were read by hand with those that are stored."""
    text = listed.decode("utf-8-sig")
    rows = {row["sku"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    for sku, columns in file.products.items():
        stored = dict(rows[sku])
        if "on_hand" in columns:
            stored["on_hand"] = await on_hand(importer, sku)
        assert {name: stored[name] for name in columns} == columns, sku


@pytest.mark.parametrize("name", SHOPS)
async def test_every_record_has_its_outcome_and_again_nothing_changes(
    importer: Importer, name: str
) -> None:
    for file in SHOPS[name]:
        await importer.store.execute(update(shop).values(currency=file.currency))
        if file.before:
            await importer.run(file.before)
        await check_twice(importer, file)


async def check_twice(importer: Importer, file: RealFile) -> None:
    """Import a file two times, and then the list of all products that there are."""
    first = await send(importer, file)

    done = {"failed": file.failed, "blank": file.blank, "continuation": file.continuation}
    written_once = {"created": file.created, "updated": file.updated, "unchanged": file.unchanged}
    assert told(first) == {
        "name": file.name,
        "status": "completed_with_errors" if file.failed else "completed",
        "percent": 100,
        "rows_done": file.records,
        "records": file.records,
        "preset": file.preset,
        "format": {**FORMAT, **file.format},
        "counts": counts(**written_once, **done, warnings=sum(file.warnings.values())),
    }
    assert set(file.ignored) <= set(first["analysis"]["ignored"])
    errors = await importer.faults(first["id"])
    assert by_place(errors) == file.errors
    assert by_place(await importer.faults(first["id"], "warnings")) == file.warnings
    listed = await importer.exported()
    await check_products(importer, file, listed)

    before = await written(importer)
    again = await send(importer, file)

    lasting = [number for (code, _), number in file.warnings.items() if code != ONCE]
    assert again["counts"] == counts(
        unchanged=sum(written_once.values()), **done, warnings=sum(lasting)
    )
    assert again["imported_before"] == first["id"]
    page = await importer.get(f"/{again['id']}/errors", limit="200")
    assert page.json()["items"] == errors[:200]
    assert await written(importer) == before

    back = await importer.run(listed, name="list.csv")

    left = {"unchanged": back["analysis"]["records"], "warnings": back["counts"]["warnings"]}
    assert back["counts"] == counts(**left)
    assert await written(importer) == before


def told(shown: dict[str, Any]) -> dict[str, Any]:
    """Return what an import says of itself, but for its columns and its sample."""
    analysis = shown["analysis"]
    return {
        "name": shown["file"]["name"],
        **{name: shown[name] for name in ("status", "percent", "rows_done", "counts")},
        **{name: analysis[name] for name in ("records", "preset", "format")},
    }


async def test_what_is_no_file_of_products_is_refused_and_told_why(importer: Importer) -> None:
    for name, form, (code, detail) in REFUSED:
        answer = await importer.upload((DATA / name).read_bytes(), name=name, **form)

        problem = answer.json()
        assert (name, answer.status_code, problem["code"], problem["detail"]) == (
            name,
            422,
            code,
            detail,
        )

    assert (await importer.get()).json()["items"] == []
    assert await importer.products() == {}
