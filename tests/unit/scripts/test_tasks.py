from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scripts import tasks
from scripts.environment import Environments, SetupFault
from scripts.tasks import ROOT, Tasks, main, targets


class Started:
    """Stands for the programs: what was started, and how the next ones end."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.variables: dict[str, str] = {}
        self.failing: set[str] = set()

    def run(self, command: list[str], **named: object) -> subprocess.CompletedProcess[str]:
        self._note(command)
        return subprocess.CompletedProcess(command, int(Path(command[0]).name in self.failing))

    def call(self, command: list[str], *, cwd: Path, extra: dict[str, str] | None = None) -> None:
        self._note(command)
        self.variables = extra or {}
        if Path(command[0]).name in self.failing:
            raise SetupFault("failed")
        if "demo" in command:
            Path(command[-1]).write_text("a shop")

    def become(self, program: str, command: list[str], variables: dict[str, str]) -> None:
        self._note(command)
        self.variables = variables
        raise SystemExit

    def _note(self, command: list[str]) -> None:
        self.commands.append(" ".join([Path(command[0]).name, *command[1:]]))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    programs = Started()
    monkeypatch.setattr(tasks.subprocess, "run", programs.run)
    monkeypatch.setattr(tasks, "call", programs.call)
    monkeypatch.setattr(os, "execve", programs.become)
    monkeypatch.setattr(Environments, "set_up", lambda self: None)
    for name in [*os.environ]:
        if name == "PORT" or name.startswith("STOCKBOOK_"):
            monkeypatch.delenv(name)
    return programs


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestRun:
    def test_makes_the_demo_migrates_and_serves(self, root: Path, started: Started) -> None:
        with pytest.raises(SystemExit):
            Tasks(root).run()

        assert started.commands == [
            f"stockbook demo --database {root}/var/demo.half.db",
            "stockbook migrate",
            "stockbook serve",
        ]
        assert started.variables["STOCKBOOK_PORT"] == "8000"
        assert (root / "var" / "demo.db").read_text() == "a shop"

    def test_a_second_time_keeps_the_demo(self, root: Path, started: Started) -> None:
        (root / "var").mkdir()
        (root / "var" / "demo.db").write_text("kept")

        with pytest.raises(SystemExit):
            Tasks(root).run()

        assert started.commands == ["stockbook migrate", "stockbook serve"]
        assert (root / "var" / "demo.db").read_text() == "kept"

    def test_a_demo_that_fails_leaves_no_half_shop(self, root: Path, started: Started) -> None:
        started.failing = {"stockbook"}

        with pytest.raises(SetupFault):
            Tasks(root).run()

        assert not (root / "var" / "demo.db").exists()

    def test_a_left_half_is_removed_first(self, root: Path, started: Started) -> None:
        (root / "var").mkdir()
        (root / "var" / "demo.half.db-wal").write_text("left")

        Tasks(root).demo()

        assert [path.name for path in (root / "var").glob("demo*")] == ["demo.db"]


class TestTestsAndChecks:
    def test_arguments_reach_pytest(self, root: Path, started: Started) -> None:
        assert Tasks(root).test("-k", "sqlite") == 0

        assert started.commands == ["pytest -n auto --dist worksteal -k sqlite"]

    def test_all_checks_run_even_if_one_fails(
        self, root: Path, started: Started, capsys: pytest.CaptureFixture[str]
    ) -> None:
        started.failing = {"mypy"}

        assert Tasks(root).check() == 1

        assert len(started.commands) == len(tasks.CHECKS)
        assert capsys.readouterr().out.splitlines()[-1] == "· failed: types"

    def test_all_is_well(self, root: Path, started: Started) -> None:
        assert Tasks(root).check() == 0


class TestTargets:
    def test_help_tells_them_all(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([]) == 0

        told = [line.split()[1] for line in capsys.readouterr().out.splitlines()]
        assert told == targets()

    def test_the_makefile_calls_them_all(self) -> None:
        phony = [
            line.partition(":")[2].split()
            for line in (ROOT / "Makefile").read_text().splitlines()
            if line.startswith(".PHONY:")
        ]
        assert [sorted(names) for names in phony] == [sorted(targets())]

    def test_an_unknown_one_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["tset"]) == 2

        assert capsys.readouterr().err.startswith("There is no target tset; there are: setup, run")

    def test_a_fault_is_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def missing() -> None:
            raise SetupFault("Install python3-venv.")

        monkeypatch.setattr(tasks, "check_python", missing)

        assert main(["setup"]) == 1

        assert capsys.readouterr().err == "Install python3-venv.\n"
