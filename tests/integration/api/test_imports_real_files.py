"""Files of real shops, with the outcome of every record; a second time nothing happens."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select

from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.inventory import stock_levels, stock_movements
from tests.fixtures.importing import DATA, Importer, counts

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the folder of real files is not there: {DATA}"
)

FILES = {
    "shopify-bicycles.csv": counts(created=1051, failed=70, continuation=278, warnings=798),
    "shopify-fashion.csv": counts(created=3646, failed=38, continuation=1340, warnings=2341),
    "northwind-products.csv": counts(created=77, warnings=72),
    "medusa-exported-products-comma.csv": counts(created=3, warnings=3),
    "medusa-exported-products-semicolon.csv": counts(created=3, warnings=3),
}
AGAIN = {
    "shopify-bicycles.csv": counts(unchanged=1051, failed=70, continuation=278, warnings=55),
    "shopify-fashion.csv": counts(unchanged=3646, failed=38, continuation=1340, warnings=5),
    "northwind-products.csv": counts(unchanged=77),
    "medusa-exported-products-comma.csv": counts(unchanged=3, warnings=3),
    "medusa-exported-products-semicolon.csv": counts(unchanged=3, warnings=3),
}
RECORDS = {
    "shopify-bicycles.csv": 1399,
    "shopify-fashion.csv": 5024,
    "northwind-products.csv": 77,
    "medusa-exported-products-comma.csv": 3,
    "medusa-exported-products-semicolon.csv": 3,
}
ERRORS = {
    "shopify-bicycles.csv": {
        ("duplicate_in_file", "Variant SKU"): 41,
        ("barcode_taken", "Variant Barcode"): 25,
        ("too_long", "Variant SKU"): 4,
    },
    "shopify-fashion.csv": {
        ("duplicate_in_file", "Variant SKU"): 8,
        ("barcode_taken", "Variant Barcode"): 30,
    },
    "northwind-products.csv": {},
    "medusa-exported-products-comma.csv": {},
    "medusa-exported-products-semicolon.csv": {},
}
WARNINGS = {
    "shopify-bicycles.csv": {
        ("cost_unknown", "Variant Inventory Qty"): 743,
        ("mended_character", "Body (HTML)"): 24,
        ("negative_quantity", "Variant Inventory Qty"): 18,
        ("quantity_ignored", "Variant Inventory Qty"): 10,
        ("sku_derived", "Variant SKU"): 3,
    },
    "shopify-fashion.csv": {
        ("cost_unknown", "Variant Inventory Qty"): 2336,
        ("negative_quantity", "Variant Inventory Qty"): 5,
    },
    "northwind-products.csv": {("cost_unknown", "unitsInStock"): 72},
    "medusa-exported-products-comma.csv": {("sku_derived", "Variant Sku"): 3},
    "medusa-exported-products-semicolon.csv": {("sku_derived", "Variant Sku"): 3},
}


def by_place(faults: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    return dict(Counter((fault["code"], fault["column"]) for fault in faults))


async def totals(importer: Importer) -> dict[str, int]:
    """Count what an import must not touch twice."""
    found = {}
    for table in (products, stock_movements, stock_levels):
        rows = await importer.store.rows(select(func.count().label("n")).select_from(table))
        found[table.name] = rows[0]["n"]
    return found


@pytest.mark.parametrize("name", FILES)
async def test_every_record_has_its_outcome_and_again_nothing_changes(
    importer: Importer, name: str
) -> None:
    content = (DATA / name).read_bytes()

    first = await importer.run(content, name=name)

    assert first["counts"] == FILES[name]
    assert first["rows_done"] == first["analysis"]["records"] == RECORDS[name]
    assert first["percent"] == 100
    failed = "completed_with_errors" if FILES[name]["failed"] else "completed"
    assert first["status"] == failed
    assert by_place(await importer.faults(first["id"])) == ERRORS[name]
    assert by_place(await importer.faults(first["id"], "warnings")) == WARNINGS[name]

    before = await totals(importer)
    assert before["products"] == FILES[name]["created"]
    second = await importer.run(content, name=name)

    assert second["counts"] == AGAIN[name]
    assert second["imported_before"] == first["id"]
    assert by_place(await importer.faults(second["id"])) == ERRORS[name]
    assert await totals(importer) == before


async def test_comma_or_semicolon_make_the_same_three_products(importer: Importer) -> None:
    stored = []
    for name in FILES:
        if name.startswith("medusa"):
            await importer.run((DATA / name).read_bytes(), name=name)
            stored.append(await importer.products())

    assert len(stored[0]) == 3
    assert stored[0] == stored[1]
