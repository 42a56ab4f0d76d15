from __future__ import annotations

import csv
import json
import tempfile
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalog.barcode import parse_barcodes
from app.domain.catalog.fields import search_text
from app.domain.common.text import fold, key
from app.domain.imports.faults import Fault
from app.domain.imports.fields import clear_bit
from app.domain.imports.guard import guarded
from app.domain.imports.parsed import ProductRow
from app.domain.imports.plan import Options, Wishes
from app.domain.imports.products import derived_sku
from tests.fixtures.import_files import Outcome, imported, written


def of(tmp_path: Path, *lines: str, **wishes: object) -> Outcome:
    outcome = imported(
        written(tmp_path, "\n".join(lines)),
        wishes=Wishes(delimiter=",", **wishes),  # type: ignore[arg-type]
    )
    assert outcome.adds_up
    return outcome


def test_a_row_has_every_field_in_the_order_of_the_staging_table(tmp_path: Path) -> None:
    outcome = of(
        tmp_path,
        "sku,name,description,category,unit,tax_rate,price,cost,tracks_stock,active,barcodes,"
        "reorder_point,reorder_quantity,external_id,quantity,attribute:Size",
        "A1, Thé Vert ,Fresh,Drinks > Tea,PCS,Standard,2.50,1.25,yes,0,"
        "4006381333931|x 1,5,10.5,ext-1,12,L",
    )
    assert outcome.rows == [
        ProductRow(
            row=1,
            line=2,
            sku="A1",
            sku_key="a1",
            sku_derived=False,
            external_id="ext-1",
            name="Thé Vert",
            name_folded="the vert",
            search_text="a1\nthe vert\n4006381333931\n04006381333931\nx 1",
            description="Fresh",
            category="Drinks > Tea",
            category_key="drinks\x1ftea",
            unit="pcs",
            tax_rate="standard",
            price_micros=2_500_000,
            cost_micros=1_250_000,
            tracks_stock=True,
            active=False,
            barcodes='["4006381333931", "x 1"]',
            reorder_point=5_000,
            reorder_quantity=10_500,
            opening_quantity=12_000,
            attributes='{"Size": "L"}',
            cleared=0,
        )
    ]
    assert outcome.barcodes == [
        (1, 0, "4006381333931", "04006381333931"),
        (1, 1, "x 1", "x 1"),
    ]
    assert (outcome.faults, outcome.warnings) == ([], [])


@pytest.mark.case("IMP-08")
def test_blank_records_are_counted_and_are_no_errors(tmp_path: Path) -> None:
    outcome = of(tmp_path, "sku,name,price", "A1,Tea,1", ",,", "", " , ,", "A2,Milk,2", *[",,"] * 9)
    assert [row.row for row in outcome.rows] == [1, 5]
    assert outcome.blank == [2, 3, 4, *range(6, 15)]
    assert (outcome.faults, outcome.analysis.blank) == ([], 12)


@pytest.mark.case("IMP-09")
def test_a_row_of_another_width_never_shifts_a_value(tmp_path: Path) -> None:
    outcome = of(
        tmp_path,
        "sku,name,price,cost,unit",
        "A1,Tea,1,1,pcs",
        "A2,Milk,1,1,pcs",
        "A3,Tea, green,1,1,pcs",
        "A4,Milk,1,1",
    )
    assert [row.sku for row in outcome.rows] == ["A1", "A2"]
    assert [fault.as_dict() for fault in outcome.faults] == [
        {
            "row": 3,
            "line": 4,
            "column": None,
            "code": "too_many_cells",
            "value": "A3,Tea, green,1,1,pcs",
            "expected": "5 cells, one for each header; there are 6",
            "max": 5,
            "actual": 6,
        },
        {
            "row": 4,
            "line": 5,
            "column": None,
            "code": "too_few_cells",
            "value": "A4,Milk,1,1",
            "expected": "5 cells, one for each header; there are 4",
            "max": 5,
            "actual": 4,
        },
    ]
    assert outcome.analysis.ragged == 2


