"""The program itself: its commands, its name, how it speaks of what goes wrong."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import app
from tests.fixtures.commands import variables

COMMANDS = {
    "serve",
    "worker",
    "migrate",
    "admin",
    "keys",
    "import",
    "export",
    "verify",
    "demo",
    "replay",
}


def test_the_program_has_these_commands_each_with_a_sentence() -> None:
    named = {command.name: command.callback for command in app.registered_commands}
    groups = {group.name: group.typer_instance for group in app.registered_groups}

    assert {*named, *groups} == COMMANDS
    assert all(callback is not None and callback.__doc__ for callback in named.values())


def test_the_program_is_called_stockbook() -> None:
    (script,) = entry_points(group="console_scripts", name="stockbook")

    assert script.value == "app.cli.main:app"


def test_without_a_command_it_lists_them() -> None:
    listed = CliRunner().invoke(app, []).output

    assert all(f" {command} " in listed for command in COMMANDS)


@pytest.mark.parametrize("command", [["verify"], ["worker"], ["migrate"], ["demo"]])
def test_every_command_names_all_faults_of_the_settings(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in variables("mysql://shop", tmp_path, SECRET_KEY="short").items():
        monkeypatch.setenv(name, value)

    ended = CliRunner().invoke(app, command)

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert [line.split(" ")[0] for line in ended.stderr.splitlines()] == [
        "STOCKBOOK_DATABASE_URL",
        "STOCKBOOK_SECRET_KEY",
    ]


@pytest.mark.parametrize("command", [["verify"], ["worker"], ["demo"]])
def test_commands_refuse_a_database_that_is_not_there(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in variables("sqlite+aiosqlite:///shop.db", tmp_path).items():
        monkeypatch.setenv(name, value)

    ended = CliRunner().invoke(app, command)

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr == "The database was never migrated: run `stockbook migrate` first.\n"
    assert not (tmp_path / "shop.db").exists()
