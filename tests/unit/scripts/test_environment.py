from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

from scripts import environment
from scripts.environment import Environments, SetupFault, check_python


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every program that would be started, without its folder; making a venv leaves its traces."""
    started: list[str] = []

    def call(command: list[str], *, cwd: Path, extra: dict[str, str] | None = None) -> None:
        words = [word.replace(f"{cwd}{os.sep}", "") for word in command]
        started.append(" ".join([Path(words[0]).name, *words[1:]]))
        if command[1:3] == ["-m", "venv"]:
            shutil.rmtree(command[-1], ignore_errors=True)
            make_environment(Path(command[-1]))

    monkeypatch.setattr(environment, "call", call)
    monkeypatch.setattr(environment, "_index_of_pip", lambda python: {})
    return started


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    for name in ("dev", "tools", "audit"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(name)
    (tmp_path / "pyproject.toml").write_text("project")
    return tmp_path


def make_environment(folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (folder / "pyvenv.cfg").write_text(f"home = /usr\nversion = {sys.version.split()[0]}\n")


class TestSettingUp:
    def test_of_a_fresh_clone(self, root: Path, commands: list[str]) -> None:
        Environments(root).set_up()

        python = Path(sys.executable).name
        assert commands == [
            f"{python} -m venv --clear .tools",
            (
                "python -m pip --disable-pip-version-check install --quiet --no-input "
                "--require-hashes --requirement requirements/tools.txt"
            ),
            f"{python} -m venv --clear --without-pip .venv",
            (
                "uv --system-certs pip sync --quiet --require-hashes --python .venv/bin/python "
                "requirements/dev.txt"
            ),
            (
                "uv --system-certs pip install --quiet --no-deps --no-build-isolation "
                "--python .venv/bin/python --editable ."
            ),
        ]

    def test_a_second_time_nothing_is_started(self, root: Path, commands: list[str]) -> None:
        Environments(root).set_up()
        commands.clear()

        Environments(root).set_up()

        assert commands == []

    @pytest.mark.parametrize("changed", ["requirements/dev.txt", "pyproject.toml"])
    def test_a_changed_lock_is_installed_into_what_is_there(
        self, root: Path, commands: list[str], changed: str
    ) -> None:
        Environments(root).set_up()
        commands.clear()
        (root / changed).write_text("changed")

        Environments(root).set_up()

        assert [command.split(" --")[1] for command in commands] == [
            "system-certs pip sync",
            "system-certs pip install",
        ]

    def test_an_interrupted_one_is_done_again(
        self, root: Path, commands: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Environments(root).set_up()
        (root / "pyproject.toml").write_text("changed")
        working = environment.call

        def fails(*_arguments: object, **_named: object) -> None:
            raise SetupFault("no network")

        monkeypatch.setattr(environment, "call", fails)
        with pytest.raises(SetupFault):
            Environments(root).set_up()
        (root / "pyproject.toml").write_text("project")
        monkeypatch.setattr(environment, "call", working)
        commands.clear()

        Environments(root).set_up()

        assert len(commands) == 2

    def test_another_python_makes_it_anew(self, root: Path, commands: list[str]) -> None:
        Environments(root).set_up()
        commands.clear()
        (root / ".venv" / "pyvenv.cfg").write_text("version = 3.10.1")

        Environments(root).set_up()

        assert any("--without-pip .venv" in command for command in commands)

    def test_a_tool_apart_has_its_own_place(self, root: Path, commands: list[str]) -> None:
        folder = Environments(root).set_up_apart("audit")

        assert folder == root / ".tools" / "audit"
        assert commands[-1].endswith("--python .tools/audit/bin/python requirements/audit.txt")


class TestPython:
    def test_this_one_will_do(self) -> None:
        check_python()

    def test_without_venv_the_package_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = importlib.util.find_spec
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name: None if name == "ensurepip" else found(name)
        )

        with pytest.raises(SetupFault, match=r"apt install python3\.\d+-venv"):
            check_python()

    def test_an_old_one_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "version_info", (3, 9, 2))
        monkeypatch.setattr(shutil, "which", lambda name: None)

        with pytest.raises(SetupFault, match=r"3\.11 or newer is needed"):
            check_python()

    def test_an_old_one_goes_over_to_a_newer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        become: list[object] = []
        monkeypatch.setattr(sys, "version_info", (3, 9, 2))
        monkeypatch.setattr(sys, "argv", ["tasks", "test", "-k", "sqlite"])
        monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if "12" in name else None)

        def execv(path: str, arguments: list[str]) -> None:
            become.extend([path, *arguments[1:]])
            raise SystemExit

        monkeypatch.setattr(os, "execv", execv)

        with pytest.raises(SystemExit):
            check_python()

        assert become == ["/bin/python3.12", "-m", "scripts.tasks", "test", "-k", "sqlite"]


class TestVariables:
    def test_those_of_another_environment_are_left_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VIRTUAL_ENV", "elsewhere")
        monkeypatch.setenv("KEPT", "1")

        variables = environment.environment({"ADDED": "2"})

        assert "VIRTUAL_ENV" not in variables
        assert (variables["KEPT"], variables["ADDED"]) == ("1", "2")
