"""What the real files become before they meet a shop."""

from __future__ import annotations

from collections import Counter

import pytest

from app.domain.imports.errors import MissingColumns
from app.domain.imports.plan import Options
from app.infrastructure.tabular.dialects import find_format
from tests.fixtures.import_files import DATA, Outcome, imported, needs_data

pytestmark = needs_data


def of(name: str, *, chunk: int = 2_000, currency: str = "EUR") -> Outcome:
    outcome = imported(DATA / name, chunk=chunk, options=Options(currency=currency))
    assert outcome.adds_up
    return outcome


def codes(outcome: Outcome) -> tuple[dict[str, int], dict[str, int]]:
    return (
        dict(Counter(fault.code for fault in outcome.faults)),
        dict(Counter(warning.code for warning in outcome.warnings)),
    )


@pytest.mark.parametrize(
    ("name", "rows", "continuation", "faults", "warnings"),
    [
        (
            "shopify-bicycles.csv",
            1_117,
            278,
            {"too_long": 4},
            {
                "quantity_ignored": 10,
                "sku_derived": 3,
                "negative_quantity": 23,
                "mended_character": 24,
            },
        ),
        ("shopify-fashion.csv", 3_684, 1_340, {}, {"negative_quantity": 5}),
        ("shopify-apparel.csv", 96, 8, {}, {"sku_derived": 1, "quantity_ignored": 1}),
        (
            "shopify-jewelry.csv",
            24,
            6,
            {},
            {"sku_derived": 24, "negative_quantity": 1, "quantity_ignored": 19},
        ),
        (
            "shopify-snowdevil.csv",
            622,
            14,
            {},
            {"sku_derived": 619, "negative_quantity": 1, "check_digit": 1, "quantity_ignored": 1},
        ),
        ("northwind-products.csv", 77, 0, {}, {}),
        ("medusa-exported-products-comma.csv", 3, 0, {}, {"sku_derived": 3, "invalid_image": 9}),
        (
            "medusa-exported-products-semicolon.csv",
            3,
            0,
            {},
            {"sku_derived": 3, "invalid_image": 9},
        ),
        ("woocommerce-sample_products.csv", 22, 3, {}, {}),
        ("woocommerce-sample_products_override.csv", 22, 3, {}, {}),
        ("prestashop-products_import.csv", 7, 0, {}, {"check_digit": 7}),
        (
            "magento-configurable-products.csv",
            1_847,
            147,
            {},
            {"several_categories": 1_092, "invalid_image": 1_994},
        ),
        ("magento-gear-bags.csv", 0, 0, {"control_character": 14}, {}),
        ("vendure-mock-products.csv", 88, 0, {}, {"several_categories": 54, "invalid_image": 54}),
        (
            "vendure-e2e-products-full.csv",
            34,
            0,
            {},
            {"several_categories": 13, "quantity_ignored": 33, "invalid_image": 5},
        ),
        ("vendure-stock-control.csv", 7, 0, {}, {"several_categories": 2, "invalid_image": 2}),
        ("vendure-multiple-languages.csv", 3, 0, {}, {"quantity_ignored": 3}),
        ("medusa-product-with-categories.csv", 2, 0, {}, {"sku_derived": 2, "invalid_image": 6}),
        ("medusa-invalid-prices.csv", 1, 0, {}, {"sku_derived": 1, "invalid_image": 3}),
        ("medusa-unrelated-column.csv", 1, 0, {}, {"sku_derived": 1, "invalid_image": 3}),
        ("medusa-invalid-column.csv", 1, 0, {}, {"sku_derived": 1, "invalid_image": 3}),
    ],
)
def test_every_record_has_its_outcome(
    name: str,
    rows: int,
    continuation: int,
    faults: dict[str, int],
    warnings: dict[str, int],
) -> None:
    outcome = of(name)
    assert len(outcome.rows) == rows
    assert len(outcome.continuation) == continuation
    assert codes(outcome) == (faults, warnings)
    assert outcome.blank == []


@pytest.mark.parametrize("chunk", [7, 100])
def test_a_handle_across_two_chunks_is_one_product(chunk: int) -> None:
    small, large = of("shopify-bicycles.csv", chunk=chunk), of("shopify-bicycles.csv")
    assert small == large


def test_the_skus_that_are_too_long_are_named() -> None:
    faults = of("shopify-bicycles.csv").faults
    assert {(fault.column, fault.most) for fault in faults} == {("Variant SKU", 64)}
    assert [(fault.row, fault.line, fault.actual) for fault in faults] == [
        (216, 492, 92),
        (218, 494, 92),
        (220, 496, 92),
        (222, 498, 93),
    ]


