from __future__ import annotations

import datetime as dt
import tracemalloc
from pathlib import Path

import pytest
import xlsxwriter

from app.domain.imports.errors import EmptyFile, TooManyColumns, UnknownSheet
from app.domain.imports.numbers import DecimalMark
from app.domain.imports.numerals import Numeral, PaddedNumeral
from app.domain.imports.plan import Wishes
from app.infrastructure.tabular.source import analyse, read
from app.infrastructure.tabular.workbooks import convert
from tests.fixtures.import_files import EURO, imported
from tests.fixtures.workbooks import HEADER, packed, parts, workbook


def cells(path: Path, wishes: Wishes | None = None) -> list[tuple[int, list[str]]]:
    """Return line and cells of all records behind the header."""
    file = analyse(path, wishes=wishes or Wishes(), options=EURO).plan.format
    return [(line, found) for _, line, found in read(path, file, file.start).records]


@pytest.mark.parametrize("inline", [False, True])
def test_texts_and_numbers_are_read_as_they_are(tmp_path: Path, inline: bool) -> None:
    rows = [
        HEADER,
        ("0017", 'Crème\nbrûlée, "best"', 12.50),
        (17, "  🍵 \u05ea\u05d4 ", 0.1 + 0.2),
        (6932169358293, "_x000D_ tea", 1.1),
        ("1E5", None, 1234),
    ]
    path = workbook(tmp_path, rows, inline=inline)
    assert cells(path) == [
        (2, ["0017", 'Crème\nbrûlée, "best"', "12.5"]),
        (3, ["17", "  🍵 \u05ea\u05d4 ", "0.3"]),
        (4, ["6932169358293", "_x000D_ tea", "1.1"]),
        (5, ["1E5", "", "1234"]),
    ]
    kinds = [[type(cell) for cell in found] for _, found in cells(path)]
    assert kinds[0] == [str, str, Numeral]
    assert kinds[1] == [Numeral, str, Numeral]


def test_a_workbook_becomes_products_with_the_rows_that_people_see(tmp_path: Path) -> None:
    head = (*HEADER, "Description")
    good = [("A1", "Tea", 2.5, "two\nlines"), (), ("A2", "Tea", "x"), ("A3", "Mint", 1)]
    rows = [(), head, *good]
    outcome = imported(workbook(tmp_path, rows), chunk=1)
    assert outcome.adds_up
    assert [(row.row, row.line, row.sku, row.price_micros) for row in outcome.rows] == [
        (1, 3, "A1", 2_500_000),
        (4, 6, "A3", 1_000_000),
    ]
    assert outcome.blank == [2]
    assert [(fault.row, fault.line, fault.column, fault.value) for fault in outcome.faults] == [
        (3, 5, "Price", "x")
    ]


@pytest.mark.case("IMP-08")
def test_formatted_empty_rows_cost_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for place, row in enumerate([HEADER, ("A1", "Tea", 1), (), ("A2", "Tea", 1)]):
            sheet.write_row(place, 0, row)
        sheet.write_blank(1_048_575, 0, None, bold)
        sheet.write_blank(1_048_575, 16_383, None, bold)
        sheet.set_row(500_000, None, bold)
    outcome = imported(path)
    assert (outcome.records, outcome.blank, outcome.faults) == (3, [2], [])
    assert [(row.sku, row.line) for row in outcome.rows] == [("A1", 2), ("A2", 4)]
    assert outcome.analysis.plan.format.header == HEADER


@pytest.mark.case("IMP-14")
def test_a_number_that_shows_leading_zeros_has_none(tmp_path: Path) -> None:
    rows = [(*HEADER, "Barcode"), (17, "Tea", 1, "0049000000443"), ("0017", "Tea", 1, 123)]
    outcome = imported(workbook(tmp_path, rows, formats={0: "0000"}))
    assert [row.sku for row in outcome.rows] == ["17", "0017"]
    assert [code[2] for code in outcome.barcodes] == ["0049000000443", "123"]
    assert [
        (warning.row, warning.column, warning.code, warning.value) for warning in outcome.warnings
    ] == [(1, "SKU", "numeric_cell", "17")]


@pytest.mark.case("IMP-16")
def test_a_whole_number_in_a_barcode_column_has_all_its_digits(tmp_path: Path) -> None:
    rows = [(*HEADER, "EAN"), ("A1", "Tea", 1, 6932169358293.0), ("A2", "Tea", 1, "6.93217E+12")]
    outcome = imported(workbook(tmp_path, rows, formats={3: "0.00E+00"}))
    assert outcome.barcodes == [(1, 0, "6932169358293", "06932169358293")]
    assert [(fault.row, fault.code) for fault in outcome.faults] == [(2, "damaged_by_spreadsheet")]


@pytest.mark.parametrize(
    ("text", "mark", "price"),
    [("12,50", DecimalMark.COMMA, 12_500_000), ("12.50", DecimalMark.POINT, 12_500_000)],
)
def test_numbers_mean_the_same_whatever_mark_the_texts_have(
    tmp_path: Path, text: str, mark: DecimalMark, price: int
) -> None:
    outcome = imported(workbook(tmp_path, [HEADER, ("A1", "Tea", 1.234), ("A2", "Tea", text)]))
    assert outcome.analysis.plan.decimal is mark
    assert [row.price_micros for row in outcome.rows] == [1_234_000, price]


