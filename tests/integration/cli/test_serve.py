"""`stockbook serve` as a process: what it refuses, what it prints, how it stops."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from tests.fixtures.commands import serving, stockbook, variables
from tests.fixtures.databases import Database


def test_every_fault_is_named_at_once_and_the_exit_code_is_two(tmp_path: Path) -> None:
    given = {"STOCKBOOK_PORT": "eighty", "STOCKBOOK_SECRET_KEY": "short", "STOCKBOOK_PROT": "1"}

    ended = stockbook("serve", given=given, folder=tmp_path)

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert [line.split(" ")[0].rstrip(":") for line in ended.stderr.splitlines()] == [
        "STOCKBOOK_PROT",
        "STOCKBOOK_PORT",
        "STOCKBOOK_DATABASE_URL",
        "STOCKBOOK_SECRET_KEY",
        "STOCKBOOK_PUBLIC_URL",
        "STOCKBOOK_TRUSTED_HOSTS",
    ]
    assert "short" not in ended.stderr
    assert "eighty" not in ended.stderr


def test_an_insecure_production_is_refused_with_every_reason(tmp_path: Path) -> None:
    ended = stockbook("serve", given={"STOCKBOOK_LOG_LEVEL": "DEBUG"}, folder=tmp_path)

    assert ended.returncode == 2
    assert [line.split(" ")[0].split("=")[0] for line in ended.stderr.splitlines()] == [
        "STOCKBOOK_DATABASE_URL",
        "STOCKBOOK_SECRET_KEY",
        "STOCKBOOK_PUBLIC_URL",
        "STOCKBOOK_LOG_LEVEL",
        "STOCKBOOK_TRUSTED_HOSTS",
    ]


def test_a_database_that_was_never_migrated_is_refused_with_one_sentence(
    empty_database: Database, tmp_path: Path
) -> None:
    ended = stockbook("serve", given=variables(empty_database.url, tmp_path), folder=tmp_path)

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == "The database was never migrated: run `stockbook migrate` first.\n"


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    given = variables("postgresql+asyncpg://nobody@127.0.0.1:1/none", tmp_path)

    ended = stockbook("serve", given=given, folder=tmp_path)

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith("The database does not answer: ")


def test_keys_made_under_another_secret_are_named(database: Database, tmp_path: Path) -> None:
    given = variables(database.url, tmp_path)
    with serving(given, tmp_path):
        pass
    other = {"STOCKBOOK_SECRET_KEY": "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxw"}

    ended = stockbook("serve", given=given | other, folder=tmp_path)

    assert ended.returncode == 1
    [sentence] = ended.stderr.splitlines()
    assert sentence.endswith("STOCKBOOK_SECRET_KEY is not the one that it was made under.")


@pytest.mark.case("A13")
def test_the_printed_line_makes_the_first_admin_and_is_printed_no_more(
    database: Database, tmp_path: Path
) -> None:
    given = variables(database.url, tmp_path)
    with serving(given, tmp_path) as server:
        line = re.search(r"curl -sS (\S+) \\\n  -H '([^']+)' -d '([^']+)'", server.said)
        assert line is not None
        assert line[1] == f"{server.url}/api/v1/auth/setup"
        assert line[2] == "Content-Type: application/json"
        body = json.loads(line[3])
        assert body == {
            "token": server.setup_token,
            "email": "you@example.com",
            "name": "Your name",
            "password": "",
        }

        as_printed = server.post("/api/v1/auth/setup", body)
        filled_in = server.post(
            "/api/v1/auth/setup", body | {"password": "nine grey herons at dusk"}
        )

        assert (as_printed.status, filled_in.status) == (422, 201)
        assert server.stop() == -signal.SIGTERM
        assert "Application shutdown complete." in server.said

    with serving(given, tmp_path) as server:
        assert "curl" not in server.said


def test_migrate_first_makes_an_empty_database_ready(
    empty_database: Database, tmp_path: Path
) -> None:
    with serving(variables(empty_database.url, tmp_path), tmp_path, "--migrate") as server:
        assert server.get("/health/ready").status == 200


def test_the_interactive_page_needs_no_outside_network(database: Database, tmp_path: Path) -> None:
    with serving(variables(database.url, tmp_path), tmp_path) as server:
        page = server.get("/docs")

        assert page.status == 200
        assert re.findall(r"""["'(](?:https?:)?//[^"')]+""", page.text) == []
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(loaded) == 3
        assert {server.status_of(path) for path in loaded} == {200}
        assert server.get("/openapi.json").status == 200
