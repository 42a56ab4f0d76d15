"""The exports of shop programs, one small file each with what is peculiar to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.domain.imports.errors import MissingColumns
from app.domain.imports.plan import Mode, Options, Wishes
from tests.fixtures.import_files import Outcome, imported, written

WOO = (
    "ID,Type,SKU,Name,Published,Description,Stock,Low stock amount,Regular price,Categories,Parent,"
    '"GTIN, UPC, EAN, or ISBN",Attribute 1 name,Attribute 1 value(s),Attribute 1 visible'
)


def export(tmp_path: Path, preset: str, *lines: str, chunk: int = 100) -> Outcome:
    outcome = imported(written(tmp_path, "\n".join(lines)), chunk=chunk)
    assert outcome.analysis.plan.preset == preset
    assert outcome.adds_up
    return outcome


def told(outcome: Outcome) -> list[tuple[int, str, str | None]]:
    return [(warning.row, warning.code, warning.column) for warning in outcome.warnings]


@pytest.mark.parametrize("chunk", [1, 100])
def test_woocommerce(tmp_path: Path, chunk: int) -> None:
    outcome = export(
        tmp_path,
        "woocommerce",
        WOO,
        '44,variable,tee,Tee,1,Long,,,,"Clothing, Clothing > Tees",,,Color,"Blue, Red",1',
        "45,grouped,set,Set,1,,,,,Sets,,,,,",
        '46,"simple, virtual",album,Album,0,Songs,,,15,"Rock\\, Pop",,,,,',
        "47,variation,tee-blue,Tee - Blue,1,,3,1,20.50,,tee,4006381333931,Color,Blue,1",
        "48,variation,,Tee - Red,-1,,,,20.50,Sale,id:44,,Color,Red,1",
        chunk=chunk,
    )
    assert outcome.continuation == [1, 2]
    assert [
        (row.sku, row.name, row.category, row.price_micros, row.active, row.tracks_stock)
        for row in outcome.rows
    ] == [
        ("album", "Album", "Rock, Pop", 15_000_000, False, False),
        ("tee-blue", "Tee - Blue", "Clothing > Tees", 20_500_000, True, None),
        ("woocommerce-48", "Tee - Red", "Sale", 20_500_000, False, None),
    ]
    blue = outcome.rows[1]
    assert (blue.opening_quantity, blue.reorder_point, blue.external_id) == (3_000, 1_000, None)
    assert (blue.attributes, blue.barcodes) == ('{"Color": "Blue"}', '["4006381333931"]')
    assert told(outcome) == [(5, "sku_derived", "SKU")]
    assert outcome.analysis.ignored == ("Attribute 1 visible",)


def test_of_several_categories_the_deepest_is_read_and_the_rest_is_told(tmp_path: Path) -> None:
    outcome = export(tmp_path, "woocommerce", WOO, '1,simple,A,A,1,,,,1,"Sale, A > B, C > D",,,,,')
    assert outcome.rows[0].category == "A > B"
    (warning,) = outcome.warnings
    assert (warning.column, warning.code, warning.value, warning.expected) == (
        "Categories",
        "several_categories",
        "Sale, A > B, C > D",
        "one category; A > B is taken",
    )


SQUARE = (
    "Token,Item Name,Variation Name,SKU,Description,Categories,GTIN,Price,Archived,Stockable,"
    "Option Name 1,Option Value 1,Current Quantity Main St,Stock Alert Count Main St,"
    "Default Unit Cost"
)


def test_square(tmp_path: Path) -> None:
    outcome = export(
        tmp_path,
        "square",
        SQUARE,
        "T1,Candle,Small,C-S,Wax,Books (T2B3ROTJ3HFGVBO22QLOOJDE),,12,N,Y,Size,Small,10,2,4.5",
        "T2,Mug,Regular,,,,4006381333931,€14.50,Y,N,,,,,",
    )
    first, second = outcome.rows
    assert (first.sku, first.external_id, first.name) == ("C-S", "T1", "Candle - Small")
    assert (first.category, first.price_micros, first.cost_micros) == (
        "Books",
        12_000_000,
        4_500_000,
    )
    assert (first.opening_quantity, first.reorder_point) == (10_000, 2_000)
    assert (first.attributes, first.active) == ('{"Size": "Small"}', True)
    assert (second.sku, second.name, second.active) == ("T2", "Mug", False)
    assert (second.tracks_stock, second.price_micros) == (False, 14_500_000)
    assert outcome.barcodes == [(2, 0, "4006381333931", "04006381333931")]
    assert told(outcome) == [(2, "sku_derived", "SKU")]


def test_square_with_several_locations_has_no_opening_stock(tmp_path: Path) -> None:
    head = "Token,Item Name,Variation Name,SKU,Price,Current Quantity A,Current Quantity B"
    outcome = export(tmp_path, "square", head, "T1,Mug,Regular,M,1,3,4")
    assert outcome.rows[0].opening_quantity is None
    assert outcome.analysis.ignored == ("Current Quantity A", "Current Quantity B")
    wishes = Wishes(mapping={"Current Quantity B": "quantity"})
    chosen = imported(written(tmp_path, f"{head}\nT1,Mug,Regular,M,1,3,4"), wishes=wishes)
    assert chosen.rows[0].opening_quantity == 4_000


ODOO_LABELS = (
    "External ID,Name,Internal Reference,Barcode,Sales Price,Cost,Product Category,Product Type,"
    "Quantity On Hand,Variant Values,Vendors"
)
ODOO_NAMES = (
    "id,name,default_code,barcode,list_price,standard_price,categ_id,type,qty_available,"
    "product_template_variant_value_ids,seller_ids"
)


@pytest.mark.parametrize(
    "head",
    [ODOO_LABELS, ODOO_NAMES],
)
@pytest.mark.parametrize("chunk", [1, 100])
def test_odoo(tmp_path: Path, head: str, chunk: int) -> None:
    outcome = export(
        tmp_path,
        "odoo",
        head,
        ",,,,,,,,,,orphan",
        "p_1,Desk,FURN_01,4006381333931,750.5,500,All / Office / Desks,Goods,3,"
        '"Legs: Steel,Color: White",A',
        ",,,,,,,,,,B",
        "p_2,Advice,,,100,,All / Services,Service,,,",
        chunk=chunk,
    )
    desk, advice = outcome.rows
    assert (desk.sku, desk.external_id, desk.name) == ("FURN_01", "p_1", "Desk - Steel / White")
    assert (desk.category, desk.price_micros) == ("All > Office > Desks", 750_500_000)
    assert (desk.cost_micros, desk.opening_quantity) == (500_000_000, 3_000)
    assert json.loads(desk.attributes or "") == {"Legs": "Steel", "Color": "White"}
    assert (advice.sku, advice.tracks_stock, advice.attributes) == ("p_2", False, None)
    assert outcome.continuation == [3]
    assert [(fault.row, fault.code) for fault in outcome.faults] == [(1, "orphan_row")]


MAGENTO = (
    "sku,store_view_code,attribute_set_code,product_type,categories,name,product_online,price,qty,"
    "notify_on_stock_below,use_config_notify_stock_qty,manage_stock,use_config_manage_stock,"
    "additional_attributes"
)


def test_magento(tmp_path: Path) -> None:
    outcome = export(
        tmp_path,
        "magento",
        MAGENTO,
        'H-S,,Top,simple,"Root,Root/Men/Tops, Warm,Root/Sale",Hoodie-S,1,52.00,100.0000,5,0,1,0,'
        '"size=S,climate=All-weather|Cool,note=warm, soft,has_options=0"',
        "H-S,de,,simple,,Kapuzenpulli-S,,,,,,,,",
        "H,,Top,configurable,Root/Men,Hoodie,1,,0,,1,0,1,",
        "PDF,,Top,downloadable,Root,Book,2,9,,7,1,,,",
    )
    hoodie, book = outcome.rows
    assert outcome.continuation == [2, 3]
    assert (hoodie.sku, hoodie.category) == ("H-S", "Root > Men > Tops, Warm")
    assert (hoodie.price_micros, hoodie.opening_quantity, hoodie.reorder_point) == (
        52_000_000,
        100_000,
        5_000,
    )
    assert json.loads(hoodie.attributes or "") == {
        "size": "S",
        "climate": "All-weather|Cool",
        "note": "warm, soft",
    }
    assert (hoodie.active, book.active, book.tracks_stock) == (True, False, False)
    assert book.reorder_point is None
    assert told(outcome) == [(1, "several_categories", "categories")]


VENDURE = (
    "name,slug,description,facets,optionGroups,optionValues,sku,price,stockOnHand,trackInventory"
)


@pytest.mark.parametrize("chunk", [1, 100])
def test_vendure(tmp_path: Path, chunk: int) -> None:
    outcome = export(
        tmp_path,
        "vendure",
        VENDURE,
        ",,,,,orphan,X,1,,",
        "Laptop , laptop ,Fast,category:Computers|brand:Apple,size|RAM,13|8GB , L1,1299.00,5,true",
        " ,,,,,15|8GB ,,1399.00,,false",
        chunk=chunk,
    )
    small, large = outcome.rows
    assert (small.sku, small.name, small.description) == ("L1", "Laptop - 13 / 8GB", "Fast")
    assert (small.category, small.opening_quantity) == ("Computers", 5_000)
    assert json.loads(small.attributes or "") == {"size": "13", "RAM": "8GB", "brand": "Apple"}
    assert (large.sku, large.name, large.category) == (
        "laptop/15/8gb",
        "Laptop - 15 / 8GB",
        "Computers",
    )
    assert (large.price_micros, large.tracks_stock) == (1_399_000_000, False)
    assert [(fault.row, fault.code) for fault in outcome.faults] == [(1, "orphan_row")]


def test_vendure_in_two_languages_is_read_in_the_first(tmp_path: Path) -> None:
    head = VENDURE.replace("name,", "name:de,name:en,")
    outcome = export(tmp_path, "vendure", head, "Stift,Pen,pen,,,,,P1,1,,")
    assert outcome.rows[0].name == "Stift"
    assert outcome.analysis.ignored == ("name:en",)


PRESTASHOP = (
    "Product ID;Active (0/1);Name *;Categories (x,y,z...);Price tax excluded;Wholesale price;"
    "Reference #;Manufacturer;EAN13;UPC;Quantity;Low stock level;Summary;Description;"
    "Virtual product (0 = No, 1 = Yes)"
)


def test_prestashop(tmp_path: Path) -> None:
    outcome = export(
        tmp_path,
        "prestashop",
        PRESTASHOP,
        "1;1;iPod;Home/Music, Home;100.5;80;R-1;Apple;4006381333931;036000291452;160;2;Short;;0",
        "2;0;Song;;1;;;;;;;;;Long;1",
    )
    ipod, song = outcome.rows
    assert (ipod.sku, ipod.category, ipod.description) == ("R-1", "Home > Music", "Short")
    assert (ipod.price_micros, ipod.cost_micros) == (100_500_000, 80_000_000)
    assert (ipod.opening_quantity, ipod.reorder_point) == (160_000, 2_000)
    assert ipod.attributes == '{"Manufacturer": "Apple"}'
    assert [code[2] for code in outcome.barcodes] == ["4006381333931", "036000291452"]
    assert (song.sku, song.active, song.tracks_stock) == ("prestashop-2", False, False)
    assert told(outcome) == [
        (1, "several_categories", "Categories (x,y,z...)"),
        (2, "sku_derived", "Reference #"),
    ]


@pytest.mark.case("IMP-18")
def test_a_foreign_id_is_no_key_of_ours(tmp_path: Path) -> None:
    outcome = export(tmp_path, "woocommerce", WOO, "7,simple,A1,Tea,1,,,,1,,,,,,")
    assert (outcome.rows[0].sku, outcome.rows[0].external_id) == ("A1", None)


@pytest.mark.case("IMP-22")
def test_the_word_that_clears_works_on_composed_fields(tmp_path: Path) -> None:
    outcome = export(tmp_path, "woocommerce", WOO, "7,simple,A1,Tea,1,NULL,,,1,NULL,,NULL,,,")
    row = outcome.rows[0]
    assert (row.category, row.description, row.barcodes) == (None, None, None)
    assert row.cleared.bit_count() == 3


def test_a_file_without_names_can_only_change(tmp_path: Path) -> None:
    path = written(tmp_path, "Token,Item Name,Variation Name,SKU,Price\nT1,Mug,Regular,M,1\n")
    assert imported(path).analysis.cannot_create == ()
    bare = written(tmp_path, "sku,attribute_set_code,product_type,qty\nA,Top,simple,3\n")
    assert imported(bare).analysis.cannot_create == ("name", "price")
    with pytest.raises(MissingColumns):
        imported(bare, options=Options(currency="EUR", mode=Mode.CREATE))
