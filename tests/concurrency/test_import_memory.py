"""The memory of an import does not grow with its file: measured in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.databases import Database
from tests.fixtures.workers import ROOT, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no module resource")

FEW, MANY = 20_000, 200_000
# What the longer file may need more.
ALLOWANCE_KIB = 20 * 1024


def write_file(path: Path, rows: int) -> None:
    """Every row is read, looked up, decided and counted; one in twenty makes a product."""
    with path.open("w", encoding="utf-8") as target:
        target.write("sku,name,price,description\n")
        for n in range(rows):
            sku = f"SKU-{rows}-{n if n % 20 == 0 else 0}"
            target.write(f"{sku},Name {n},2.50,{'text ' * 20}{n}\n")


def imported(database: Database, folder: Path, rows: int) -> dict[str, Any]:
    path = folder / f"{rows}.csv"
    write_file(path, rows)
    command = [sys.executable, "-m", "tests.fixtures.import_file", str(path)]
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "tests/fixtures/peak_memory.py"), *command],
        env=environment(database, folder / "files"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *_, told, peak = done.stdout.splitlines()
    return {**json.loads(told), "peak_kib": int(peak)}


@pytest.mark.case("IMP-28")
def test_ten_times_the_rows_need_the_same_memory(database: Database, tmp_path: Path) -> None:
    few = imported(database, tmp_path, FEW)
    many = imported(database, tmp_path, MANY)

    assert (few["rows"], few["created"], few["failed"]) == (FEW, FEW // 20, FEW * 19 // 20)
    assert (many["rows"], many["created"], many["failed"]) == (MANY, MANY // 20, MANY * 19 // 20)
    assert many["peak_kib"] <= few["peak_kib"] + ALLOWANCE_KIB