@pytest.mark.case("IMP-14", "IMP-15")
def test_codes_stay_the_text_they_are(tmp_path: Path) -> None:
    skus = ["0017", "90.750", "1E5", "00", "3-4", "=1+1", "NULL", "'=x"]
    lines = [f"{guarded(sku)},0049000000443" for sku in skus]
    outcome = of(tmp_path, "sku,barcodes", *lines)
    # Our own file guards the texts that need it; so does everyone who opens it.
    assert [row.sku for row in outcome.rows] == [*skus[:-1], "'=x"]
    assert {code for _, _, code, _ in outcome.barcodes} == {"0049000000443"}


@pytest.mark.case("IMP-14")
def test_an_apostrophe_before_a_code_is_the_mark_of_a_text(tmp_path: Path) -> None:
    outcome = of(tmp_path, "sku,name,barcode", "'0017,'t Hooft,'030955168517")
    assert (outcome.rows[0].sku, outcome.rows[0].name) == ("0017", "'t Hooft")
    assert outcome.barcodes == [(1, 0, "030955168517", "00030955168517")]


@pytest.mark.case("IMP-16")
def test_a_barcode_that_lost_its_digits_is_refused(tmp_path: Path) -> None:
    outcome = of(
        tmp_path,
        "sku,barcodes",
        "A1,6.93217E+12",
        "A2,6932169358293.0",
        "A3,4006381333932",
        "A4,4006381333931",
    )
    assert [(fault.row, fault.column, fault.code, fault.value) for fault in outcome.faults] == [
        (1, "barcodes", "damaged_by_spreadsheet", "6.93217E+12")
    ]
    assert [(row, code) for row, _, code, _ in outcome.barcodes] == [
        (2, "6932169358293"),
        (3, "4006381333932"),
        (4, "4006381333931"),
    ]
    assert [(warning.row, warning.code) for warning in outcome.warnings] == [
        (3, "check_digit"),
    ]


@pytest.mark.case("IMP-16")
def test_a_sku_that_seems_damaged_is_kept_with_a_warning(tmp_path: Path) -> None:
    outcome = of(tmp_path, "sku,price", '"6,93217E+12",1', "1E5,1")
    assert [row.sku for row in outcome.rows] == ["6,93217E+12", "1E5"]
    assert [(warning.row, warning.code) for warning in outcome.warnings] == [
        (1, "damaged_by_spreadsheet")
    ]


@pytest.mark.case("IMP-22")
def test_blank_says_nothing_the_null_word_clears_and_zero_is_zero(tmp_path: Path) -> None:
    outcome = of(
        tmp_path,
        "sku,price,description,cost,attribute:Size",
        "A1,,,,",
        "A2,0,NULL,NULL,NULL",
        "A3,NULL,x,1,L",
    )
    blank, cleared = outcome.rows
    assert (blank.price_micros, blank.description, blank.cleared) == (None, None, 0)
    assert (blank.attributes, blank.name, blank.category) == (None, None, None)
    assert (cleared.price_micros, cleared.description) == (0, None)
    assert cleared.cleared == clear_bit("description") | clear_bit("cost")
    assert cleared.attributes == '{"Size": null}'
    assert [(fault.row, fault.column, fault.code) for fault in outcome.faults] == [
        (3, "price", "not_clearable")
    ]


def test_the_null_word_can_be_turned_off(tmp_path: Path) -> None:
    path = written(tmp_path, "sku,name,description\nA1,NULL,NULL")
    outcome = imported(path, options=Options(currency="EUR", null_word=None))
    assert [(row.name, row.description, row.cleared) for row in outcome.rows] == [
        ("NULL", "NULL", 0)
    ]


@pytest.mark.case("IMP-26")
def test_a_bad_cell_is_named_by_row_line_column_code_and_value(tmp_path: Path) -> None:
    rows = [f"A{number},Tea,1.00" for number in range(1, 17)]
    rows[3] = '"A4","two\nlines",1.00'
    outcome = of(tmp_path, "sku,description,price", *rows, "A17,Tea,abc")
    assert outcome.faults == [
        Fault(
            17,
            19,
            "price",
            "invalid_decimal",
            "abc",
            "a plain figure such as 12.50 with '.' as the decimal mark",
        )
    ]
    assert len(outcome.rows) == 16


