from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.imports.numerals import Numeral
from app.infrastructure.tabular.marks import NUMERAL, revived
from app.infrastructure.tabular.workbooks import convert
from app.infrastructure.tabular.writing import CellNotWritten, SheetFile
from tests.fixtures.catalogues import NASTY

COLUMNS = ("sku", "name", "price", "reorder_point", "attribute:Size")
# No cell of a catalog holds other control characters, and a workbook shows none.
CONTROLS = "".join(chr(code) for code in range(32) if chr(code) not in "\t\n\r")
PIECES = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters=CONTROLS),
    st.sampled_from(["_x", "0041", "_", "<r>", "</r>", "\r", "\n", "\uffff", "&lt;", " "]),
)
TEXTS = st.lists(PIECES, min_size=1).map("".join)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test a folder for temporary files, and see that nothing is left in it."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


def written(path: Path, rows: Sequence[Sequence[str]], columns: Sequence[str] = COLUMNS) -> Path:
    file = SheetFile(columns)
    try:
        file.add(rows)
        size = file.finish()
        path.write_bytes(b"".join(iter(lambda: file.read(1_000), b"")))
    finally:
        file.close()
    assert path.stat().st_size == size
    return path


def cells(path: Path) -> list[list[str]]:
    """Return the records as the import reads them."""
    with convert(path, sheet=None).path.open(encoding="utf-8", newline="") as text:
        return [revived(record) for record in csv.reader(text)]


def part(path: Path, name: str) -> str:
    with ZipFile(path) as package:
        return package.read(name).decode()


@given(st.lists(TEXTS, min_size=1, max_size=5))
@example([*NASTY, "_x0041\r", "_x0041\uffff", "<r>&</r>", "<r>\n</r>", "_x_x0041_", "_x00410_"])
def test_every_text_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    columns = [f"attribute:{place}" for place in range(len(texts))]

    path = written(tmp_path_factory.mktemp("file") / "list.xlsx", [texts], columns)

    assert cells(path) == [columns, texts]
    path.unlink()


def test_figures_are_numbers_and_all_else_is_text(tmp_path: Path) -> None:
    rows = [
        ("007", "1.5", "2.50", "5.000", "42"),
        ("1E5", "=1+1", "999999999.999999", "0.001", "'=1"),
        ("90.750", "TRUE", "1000000000000000000.00", "", "http://x"),
        ("x", "-1", "0.00", "1234567890.123", "2026-11-01"),
    ]

    path = written(tmp_path / "list.xlsx", rows)

    _, *found = cells(path)
    assert found == [
        ["007", "1.5", "2.5", "5", "42"],
        ["1E5", "=1+1", "999999999.999999", "0.001", "'=1"],
        ["90.750", "TRUE", "1000000000000000000", "", "http://x"],
        ["x", "-1", "0", "1234567890.123", "2026-11-01"],
    ]
    assert [[type(cell) for cell in record] for record in found] == [
        [str, str, Numeral, Numeral, str],
        [str, str, Numeral, Numeral, str],
        [str, str, Numeral, str, str],
        [str, str, Numeral, Numeral, str],
    ]


@pytest.mark.parametrize("figure", ["1234567890123456.00", "0.1234567890123456", "'-1", "1e3", "x"])
def test_a_figure_that_a_spreadsheet_program_would_change_is_text(
    tmp_path: Path, figure: str
) -> None:
    path = written(tmp_path / "list.xlsx", [("1", "n", figure, "", "")])

    assert cells(path)[1][2] == figure
    assert NUMERAL not in convert(path, sheet=None).path.read_text(encoding="utf-8")


def test_no_cell_is_a_formula_or_a_link(tmp_path: Path) -> None:
    path = written(tmp_path / "list.xlsx", [("=1+1", "http://x", "=1", "@x", "{=1}")])

    sheet = part(path, "xl/worksheets/sheet1.xml")
    assert "<f" not in sheet.replace("<frozen", "")
    assert "hyperlink" not in sheet
    assert cells(path)[1] == ["=1+1", "http://x", "=1", "@x", "{=1}"]


def test_how_it_looks_does_not_depend_on_what_is_in_it(tmp_path: Path) -> None:
    row = ("A" * 60, "Tea " * 50, "2.50", "1.000", "x" * 900)

    few = part(written(tmp_path / "few.xlsx", []), "xl/worksheets/sheet1.xml")
    many = part(written(tmp_path / "many.xlsx", [row] * 500), "xl/worksheets/sheet1.xml")

    assert (
        few.partition("<cols>")[2].partition("</row>")[0]
        == (many.partition("<cols>")[2].partition("</row>")[0])
    )
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in few
    styles = part(tmp_path / "few.xlsx", "xl/styles.xml")
    assert '<xf numFmtId="49" fontId="1"' in styles, "the header is bold text"
    assert re.findall(r'numFmtId="(\d+)" formatCode="(.*?)"', styles) == [
        ("164", "0.00####"),
        ("165", "0.000"),
    ]
    assert re.findall(r'<col min="(\d)" max="\1" width="[\d.]+" style="(\d)"', few) == [
        *(("1", "2"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "2"))
    ]
    assert re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2]) == [
        *("0", "49", "49", "164", "165")
    ]


def test_what_a_sheet_cannot_hold_is_never_cut(tmp_path: Path) -> None:
    for text in ("x" * 32_768, "\U0001f4a9" * 16_384):
        file = SheetFile(COLUMNS)
        with pytest.raises(CellNotWritten):
            file.add([("1", text)])
        file.close()

    longest = ["x" * 32_767, "\U0001f4a9" * 16_383]
    path = written(tmp_path / "list.xlsx", [("1", text) for text in longest])
    assert [record[1] for record in cells(path)[1:]] == longest


def test_it_may_be_closed_at_any_time_and_twice(tmp_path: Path) -> None:
    for step in range(3):
        file = SheetFile(COLUMNS)
        if step > 0:
            file.add([("1", "Tea")] * 2_000)
        if step > 1:
            file.finish()
            file.read(10)
        file.close()
        file.close()
