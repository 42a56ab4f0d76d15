"""Workbooks over HTTP: what the cells hold is stored, and what fails comes back as a CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pytest
import xlsxwriter

from tests.fixtures.importing import Importer, counts
from tests.fixtures.workbooks import workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER = ("SKU", "Name", "Price", "Cost")


def two_sheets(path: Path) -> bytes:
    """Write old products, and on a second sheet the new ones with rows that are only formatted."""
    columns = ("SKU", "Name", "Price", "Barcode", "Active", "Valid from", "Quantity")
    with xlsxwriter.Workbook(path) as book:
        old = book.add_worksheet("Old")
        old.write_row(0, 0, columns)
        old.write_row(1, 0, ("OLD", "Tea of last year", 1))
        sheet = book.add_worksheet("New")
        sheet.write_row(0, 0, columns)
        sheet.write_string(1, 0, "0017")
        sheet.write_row(1, 1, ("Crème brûlée\u00a0🍮", 12.5, "0049000000443", True))
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_datetime(1, 5, dt.datetime(2026, 11, 25), day)  # noqa: DTZ001
        sheet.write_number(1, 6, 4)
        sheet.write_number(2, 0, 17, book.add_format({"num_format": "0000"}))
        exponent = book.add_format({"num_format": "0.00E+00"})
        sheet.write_row(2, 1, ("Mint", 0.1 + 0.2))
        sheet.write_number(2, 3, 6932169358293, exponent)
        sheet.write_boolean(2, 4, False)
        sheet.write_string(4, 0, "1E5")
        sheet.write_row(4, 1, ("Sage", 1234.56))
        bold = book.add_format({"bold": True})
        sheet.set_row(500_000, None, bold)
        sheet.write_blank(1_048_575, 0, None, bold)
        sheet.write_blank(1_048_575, 16_383, None, bold)
    return path.read_bytes()


@pytest.mark.case("IMP-08", "IMP-14", "IMP-16")
async def test_the_cells_of_the_chosen_sheet_are_stored_as_they_are(
    importer: Importer, tmp_path: Path
) -> None:
    content = two_sheets(tmp_path / "products.xlsx")
    form = {"sheet": "New", "mapping": '{"Valid from": "attribute:Valid from"}'}

    done = await importer.run(content, name="products.xlsx", media_type=XLSX, **form)

    assert done["counts"] == counts(created=3, blank=1, warnings=2)
    assert done["analysis"]["records"] == done["rows_done"] == 4
    assert done["analysis"]["sheets"] == [
        {"name": "Old", "hidden": False},
        {"name": "New", "hidden": False},
    ]
    warnings = await importer.faults(done["id"], "warnings")
    assert [(w["row"], w["line"], w["column"], w["code"], w["value"]) for w in warnings] == [
        (1, 2, "Quantity", "cost_unknown", ""),
        (2, 3, "SKU", "numeric_cell", "17"),
    ]
    assert {
        sku: (row["name"], row["price_micros"].amount, row["active"], row["attributes"])
        for sku, row in (await importer.products()).items()
    } == {
        "0017": ("Crème brûlée\u00a0🍮", "12.50", True, {"Valid from": "2026-11-25"}),
        "17": ("Mint", "0.30", False, {}),
        "1E5": ("Sage", "1234.56", True, {}),
    }
    for code, sku in (("0049000000443", "0017"), ("6932169358293", "17")):
        found = await importer.http.get(
            "/api/v1/products/lookup", params={"code": code}, headers=importer.sign_in()
        )
        assert (found.json()["sku"], found.json()["barcodes"]) == (sku, [code])

    again = await importer.run(content, name="products.xlsx", media_type=XLSX, **form)
    assert again["counts"] == counts(unchanged=3, blank=1, warnings=1)
    assert again["imported_before"] == done["id"]


async def test_without_a_choice_the_first_sheet_is_read(importer: Importer, tmp_path: Path) -> None:
    content = two_sheets(tmp_path / "products.xlsx")

    done = await importer.run(content, name="products.xlsx", media_type=XLSX)

    assert done["counts"] == counts(created=1)
    assert list(await importer.products()) == ["OLD"]


@pytest.mark.case("IMP-26")
@pytest.mark.parametrize("mark", [".", ","])
async def test_rows_that_failed_come_back_as_a_csv_and_go_in_when_corrected(
    importer: Importer, tmp_path: Path, mark: str
) -> None:
    """Numbers are written with the decimal mark of the texts beside them."""
    good = f"3{mark}50"
    rows = [
        HEADER,
        ("007", "=Tea", "x", 2.5),
        ("A2", "Pot", good, 2),
        (17, "Mint", -1, 1.25),
        ("A4", None, 1, None),
    ]
    content = workbook(tmp_path, rows, formats={0: "0000"}).read_bytes()

    first = await importer.run(content, name="products.xlsx", media_type=XLSX)

    assert first["counts"] == counts(created=1, failed=3)
    faults = await importer.faults(first["id"])
    assert [(f["row"], f["line"], f["column"], f["code"]) for f in faults] == [
        (1, 2, "Price", "invalid_decimal"),
        (3, 4, "Price", "negative"),
        (4, 5, "Name", "missing"),
    ]
    answer = await importer.get(f"/{first['id']}/rejected.csv")
    header, *failed = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert header == [*HEADER, "import_errors"]
    assert [cells[:4] for cells in failed] == [
        ["007", "'=Tea", "x", f"2{mark}5"],
        ["17", "Mint", "'-1", f"1{mark}25"],
        ["A4", "", "1", ""],
    ]
    assert failed[0][4].endswith("(invalid_decimal)")
    failed[0][2], failed[1][2], failed[2][1] = good, good, "Sage"
    text = io.StringIO()
    csv.writer(text).writerows([header, *failed])

    again = await importer.run("\ufeff" + text.getvalue(), name="corrected.csv")

    assert again["counts"] == counts(created=3)
    listed = io.StringIO((await importer.exported()).decode("utf-8-sig"), newline="")
    assert [
        (row["sku"], row["name"], row["price"], row["cost"]) for row in csv.DictReader(listed)
    ] == [
        ("007", "'=Tea", "3.50", "2.50"),
        ("17", "Mint", "3.50", "1.25"),
        ("A2", "Pot", "3.50", "2.00"),
        ("A4", "Sage", "1.00", ""),
    ]