@pytest.mark.case("IMP-29")
def test_category_paths_keep_their_parents(tmp_path: Path) -> None:
    outcome = of(
        tmp_path,
        "sku,category",
        "A1,Men/Tools",
        "A2,Women/ tools ",
        "A3,men >  TOOLS",
        "A4,A/B >",
        "A5,Men//Tools",
    )
    assert [(row.category, row.category_key) for row in outcome.rows] == [
        ("Men > Tools", "men\x1ftools"),
        ("Women > tools", "women\x1ftools"),
        ("men > TOOLS", "men\x1ftools"),
        ("A/B", "a/b"),
    ]
    assert [(fault.row, fault.column, fault.code) for fault in outcome.faults] == [
        (5, "category", "too_short")
    ]


@pytest.mark.case("IMP-31")
@pytest.mark.parametrize("length", [256, 10_000, 200_000])
def test_a_name_that_is_too_long_is_refused_and_never_cut(tmp_path: Path, length: int) -> None:
    outcome = of(tmp_path, "sku,name,description", f"A1,{'x' * length},", f"A2,Tea,{'y' * 20_000}")
    fault = outcome.faults[0].as_dict()
    assert (fault["code"], fault["max"], fault["actual"]) == ("too_long", 255, length)
    assert fault["value"] == "x" * 199 + "…"
    assert [(row.sku, len(row.description or "")) for row in outcome.rows] == [("A2", 20_000)]


@pytest.mark.case("IMP-29")
@pytest.mark.parametrize("separator", ["|", "::", "»", "\\"])
def test_category_paths_may_have_another_separator(tmp_path: Path, separator: str) -> None:
    path = written(tmp_path, f"sku,category\nA1,Men {separator} A/B{separator}\n")
    outcome = imported(path, options=Options(currency="EUR", category_separator=separator))
    assert [row.category_key for row in outcome.rows] == ["men\x1fa/b"]


def test_line_breaks_part_a_category_path_only_when_people_say_so(tmp_path: Path) -> None:
    path = written(tmp_path, 'sku,category\nA1,"Gear\r\nBags\n"\nA2,Gear\n')
    guessed = imported(path)
    assert [(fault.row, fault.code, fault.expected) for fault in guessed.faults] == [
        (
            1,
            "control_character",
            "a single line; / parts levels, unless category_separator is named",
        )
    ]
    told = imported(path, options=Options(currency="EUR", category_separator="\n"))
    assert [row.category for row in told.rows] == ["Gear > Bags", "Gear"]


@pytest.mark.case("IMP-31")
def test_length_is_counted_in_characters(tmp_path: Path) -> None:
    outcome = of(tmp_path, "sku,name", f"A1,{'😀' * 255}")
    assert outcome.rows[0].name == "😀" * 255


@pytest.mark.case("IMP-04")
def test_a_character_that_was_lost_before_is_refused(tmp_path: Path) -> None:
    outcome = of(tmp_path, "sku,name", "A1,Caf\ufffd", "A2,Tea")
    assert [(fault.row, fault.code) for fault in outcome.faults] == [(1, "replacement_character")]


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\x7f", "\x81"])
def test_control_characters_are_refused(tmp_path: Path, character: str) -> None:
    outcome = of(tmp_path, "sku,name,description", f"A1,a{character}b,", f"A2,,a{character}b")
    assert [(fault.row, fault.column, fault.code) for fault in outcome.faults] == [
        (1, "name", "control_character"),
        (2, "description", "control_character"),
    ]


def test_a_sign_of_windows_among_unicode_is_mended_with_a_warning(tmp_path: Path) -> None:
    outcome = of(tmp_path, "sku,name,description", "A1,3M\x99,\x93Best\x94\x85")
    assert (outcome.rows[0].name, outcome.rows[0].description) == ("3M™", "“Best”")
    assert [(warning.column, warning.code, warning.expected) for warning in outcome.warnings] == [
        ("name", "mended_character", "no control character; it is read as ™"),
        ("description", "mended_character", "no control character; it is read as “”"),
    ]


def test_all_faults_of_a_row_are_reported_at_once(tmp_path: Path) -> None:
    outcome = of(
        tmp_path,
        "sku,name,price,cost,active,reorder_point,quantity,barcodes",
        ",two lines,-1,x,maybe,-1,1.2345,A|B",
    )
    assert [(fault.column, fault.code) for fault in outcome.faults] == [
        ("sku", "missing"),
        ("price", "negative"),
        ("cost", "invalid_decimal"),
        ("active", "invalid_boolean"),
        ("reorder_point", "negative"),
        ("quantity", "too_many_places"),
    ]
    assert (outcome.rows, outcome.barcodes, outcome.failed) == ([], [], 1)


