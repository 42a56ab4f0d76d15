"""`stockbook export FILE`, as a process."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures.commands import stockbook, variables
from tests.fixtures.databases import Database

GOODS = "sku,name,price,cost\n007,=Tea,2.00,1.00\n"


def test_what_was_exported_is_imported_unchanged(database: Database, tmp_path: Path) -> None:
    given = variables(database.url, tmp_path)
    source, target = tmp_path / "goods.csv", tmp_path / "out.csv"
    source.write_text(GOODS, encoding="utf-8")
    stockbook("import", str(source), given=given, folder=tmp_path)

    done = stockbook("export", str(target), given=given, folder=tmp_path)
    again = stockbook("import", str(target), given=given, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"1 products are in {target}.\n"
    _, row = target.read_text(encoding="utf-8-sig").splitlines()
    assert row.startswith("007,'=Tea,,,,,,,piece,standard,2.00,1.00,true,true")
    assert " completed: 1 unchanged" in again.stdout.splitlines()[-1]
    assert [path.name for path in tmp_path.glob(".*.part")] == []


def test_a_workbook_is_imported_unchanged(database: Database, tmp_path: Path) -> None:
    given = variables(database.url, tmp_path)
    source, target = tmp_path / "goods.csv", tmp_path / "out.XLSX"
    source.write_text(GOODS, encoding="utf-8")
    stockbook("import", str(source), given=given, folder=tmp_path)

    done = stockbook("export", str(target), given=given, folder=tmp_path)
    again = stockbook("import", str(target), given=given, folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"1 products are in {target}.\n"
    assert target.read_bytes().startswith(b"PK")
    assert " completed: 1 unchanged" in again.stdout.splitlines()[-1]
    assert [path.name for path in tmp_path.glob(".*.part")] == []


SHELVES = """\
sku,name,price,category,active
TEA-1,Green tea,2.00,Drinks > Tea,true
TEA-2,Black tea,3.00,Drinks > Tea,false
TEA-3,Black tea,4.00,,false
MUG,Mug,9.00,Drinks,false
"""


def test_conditions_are_given_as_options(database: Database, tmp_path: Path) -> None:
    given = variables(database.url, tmp_path)
    source, target = tmp_path / "goods.csv", tmp_path / "out.csv"
    source.write_text(SHELVES, encoding="utf-8")
    stockbook("import", str(source), given=given, folder=tmp_path)

    options = ("--search", "tea", "--category", "drinks", "--inactive", "--price-max", "3")
    done = stockbook("export", str(target), *options, given=given, folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(",")[0] for line in target.read_text("utf-8").splitlines()[1:]] == ["TEA-2"]


def test_the_name_or_an_option_tells_the_format(database: Database, tmp_path: Path) -> None:
    given = variables(database.url, tmp_path)
    target = tmp_path / "products.txt"

    refused = stockbook("export", str(target), given=given, folder=tmp_path)
    done = stockbook("export", str(target), "--format", "xlsx", given=given, folder=tmp_path)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"{target} ends neither in .csv nor in .xlsx: say --format csv or --format xlsx.\n"
    )
    assert done.returncode == 0
    assert target.read_bytes().startswith(b"PK")


def test_what_no_workbook_holds_leaves_no_file(database: Database, tmp_path: Path) -> None:
    given = variables(database.url, tmp_path)
    source, target = tmp_path / "goods.csv", tmp_path / "out.xlsx"
    source.write_text(f"sku,name,price,description\nA1,Tea,2,{'x' * 32_768}\n", encoding="utf-8")
    stockbook("import", str(source), given=given, folder=tmp_path)

    refused = stockbook("export", str(target), given=given, folder=tmp_path)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "The description of the product A1 has 32768 characters, a cell of a workbook at most "
        "32767. Take the list as CSV, or leave it out. (text_too_long_for_workbook)\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == []


def test_a_file_that_is_there_is_kept(database: Database, tmp_path: Path) -> None:
    given = variables(database.url, tmp_path)
    target = tmp_path / "out.csv"
    target.write_text("mine", encoding="utf-8")

    refused = stockbook("export", str(target), given=given, folder=tmp_path)

    assert refused.returncode == 1
    assert "--overwrite" in refused.stderr
    assert target.read_text(encoding="utf-8") == "mine"
