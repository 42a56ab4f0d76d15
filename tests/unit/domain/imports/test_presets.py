from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.imports.errors import MissingColumns
from app.domain.imports.plan import Mode, Options
from app.domain.imports.presets.variants import activity, variant_key, variant_name
from tests.fixtures.import_files import Outcome, imported, written

SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,"
    "Variant Barcode,Image Src,Gift Card"
)
B, C = "https://cdn.example.com/b.jpg", "https://cdn.example.com/c.jpg"
CAMISOLE = (
    "camisole,Camisole,<p>Soft</p>,Hearts,Dress,true,Colour,Navy,Size,S,'30235,shopify,4,78.00,'30235,,",
    "camisole,,,,,,,Navy,,M,'30236,shopify,-2,78.00,,https://cdn.example.com/b.jpg,",
    "camisole,,,,,,,,,,,,,,,https://cdn.example.com/c.jpg,",
    "camisole,,,,,,,Navy,,L,,shopify,1,79.00,,,",
)


def shopify(tmp_path: Path, *lines: str, chunk: int = 100) -> Outcome:
    outcome = imported(written(tmp_path, "\n".join((SHOPIFY, *lines))), chunk=chunk)
    assert outcome.analysis.plan.preset == "shopify"
    assert outcome.adds_up
    return outcome


@pytest.mark.case("IMP-19")
@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_the_variants_of_a_handle_are_products_of_one_name(tmp_path: Path, chunk: int) -> None:
    outcome = shopify(tmp_path, *CAMISOLE, chunk=chunk)
    assert [(row.row, row.sku, row.sku_derived, row.name) for row in outcome.rows] == [
        (1, "30235", False, "Camisole - Navy / S"),
        (2, "30236", False, "Camisole - Navy / M"),
        (4, "camisole/navy/l", True, "Camisole - Navy / L"),
    ]
    assert outcome.continuation == [3]
    assert {row.description for row in outcome.rows} == {"<p>Soft</p>"}
    assert {row.category for row in outcome.rows} == {"Dress"}
    assert {(row.active, row.tracks_stock) for row in outcome.rows} == {(True, True)}
    assert [row.attributes for row in outcome.rows] == [
        f'{{"Colour": "Navy", "Size": "{size}", "Vendor": "Hearts"}}' for size in "SML"
    ]
    assert [row.opening_quantity for row in outcome.rows] == [4_000, None, 1_000]
    assert [row.external_id for row in outcome.rows] == [None, None, "camisole/navy/l"]
    assert outcome.barcodes == [(1, 0, "30235", "30235")]
    assert [(warning.row, warning.column, warning.code) for warning in outcome.warnings] == [
        (2, "Variant Inventory Qty", "negative_quantity"),
        (4, "Variant SKU", "sku_derived"),
    ]
    assert outcome.analysis.ignored == ()
    assert {(row.family, row.family_name, row.family_options) for row in outcome.rows} == {
        ("camisole", "Camisole", ("Colour", "Size"))
    }
    assert [row.family_images for row in outcome.rows] == [None, (B,), (B, C)]
    assert [row.images for row in outcome.rows] == [None] * 3
    assert [(a.row, a.family_key, a.family_images, a.above) for a in outcome.additions] == [
        (3, "camisole", (C,), None)
    ]


def test_a_product_without_options_has_the_name_alone(tmp_path: Path) -> None:
    outcome = shopify(
        tmp_path,
        "lock,Lock,,,,false,Title,Default Title,,,,,3,5.00,,,false",
        "card,Card,,,,true,Title,Default Title,,,C1,shopify,,5.00,,,true",
    )
    assert [
        (row.sku, row.name, row.attributes, row.active, row.tracks_stock) for row in outcome.rows
    ] == [("lock", "Lock", None, False, False), ("C1", "Card", None, True, False)]
    assert [warning.code for warning in outcome.warnings] == ["sku_derived", "quantity_ignored"]


@pytest.mark.parametrize("chunk", [1, 100])
def test_an_image_of_no_product_above_is_a_fault(tmp_path: Path, chunk: int) -> None:
    image = "other" + "," * 15 + "https://cdn.example.com/c.jpg,"
    outcome = shopify(tmp_path, image, *CAMISOLE, image, chunk=chunk)
    assert [(fault.row, fault.column, fault.code, fault.value) for fault in outcome.faults] == [
        (1, "Handle", "orphan_row", "other"),
        (6, "Handle", "orphan_row", "other"),
    ]


def test_the_fault_of_a_title_is_that_of_every_variant(tmp_path: Path) -> None:
    outcome = shopify(
        tmp_path,
        f"a,{'x' * 260},,,,true,Size,S,,,A1,,,1,,,",
        "a,,,,,,,M,,,A2,,,1,,,",
        "a,,,,,,,,,,,,,,,https://cdn.example.com/c.jpg,",
    )
    assert [(fault.row, fault.column, fault.code) for fault in outcome.faults] == [
        (1, "Title", "too_long"),
        (2, "Title", "too_long"),
    ]
    assert outcome.continuation == [3]


MEDUSA = (
    "Product Handle,Product Title,Product Status,Variant Id,Variant Title,Variant Sku,"
    "Variant Manage Inventory,Variant Option 1 Name,Variant Option 1 Value,Variant Price USD,"
    "Variant Price EUR"
)


def test_of_several_prices_that_in_the_shop_s_currency_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, f"{MEDUSA}\nbase,Base,published,v_1,Large,,true,size,L,10,9.50\n")
    euro = imported(path).rows[0]
    assert (euro.sku, euro.external_id, euro.name) == ("v_1", "v_1", "Base - Large")
    assert (euro.price_micros, euro.active, euro.tracks_stock) == (9_500_000, True, True)
    assert euro.attributes == '{"size": "L"}'
    assert imported(path, options=Options(currency="USD")).rows[0].price_micros == 10_000_000
    with pytest.raises(MissingColumns) as fault:
        imported(path, options=Options(currency="CHF"))
    assert fault.value.extra["missing"] == ["price"]
    update = Options(currency="CHF", mode=Mode.UPDATE)
    assert imported(path, options=update).rows[0].price_micros is None


def test_a_status_that_is_not_known_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, f"{MEDUSA}\nbase,Base,hidden,v_1,Large,,true,size,L,10,9.50\n")
    assert [(fault.column, fault.code) for fault in imported(path).faults] == [
        ("Product Status", "invalid_boolean")
    ]


def test_words_of_web_shops() -> None:
    assert activity("Active", "false") == "true"
    assert activity("draft", "true") == "false"
    assert activity("", "false") == "false"
    assert variant_name("", ["Navy"]) == ""
    assert variant_name("Lock", ["Default Title", "", ""]) == "Lock"
    assert variant_key("", ["Navy"]) is None
    assert variant_key("Lock", ["Default Title", ""]) == "lock"
