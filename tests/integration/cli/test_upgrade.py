"""OPS-02: an upgrade that dies, a database that is not named, a schema that is behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.infrastructure.db.migrations import downgrade, migrate
from tests.fixtures.commands import (
    PATIENCE_SECONDS,
    clean_environment,
    serving,
    stockbook,
    variables,
)
from tests.fixtures.databases import Database, on_sqlite
from tests.migrations.schema import schema_of

# Dies by the signal that nothing can catch, right before a statement of the upgrade.
DYING_MIGRATION = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from app.cli.main import app

@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, parameters, context, many):
    if statement.strip().startswith(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)

app(["migrate"])
"""


@pytest.mark.case("OPS-02")
@pytest.mark.parametrize("statement", ["CREATE TABLE products", "CREATE TABLE sale_lines"])
def test_an_upgrade_that_was_killed_is_completed_by_the_next(
    empty_database: Database, statement: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    given = variables(empty_database.url, tmp_path)
    killed = subprocess.run(
        [sys.executable, "-c", DYING_MIGRATION, statement],
        env=clean_environment(given),
        cwd=tmp_path,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL

    again = stockbook("migrate", given=given, folder=tmp_path)

    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.startswith("Migrated from ")
    assert schema_of(empty_database) == schema_of(_template(empty_database, request))


@pytest.mark.case("OPS-02")
def test_production_without_a_database_address_refuses_to_start(tmp_path: Path) -> None:
    given = variables("", tmp_path, ENV="production", PUBLIC_URL="https://shop.test")
    given["STOCKBOOK_TRUSTED_HOSTS"] = "shop.test"
    del given["STOCKBOOK_DATABASE_URL"]

    ended = stockbook("serve", given=given, folder=tmp_path)

    assert ended.returncode == 2
    assert ended.stderr == "STOCKBOOK_DATABASE_URL is missing: say which database to use.\n"
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.case("OPS-02")
def test_the_server_is_not_ready_while_the_schema_is_behind(
    database: Database, tmp_path: Path
) -> None:
    with serving(variables(database.url, tmp_path, EMBEDDED_WORKER="false"), tmp_path) as server:
        assert server.get("/health/ready").status == 200

        downgrade(database.url, "-1")
        behind = server.get("/health/ready")
        alive = server.get("/health")

        migrate(database.url)
        assert (behind.status, alive.status) == (503, 200)
        assert server.get("/health/ready").status == 200


def _template(database: Database, request: pytest.FixtureRequest) -> Database:
    """Return the database that a migration without any accident made."""
    if database.dialect == "sqlite":
        return on_sqlite(request.getfixturevalue("sqlite_template"))
    server = request.getfixturevalue("postgres_server")
    name = request.getfixturevalue("postgres_template")
    return Database("postgres", server.url_of(name))