def test_both_exports_of_medusa_are_the_same_three_products() -> None:
    comma = of("medusa-exported-products-comma.csv")
    semicolon = of("medusa-exported-products-semicolon.csv")
    assert comma.rows == semicolon.rows
    assert comma.analysis.plan.format.delimiter == ","
    assert semicolon.analysis.plan.format.delimiter == ";"
    assert [(row.name, row.price_micros, row.active) for row in comma.rows] == [
        ("Base product - Test variant", 45_000_000, False),
        ("Base product - Test variant 2", 65_000_000, False),
        ("Proposed product - Test variant", 45_000_000, False),
    ]


@pytest.mark.parametrize(
    ("name", "preset"),
    [
        ("shopify-fashion.csv", "shopify"),
        ("woocommerce-sample_products.csv", "woocommerce"),
        ("magento-configurable-products.csv", "magento"),
        ("magento-gear-bags.csv", "free"),
        ("medusa-v1-template.csv", "medusa"),
        ("vendure-multiple-languages.csv", "vendure"),
        ("prestashop-products_import.csv", "prestashop"),
    ],
)
def test_every_kind_is_known_by_its_header(name: str, preset: str) -> None:
    assert of(name, currency="USD").analysis.plan.preset == preset


def test_a_variation_of_woocommerce_has_the_category_of_its_family() -> None:
    rows = {row.sku: row for row in of("woocommerce-sample_products.csv").rows}
    hoodie = rows["woo-hoodie-blue-logo"]
    assert (hoodie.name, hoodie.category) == ("Hoodie - Blue, Yes", "Clothing > Hoodies")
    assert hoodie.attributes == '{"Color": "Blue", "Logo": "Yes"}'
    assert (rows["woo-album"].tracks_stock, rows["wp-pennant"].tracks_stock) == (False, False)


def test_the_second_file_of_woocommerce_changes_the_same_products() -> None:
    first = of("woocommerce-sample_products.csv").rows
    second = of("woocommerce-sample_products_override.csv").rows
    assert [row.sku_key for row in first] == [row.sku_key for row in second]
    assert [row.name for row in second[:2]] == [
        "Hoodie with Logo Override",
        "T-Shirt Override",
    ]


def test_northwind_is_read_as_it_stands() -> None:
    outcome = of("northwind-products.csv")
    assert outcome.analysis.plan.preset == "free"
    assert outcome.analysis.ignored == (
        "supplierID",
        "categoryID",
        "quantityPerUnit",
        "unitsOnOrder",
    )
    beer = outcome.rows[37]
    assert (beer.sku, beer.name, beer.price_micros) == ("38", "Côte de Blaye", 263_500_000)
    assert (beer.opening_quantity, beer.reorder_point, beer.active) == (17_000, 15_000, True)
    assert sum(row.active is False for row in outcome.rows) == 8
    assert sum(row.opening_quantity or 0 for row in outcome.rows) == 3_119_000


def test_the_older_template_of_medusa_needs_its_currency() -> None:
    with pytest.raises(MissingColumns):
        of("medusa-v1-template.csv")
    outcome = of("medusa-v1-template.csv", currency="USD")
    assert [row.sku for row in outcome.rows] == [
        "test-sku-1",
        "test-sku-1-1",
        "test-sku-2",
        "test-sku-3",
        "test-sku-4",
    ]
    assert [row.opening_quantity for row in outcome.rows] == [10_000] * 5
    assert outcome.rows[4].price_micros is None


@pytest.mark.parametrize(
    ("name", "encoding", "line_ending"),
    [
        ("enc-test_latin1.csv", "cp1252", "\n"),
        ("enc-test_utf16_big.csv", "utf-16-be", "\n"),
        ("enc-test_utf16_little.csv", "utf-16-le", "\n"),
        ("enc-test_cr.csv", "utf-8", "\r"),
        ("enc-test_crlf.csv", "utf-8", "\r\n"),
    ],
)
def test_encodings_and_line_ends_are_found(name: str, encoding: str, line_ending: str) -> None:
    found = find_format(DATA / name)
    assert (found.encoding, found.line_ending, found.delimiter) == (encoding, line_ending, ",")


def test_ragged_rows_of_a_real_file_are_faults() -> None:
    outcome = of("vendure-invalid-row-length.csv")
    assert [(fault.row, fault.line, fault.code) for fault in outcome.faults] == [
        (2, 3, "too_few_cells")
    ]
    assert outcome.blank == [3]
    assert [row.sku for row in outcome.rows] == ["M02", "10112"]


def test_the_same_file_gives_the_same_again() -> None:
    first, second = of("shopify-fashion.csv"), of("shopify-fashion.csv")
    assert first == second
