"""The memory of an export does not grow with the list: measured in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.databases import Database
from tests.fixtures.goods import Goods
from tests.fixtures.workers import ROOT, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no wait4")

FEW, MANY = 2_500, 25_000
# What the longer list may need more; a workbook that is held in memory takes twice that.
ALLOWANCE_KIB = 16 * 1024


def peak_kib(database: Database, target: Path) -> int:
    """Export all products and return the most memory that the process had."""
    export = [sys.executable, "-m", "app.cli.main", "export", str(target)]
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "tests/fixtures/peak_memory.py"), *export],
        env=environment(database, target.parent / "files"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1])


async def test_ten_times_the_products_need_the_same_memory(
    goods: Goods, database: Database, tmp_path: Path
) -> None:
    async def fill(numbers: range) -> None:
        rows = [{"sku": f"S{n:06}", "description": f"{'text ' * 20}{n}"} for n in numbers]
        await goods.fill(rows)

    await fill(range(FEW))
    few = [peak_kib(database, tmp_path / f"few.{ending}") for ending in ("csv", "xlsx")]
    for start in range(FEW, MANY, FEW):
        await fill(range(start, start + FEW))
    many = [peak_kib(database, tmp_path / f"many.{ending}") for ending in ("csv", "xlsx")]

    assert (tmp_path / "many.xlsx").stat().st_size > 5 * (tmp_path / "few.xlsx").stat().st_size
    for before, after in zip(few, many, strict=True):
        assert after <= before + ALLOWANCE_KIB, (few, many)
