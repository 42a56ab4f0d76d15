"""Migrating from code: from anywhere, at the same time as others, and never by half."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import main as alembic
from sqlalchemy import Connection, text

from app.infrastructure.db.migrations import (
    FOLDER,
    MigrationFault,
    current,
    downgrade,
    head,
    migrate,
)
from tests.fixtures.databases import Database
from tests.migrations.schema import on, schema_of

MIGRATE = "import sys; from app.infrastructure.db.migrations import migrate; migrate(sys.argv[1])"
PROCESSES = 3
INI = str(FOLDER.parent / "alembic.ini")


def test_a_fresh_database_stands_nowhere(empty_database: Database) -> None:
    assert current(empty_database.url) is None


def test_a_file_that_is_missing_stays_missing(tmp_path: Path) -> None:
    path = tmp_path / "none.db"

    assert current(f"sqlite+aiosqlite:///{path}") is None
    assert not path.exists()


def test_a_migrated_database_is_left_as_it_is(database: Database) -> None:
    before = schema_of(database)

    migrate(database.url)

    assert schema_of(database) == before
    assert current(database.url) == head()


async def test_inside_a_running_loop(empty_database: Database) -> None:
    migrate(empty_database.url)

    assert current(empty_database.url) == head()


def test_from_any_folder(
    empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    migrate(empty_database.url, "0001")

    assert current(empty_database.url) == "0001"


def test_processes_that_start_together_wait_for_one_another(empty_database: Database) -> None:
    command = [sys.executable, "-c", MIGRATE, empty_database.url]
    together = [
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=FOLDER.parent)
        for _ in range(PROCESSES)
    ]
    ends = [(process.communicate()[1], process.returncode) for process in together]

    assert ends == [("", 0)] * PROCESSES
    assert current(empty_database.url) == head()


def test_a_step_that_fails_leaves_the_one_before(empty_database: Database) -> None:
    """What stands in the way of one step undoes that step whole, and of no other."""
    on(empty_database, lambda connection: connection.execute(text("CREATE TABLE units (x INT)")))

    with pytest.raises(Exception, match="units"):
        migrate(empty_database.url)

    reached = current(empty_database.url)
    assert reached == ("0002" if empty_database.dialect == "postgres" else None)
    assert not [line for line in schema_of(empty_database) if "tax_rates" in line]


def test_sqlite_refuses_references_that_would_point_nowhere(tmp_path: Path) -> None:
    database = Database("sqlite", f"sqlite+aiosqlite:///{tmp_path / 'stockbook.db'}")
    migrate(database.url)

    def orphan(connection: Connection) -> None:
        connection.execute(text("UPDATE shop SET default_tax_rate_id = x'00'"))

    on(database, orphan)

    with pytest.raises(MigrationFault, match="shop → tax_rates"):
        downgrade(database.url, "-1")

    assert current(database.url) == head()


class TestTheCommandLine:
    def test_finds_nothing_to_generate(self, database: Database) -> None:
        alembic(["-c", INI, "-x", f"url={database.url}", "check"])  # exits when it does

    def test_finds_what_was_forgotten(self, database: Database) -> None:
        on(database, lambda connection: connection.execute(text("DROP INDEX ix_audit_log_at")))

        with pytest.raises(SystemExit):
            alembic(["-c", INI, "-x", f"url={database.url}", "check"])

    def test_asks_for_the_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("STOCKBOOK_DATABASE_URL", raising=False)

        with pytest.raises(MigrationFault, match="Name the database"):
            alembic(["-c", INI, "current"])
