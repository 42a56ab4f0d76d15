"""The measurements run to their end and say what they should; figures are for a quiet machine."""

from __future__ import annotations

import sys

import pytest

from bench import exports, imports

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no wait4")


def test_imports_are_measured_clean_again_and_with_bad_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert imports.main(["--rows", "300", "--bad", "10", "--stock"]) == 0

    told = capsys.readouterr().out
    assert "completed: 300 created\n" in told
    assert "completed: 300 unchanged\n" in told
    assert "completed_with_errors: 270 created, 30 failed\n" in told
    assert "sqlite, create : bad rows" in told
    assert "sqlite, create : unchanged" in told


def test_exports_are_measured_as_csv_and_xlsx(
    capsys: pytest.CaptureFixture[str], postgres_url: str
) -> None:
    given = ["--rows", "300", "--database", "postgres", "--postgres-url", postgres_url]

    assert exports.main(given) == 0

    assert "postgres, products/s, csv : xlsx = 1 : " in capsys.readouterr().out