def test_dates_are_written_as_dates(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        formats = ["dd.mm.yyyy", "yyyy-mm-dd hh:mm", "hh:mm", '0.00 "days"', "[h]:mm", "[Red]0.00"]
        sheet.write_row(0, 0, ["sku", *formats])
        moment = dt.datetime(2026, 11, 25, 13, 45)  # noqa: DTZ001
        values = [moment.date(), moment, moment.time(), 1.5, 1.5, 1.5]
        sheet.write_string(1, 0, "A1")
        for place, (code, value) in enumerate(zip(formats, values, strict=True), start=1):
            sheet.write(1, place, value, book.add_format({"num_format": code}))
    expected = ["A1", "2026-11-25", "2026-11-25 13:45:00", "13:45:00", "1.5", "1.5", "1.5"]
    assert cells(path, Wishes(mapping={"hh:mm": "name"})) == [(2, expected)]


def several(folder: Path) -> Path:
    path = folder / "file.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, rows in {
            "Empty": [],
            "Old": [HEADER, ("OLD", "Tea", 1)],
            "Read me": [("How to fill this in",), ("Take care",)],
            "Products": [HEADER, ("A1", "Tea", 1)],
            "More": [HEADER, ("B1", "Tea", 1)],
        }.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
        book.get_worksheet_by_name("Old").hide()
    return path


def test_the_first_sheet_with_a_header_that_people_see_is_read(tmp_path: Path) -> None:
    analysis = analyse(several(tmp_path), wishes=Wishes(), options=EURO)
    assert analysis.plan.format.sheet == "Products"
    assert analysis.as_dict()["sheets"] == [
        {"name": "Empty", "hidden": False},
        {"name": "Old", "hidden": True},
        {"name": "Read me", "hidden": False},
        {"name": "Products", "hidden": False},
        {"name": "More", "hidden": False},
    ]


def test_another_sheet_is_read_when_asked_for(tmp_path: Path) -> None:
    path = several(tmp_path)
    assert [row.sku for row in imported(path, wishes=Wishes(sheet="more")).rows] == ["B1"]
    assert [row.sku for row in imported(path, wishes=Wishes(sheet="Old")).rows] == ["OLD"]
    with pytest.raises(UnknownSheet) as fault:
        imported(path, wishes=Wishes(sheet="none"))
    assert fault.value.extra["sheets"] == ["Empty", "Old", "Read me", "Products", "More"]
    with pytest.raises(EmptyFile):
        imported(path, wishes=Wishes(sheet="Empty"))


def test_a_wide_sheet_that_is_not_meant_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Plan").write_string(0, 900, "far")
        sheet = book.add_worksheet("Products")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ("A1", "Tea", 1))
    assert imported(path).analysis.plan.format.sheet == "Products"
    with pytest.raises(TooManyColumns):
        imported(path, wishes=Wishes(sheet="Plan"))


def test_a_converted_sheet_is_made_again_where_it_is_missing(tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEADER, ("A1", "Tea", 1), ("A2", "Tea", 2)])
    file = analyse(path, wishes=Wishes(), options=EURO).plan.format
    (made,) = tmp_path.glob("*.csv")
    before = made.read_bytes()
    first = read(path, file, file.start, limit=1)
    made.unlink()
    assert read(path, file, first.next).records == [(2, 3, ["A2", "Tea", "2"])]
    assert made.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == sorted([path, made])


def test_what_only_other_programs_write_is_read(tmp_path: Path) -> None:
    row = (
        "<x:row><x:c t='s'><x:v>0</x:v></x:c><x:c t='inlineStr'><x:is><x:t>Name</x:t></x:is></x:c>"
        "<x:c r='D1' t='str'><x:f>A1</x:f><x:v>Active</x:v></x:c></x:row>"
        "<x:row r='7'><x:c r='A7' t='s'><x:v>1</x:v></x:c><x:c r='B7'><x:v>1.25E1</x:v></x:c>"
        "<x:c r='C7' s='9'><x:v>-0</x:v></x:c><x:c r='D7' t='b'><x:v>1</x:v></x:c></x:row>"
    )
    strings = (
        "<t>SKU</t>",
        "<r><t>A</t></r><r><t> _x0041__x0001_</t></r><rPh sb='0' eb='1'><t>hint</t></rPh>",
    )
    path = packed(tmp_path, parts(row, strings=strings))
    file = analyse(path, wishes=Wishes(), options=EURO).plan.format
    assert file.header == ("SKU", "Name", "", "Active")
    chunk = read(path, file, file.start)
    assert [(line, found) for _, line, found in chunk.records][-1] == (
        7,
        ["A A", "12.5", "0", "true"],
    )
    assert len(chunk.records) == 6


def test_memory_does_not_grow_with_the_sheet(tmp_path: Path) -> None:
    rows = [HEADER, *((f"SKU-{n}", f"{n} " + "name " * 400, n) for n in range(3_000))]
    path = workbook(tmp_path, rows)
    tracemalloc.start()
    try:
        made = convert(path, sheet=None).path
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made.stat().st_size > 6_000_000
    assert peak < 3_000_000


def test_a_padded_number_is_told_apart(tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEADER, (17, "Tea", 1)], formats={0: "00000"})
    assert type(cells(path)[0][1][0]) is PaddedNumeral
