"""`stockbook import FILE` and `stockbook worker`, as processes."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.application.imports.choices import Choices
from app.application.imports.use_cases.mappings import CreateImportMapping, MappingChecks
from app.application.services import Services
from app.domain.imports.plan import Mode
from tests.fixtures.accounts import TERMINAL
from tests.fixtures.commands import (
    PATIENCE_SECONDS,
    clean_environment,
    stockbook,
    variables,
)
from tests.fixtures.databases import Database

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")


def run_import(
    database: Database, folder: Path, text: str, *options: str
) -> subprocess.CompletedProcess[str]:
    path = folder / "products.csv"
    path.write_text(text, encoding="utf-8")
    given = variables(database.url, folder)
    return stockbook("import", str(path), *options, given=given, folder=folder)


def test_a_file_is_imported_and_counted(database: Database, tmp_path: Path) -> None:
    done = run_import(database, tmp_path, "sku,name,price\nA1,Tea,2\nA2,Pot,3\n")

    assert done.returncode == 0, done.stderr
    (told,) = done.stdout.splitlines()
    assert re.fullmatch(r"Import \w{26} completed: 2 created(; [\d,]+ rows/s)?\.", told)


def test_rows_that_failed_are_told_and_the_code_is_1(database: Database, tmp_path: Path) -> None:
    done = run_import(database, tmp_path, "sku,name,price\nA1,Tea,2\nA2,Pot,x\n")

    assert done.returncode == 1
    assert " completed_with_errors: 1 created, 1 failed" in done.stdout.splitlines()[-1]
    assert "invalid_decimal" in done.stderr


def test_what_is_no_product_file_is_refused_in_one_sentence(
    database: Database, tmp_path: Path
) -> None:
    done = run_import(database, tmp_path, "colour,size\nred,S\n")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.rstrip().endswith("(missing_columns)")
    assert len(done.stderr.splitlines()) == 1


async def test_a_saved_mapping_is_named_and_other_options_lie_over_it(
    database: Database, tmp_path: Path, services: Services
) -> None:
    columns = {"Nr": "sku", "Text": "name", "Preis": "price"}
    checks = MappingChecks(kinds=services.import_queue.kinds, reading=services.intake.reading)
    save = CreateImportMapping(services.work(None), ids=services.ids, check=checks)
    choices = Choices(mapping=columns, mode=Mode.UPDATE)
    await save(name="Baker", kind="products", choices=choices, like=None, actor=TERMINAL)
    text = "Nr;Text;Preis\nA1;Tea;2,50\n"

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        return run_import(database, tmp_path, text, *options)

    updated = await asyncio.to_thread(run, "--mapping", "baker")
    created = await asyncio.to_thread(run, "--mapping", "Baker", "--mode", "upsert")
    unknown = await asyncio.to_thread(run, "--mapping", "Miller")

    assert " completed_with_errors: 1 failed;" in updated.stdout.splitlines()[-1]
    assert " completed: 1 created;" in created.stdout.splitlines()[-1]
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr == "There is no saved mapping Miller. (unknown_reference)\n"


def test_a_worker_stops_when_it_is_told(database: Database, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli.main", "worker"],
        env=clean_environment(variables(database.url, tmp_path)),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as log:
        assert '"event": "worker started"' in log.readline()
        process.send_signal(signal.SIGTERM)
        assert '"event": "worker stopped"' in log.readline()
    assert process.wait(PATIENCE_SECONDS) == 0
