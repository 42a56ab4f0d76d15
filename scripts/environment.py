"""Make the project's own Python environments from the locks, with nothing but Python installed.

`.tools` holds uv, installed by pip; `.venv` holds what `requirements/dev.txt` locks and the project
itself. All of it is checked by hash. A stamp in each says what it was made from, so that a later
run finds nothing to do. Standard library only, and no syntax that an old Python cannot read: it
has to come as far as saying that it is too old.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Mapping, Sequence  # noqa: UP035 - Python 3.8 cannot subscript the newer ones

LEAST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
STAMP = "made-from"
# Of the shell that calls, these would point into another environment.
FOREIGN = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "CONDA_PREFIX")


class SetupFault(Exception):
    """Setting up cannot go on; the message is one sentence that says what to do."""


class Environments:
    """The environments of one work tree."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tools = root / ".tools"
        self.venv = root / ".venv"
        self.locks = root / "requirements"

    def program(self, name: str) -> str:
        """Return the path of a program of `.venv`."""
        return str(_program(self.venv, name))

    def set_up(self) -> None:
        """Make or renew `.venv`; takes no time when it is as the locks say."""
        lock = self.locks / "dev.txt"
        stamp = _stamp(lock, self.root / "pyproject.toml")
        if _stands(self.venv, stamp):
            return
        self.sync(self.venv, lock)
        # The build back end is in the lock, so that nothing unlocked is fetched for it.
        install = ("pip", "install", "--quiet", "--no-deps", "--no-build-isolation")
        self._uv(*install, "--python", str(_program(self.venv, "python")), "--editable", ".")
        _write_stamp(self.venv, stamp)

    def set_up_apart(self, name: str) -> Path:
        """Return an environment of a lock of its own, for a tool that must not mix with ours."""
        folder = self.tools / name
        lock = self.locks / f"{name}.txt"
        stamp = _stamp(lock)
        if not _stands(folder, stamp):
            self.sync(folder, lock)
            _write_stamp(folder, stamp)
        return folder

    def sync(self, folder: Path, lock: Path) -> None:
        """Let the environment hold exactly what the lock names."""
        self._set_up_uv()
        if not _is_ours(folder):
            say(f"making {folder.name}")
            self._python("-m", "venv", "--clear", "--without-pip", str(folder))
        (folder / STAMP).unlink(missing_ok=True)
        say(f"installing what {lock.name} locks")
        sync = ("pip", "sync", "--quiet", "--require-hashes")
        self._uv(*sync, "--python", str(_program(folder, "python")), str(lock))

    def lock(self) -> None:
        """Write the locks anew, keeping versions that still fit."""
        self._set_up_uv()
        compile_ = ("pip", "compile", "--universal", "--generate-hashes", "--no-header", "--quiet")
        for name, sources in {
            "runtime": ("pyproject.toml",),
            "dev": ("pyproject.toml", "--group", "dev"),
            "tools": ("requirements/tools.in",),
            "audit": ("requirements/audit.in",),
        }.items():
            say(f"locking {name}")
            self._uv(*compile_, *sources, "--output-file", f"requirements/{name}.txt")

    def _set_up_uv(self) -> None:
        lock = self.locks / "tools.txt"
        stamp = _stamp(lock)
        if _stands(self.tools, stamp):
            return
        say("making the tool environment")
        self._python("-m", "venv", "--clear", str(self.tools))
        pip = [str(_program(self.tools, "python")), "-m", "pip", "--disable-pip-version-check"]
        install = ["install", "--quiet", "--no-input", "--require-hashes", "--requirement"]
        call([*pip, *install, str(lock)], cwd=self.root)
        _write_stamp(self.tools, stamp)

    def _uv(self, *arguments: str) -> None:
        # The machine's certificates count, as they do for pip.
        uv = [str(_program(self.tools, "uv")), "--system-certs", *arguments]
        call(uv, cwd=self.root, extra=_index_of_pip(_program(self.tools, "python")))

    def _python(self, *arguments: str) -> None:
        call([sys.executable, *arguments], cwd=self.root)


def check_python() -> None:
    """Raise `SetupFault` when this Python cannot make environments; go over to a newer one."""
    if sys.version_info < LEAST_PYTHON:
        newer = next(filter(None, map(shutil.which, NEWER_PYTHONS)), None)
        if newer is None:
            raise SetupFault(
                f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: install "
                "python3.11 with its venv module, or name one with `make PYTHON=…`."
            )
        os.execv(newer, [newer, "-m", "scripts.tasks", *sys.argv[1:]])
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        package = f"python3.{sys.version_info.minor}-venv"
        raise SetupFault(
            f"Python's venv module is missing: install it (Debian, Ubuntu: apt install {package})."
        )


def call(command: Sequence[str], *, cwd: Path, extra: Mapping[str, str] | None = None) -> None:
    """Run a program that must succeed."""
    code = subprocess.run(command, cwd=cwd, env=environment(extra), check=False).returncode
    if code != 0:
        raise SetupFault(f"{Path(command[0]).name} failed with {code}; the reason stands above.")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables for a program of ours."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**kept, **(extra or {})}


def say(text: str) -> None:
    print(f"· {text}", flush=True)


def _index_of_pip(python: Path) -> dict[str, str]:
    """Return the index that pip is told to use, for uv, which does not read pip's settings."""
    if os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL"):
        return {}
    asked = [str(python), "-m", "pip", "--disable-pip-version-check", "config", "list"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    pairs = (line.partition("=") for line in listed.splitlines())
    found = [value.strip("'\"") for key, _, value in pairs if key.endswith(".index-url")]
    return {"UV_DEFAULT_INDEX": found[-1]} if found else {}


def _program(folder: Path, name: str) -> Path:
    if os.name == "nt":
        return folder / "Scripts" / f"{name}.exe"
    return folder / "bin" / name


def _is_ours(folder: Path) -> bool:
    """Tell whether the folder is an environment of this Python that still works."""
    settings = folder / "pyvenv.cfg"
    if not settings.is_file() or not _program(folder, "python").exists():
        return False
    lines = settings.read_text(encoding="utf-8").splitlines()
    return any(line == f"version = {sys.version.split()[0]}" for line in lines)


def _stamp(*sources: Path) -> str:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.read_bytes())
    # An environment holds absolute paths: neither another Python nor another place can use it.
    digest.update(f"{sys.version}\n{sources[0].resolve()}".encode())
    return digest.hexdigest()


def _stands(folder: Path, stamp: str) -> bool:
    path = folder / STAMP
    return _is_ours(folder) and path.is_file() and path.read_text(encoding="ascii") == stamp


def _write_stamp(folder: Path, stamp: str) -> None:
    (folder / STAMP).write_text(stamp, encoding="ascii")
