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
    assert row.startswith("007,'=Tea,,,piece,standard,2.00,1.00,true,true")
    assert again.stdout.splitlines()[-1].endswith(" completed: 1 unchanged.")
    assert [path.name for path in tmp_path.glob(".*.part")] == []


def test_a_file_that_is_there_is_kept(database: Database, tmp_path: Path) -> None:
    given = variables(database.url, tmp_path)
    target = tmp_path / "out.csv"
    target.write_text("mine", encoding="utf-8")

    refused = stockbook("export", str(target), given=given, folder=tmp_path)

    assert refused.returncode == 1
    assert "--overwrite" in refused.stderr
    assert target.read_text(encoding="utf-8") == "mine"
