from __future__ import annotations

from pathlib import Path

from app.domain.catalog.barcode import is_gtin
from bench.goods import gtin, write_goods
from tests.fixtures.import_files import imported


def test_the_same_file_is_written_at_every_call(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        assert write_goods(tmp_path / name, 1_000, bad_percent=1, stock=True) == 10

    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_a_clean_file_has_no_row_that_is_rejected_or_doubtful(tmp_path: Path) -> None:
    write_goods(tmp_path / "goods.csv", 1_000)

    outcome = imported(tmp_path / "goods.csv")

    assert (outcome.records, outcome.failed, outcome.warnings) == (1_000, 0, [])


def test_bad_rows_are_spread_evenly_and_of_three_kinds(tmp_path: Path) -> None:
    assert write_goods(tmp_path / "goods.csv", 1_000, bad_percent=1) == 10

    lines = (tmp_path / "goods.csv").read_text("utf-8").splitlines()[1:]
    kinds = {"words": ",a fair price,", "nameless": ",,", "long": "X" * 65}
    found = {
        name: [number for number, line in enumerate(lines) if sign in line]
        for name, sign in kinds.items()
    }
    assert found == {
        "words": [0, 300, 600, 900],
        "nameless": [100, 400, 700],
        "long": [200, 500, 800],
    }


def test_barcodes_have_a_valid_check_digit() -> None:
    assert all(is_gtin(gtin(number)) for number in range(200))
