from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.imports.errors import (
    DelimiterNotRecognised,
    EmptyFile,
    NotText,
    TooManyColumns,
)
from app.domain.imports.records import FileFormat
from app.infrastructure.tabular.dialects import find_format
from tests.fixtures.import_files import imported, written


@pytest.mark.case("IMP-06")
def test_semicolons_of_a_european_spreadsheet_are_found(tmp_path: Path) -> None:
    outcome = imported(written(tmp_path, "sku;name;price\nA1;Tea, green;2,50"))
    assert outcome.analysis.plan.format.delimiter == ";"
    assert [(row.sku, row.name, row.price_micros) for row in outcome.rows] == [
        ("A1", "Tea, green", 2_500_000)
    ]


@pytest.mark.case("IMP-06")
def test_a_header_of_one_cell_that_nothing_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DelimiterNotRecognised):
        find_format(written(tmp_path, "sku^name^price\nA1^Tea^2.50\n"))


def test_a_list_of_skus_alone_is_a_file_of_one_column(tmp_path: Path) -> None:
    assert find_format(written(tmp_path, "SKU\nA1\nA2\n")).header == ("SKU",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_found_behind_a_quoted_header(tmp_path: Path, delimiter: str) -> None:
    others = "".join(each for each in ",;|" if each != delimiter)
    header = delimiter.join(['"sku"', f'"the {others} name"', '"price"'])
    row = delimiter.join(["A1", f'"a{others}{others}b"', "1"])
    found = find_format(written(tmp_path, f"{header}\n{row}\n{row}\n"))
    assert found.delimiter == delimiter
    assert found.header == ("sku", f"the {others} name", "price")


def test_the_separator_line_of_a_spreadsheet_is_obeyed_and_left_out(tmp_path: Path) -> None:
    outcome = imported(written(tmp_path, "sep=|\r\nsku|name,a;b|price\r\nA1|Tea|2\r\n"))
    assert outcome.analysis.plan.format.header == ("sku", "name,a;b", "price")
    assert [(row.row, row.line, row.sku) for row in outcome.rows] == [(1, 3, "A1")]


def test_a_named_delimiter_is_not_looked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "sku;name,price\nA1;Tea,2\n")
    assert find_format(path, delimiter=";").header == ("sku", "name,price")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_found(tmp_path: Path, end: str) -> None:
    outcome = imported(written(tmp_path, end.join(["sku,name", "A1,Tea", "A2,Milk"])), chunk=1)
    assert outcome.analysis.plan.format.line_ending == end
    assert [(row.row, row.line, row.name) for row in outcome.rows] == [
        (1, 2, "Tea"),
        (2, 3, "Milk"),
    ]


def test_blank_lines_before_the_header_are_passed_over(tmp_path: Path) -> None:
    outcome = imported(written(tmp_path, "\n,,\nsku,name,price\nA1,Tea,2\n"))
    assert outcome.analysis.plan.format.header == ("sku", "name", "price")
    assert [(row.row, row.line) for row in outcome.rows] == [(1, 4)]


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    found = find_format(written(tmp_path, "A1\tTea\t2\nA2\tMilk\t3\n"), has_header=False)
    assert (found.header, found.start) == (("1", "2", "3"), (0, 1, 1))


def test_the_format_comes_back_from_its_stored_form(tmp_path: Path) -> None:
    found = find_format(written(tmp_path, 'sku, "name"\nA1, "Tea"\n'))
    assert found.padded
    assert FileFormat.from_dict(found.as_dict()) == found


def test_cells_padded_around_their_quotes_are_read(tmp_path: Path) -> None:
    content = 'sku  , name            , price \nA1   , "Tea, ""green""" , 2.50 \n'
    outcome = imported(written(tmp_path, content))
    assert [(row.sku, row.name, row.price_micros) for row in outcome.rows] == [
        ("A1", 'Tea, "green"', 2_500_000)
    ]


def test_quotes_in_a_quoted_text_are_no_padding(tmp_path: Path) -> None:
    content = 'sku,name\nA1,"He said, ""hi"" , and left"\nA2,"x"y\n'
    assert not find_format(written(tmp_path, content)).padded


@pytest.mark.parametrize("content", ["\n\n", "   ", "\ufeff", "sep=;\n"])
def test_a_file_without_a_header_is_empty(tmp_path: Path, content: str) -> None:
    with pytest.raises(EmptyFile):
        find_format(written(tmp_path, content))


def test_a_header_that_is_too_wide_or_broken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooManyColumns):
        find_format(written(tmp_path, ",".join(f"c{n}" for n in range(501)) + "\n"))
    with pytest.raises(NotText):
        find_format(written(tmp_path, '"sku"x,name\nA1,Tea\n'), delimiter=",")
    with pytest.raises(NotText):
        find_format(written(tmp_path, "sku,na\x00me\nA1,Tea\n"))