def test_a_negative_opening_quantity_counts_as_none(tmp_path: Path) -> None:
    outcome = of(tmp_path, "sku,quantity,tracks_stock", "A1,-3,", "A2,0,", "A3,4,no", "A4,4,yes")
    assert [row.opening_quantity for row in outcome.rows] == [None, None, None, 4_000]
    assert [(warning.row, warning.code) for warning in outcome.warnings] == [
        (1, "negative_quantity"),
        (3, "quantity_ignored"),
    ]


def test_discontinued_is_the_opposite_of_active(tmp_path: Path) -> None:
    outcome = of(tmp_path, "sku,discontinued", "A1,1", "A2,0", "A3,")
    assert [row.active for row in outcome.rows] == [False, True, None]


def test_a_row_without_sku_has_one_made_of_its_external_id(tmp_path: Path) -> None:
    outcome = of(tmp_path, "sku,external_id,name", ",ext 7,Tea", "A2,ext-8,Milk", ",,Salt")
    assert [(row.sku, row.sku_derived, row.external_id) for row in outcome.rows] == [
        ("ext 7", True, "ext 7"),
        ("A2", False, "ext-8"),
    ]
    assert [(warning.row, warning.code) for warning in outcome.warnings] == [(1, "sku_derived")]
    assert [(fault.row, fault.column, fault.code) for fault in outcome.faults] == [
        (3, "sku", "missing")
    ]


def test_a_long_key_makes_a_sku_that_is_still_its_own() -> None:
    first, second = derived_sku("x" * 80 + "1"), derived_sku("x" * 80 + "2")
    assert len(first) == len(second) == 64
    assert first != second
    assert derived_sku("x" * 80 + "1") == first


def test_barcodes_of_several_columns_are_one_list(tmp_path: Path) -> None:
    outcome = of(
        tmp_path, "sku,EAN,UPC,Barcode", "A1,0012345678905,012345678905,x", "A2,,,y", "A3,,,"
    )
    assert [row.barcodes for row in outcome.rows] == ['["0012345678905", "x"]', '["y"]', None]


WORDS = st.text(alphabet="aé'=NUL,;\"\n\t 1.", max_size=8)
CODES = st.text(alphabet="aB01'=-.", min_size=1, max_size=6)


@given(
    st.lists(
        st.tuples(CODES, WORDS, WORDS, st.sampled_from(["1.50", "abc", "", "-1", "NULL"]), WORDS),
        max_size=12,
    ),
    st.integers(1, 5),
)
def test_chunks_of_any_size_give_the_same(table: list[tuple[str, ...]], size: int) -> None:
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["sku", "name", "description", "price", "attribute:Size"])
    writer.writerows(table)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), buffer.getvalue())
        wishes = Wishes(delimiter=",")
        small, large = imported(path, wishes=wishes, chunk=size), imported(path, wishes=wishes)
    assert large.adds_up
    assert small == large


@given(CODES.map(str.strip), st.text(alphabet="aÉß'=NUL +-@“", max_size=10))
def test_what_our_own_file_says_comes_back_as_it_was(sku: str, text: str) -> None:
    name = text.strip()
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["sku", "name", "attribute:Note"])
    writer.writerow([sku if not sku.startswith("'") else f"'{sku}", guarded(name), guarded(name)])
    with tempfile.TemporaryDirectory() as folder:
        outcome = imported(written(Path(folder), buffer.getvalue()))
    row = outcome.rows[0]
    assert (row.sku, row.sku_key) == (sku, key(sku))
    assert row.name == (name or None)
    assert row.name_folded == (fold(name) if name else None)
    assert row.search_text == (search_text(sku=sku, name=name, barcodes=()) if name else None)
    assert json.loads(row.attributes or "{}") == ({"Note": name} if name else {})


def test_the_search_text_is_that_of_the_catalog(tmp_path: Path) -> None:
    codes = ["4006381333931", "Ä-1", "012345678905"]
    outcome = of(tmp_path, "sku,name,barcodes", f"ÀB,Straße,{'|'.join(codes)}")
    expected = search_text(sku="ÀB", name="Straße", barcodes=parse_barcodes(codes))
    assert outcome.rows[0].search_text == expected
