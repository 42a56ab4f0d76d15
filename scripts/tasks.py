"""Everything one does with the project: `python3 -m scripts.tasks help` lists it.

`make` and `make.ps1` only call this. Each target sets up what it needs first.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Sequence  # noqa: UP035 - see scripts/environment.py

from scripts import local_shop
from scripts.environment import Environments, SetupFault, call, check_python, environment, say

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {
    "lint": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "import contracts": ("lint-imports",),
    "house lints": ("python", "-m", "scripts.lints"),
    "dead dependencies": ("deptry", "."),
    # Confident findings only: SQL put together from our own names is no injection.
    "security": ("bandit", "-q", "-ii", "-r", "-c", "pyproject.toml", "app"),
}


class Tasks:
    """The targets are the public methods; the first line of each is its help text."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._environments = Environments(root)

    def setup(self) -> int:
        """Make the environments from the locks."""
        self._environments.set_up()
        return 0

    def run(self) -> int:
        """Start the shop on 127.0.0.1 (PORT, 8000 by default); makes all it needs first."""
        self.demo()
        self.migrate()
        return self._stockbook("serve")

    def test(self, *arguments: str) -> int:
        """Run all tests on SQLite and Postgres, on all processors."""
        self.setup()
        return self._run("pytest", "-n", "auto", "--dist", "worksteal", *arguments)

    def check(self) -> int:
        """Check style, types, import contracts, house rules, dependencies, security; no tests."""
        self.setup()
        failed = [name for name, command in CHECKS.items() if not self._passes(name, command)]
        say(f"failed: {', '.join(failed)}" if failed else "all checks passed")
        return 1 if failed else 0

    def fmt(self) -> int:
        """Format the code and repair what can be repaired."""
        self.setup()
        return self._run("ruff", "check", "--fix", ".") | self._run("ruff", "format", ".")

    def lock(self) -> int:
        """Write the locks of requirements/ anew."""
        self._environments.lock()
        return 0

    def migrate(self) -> int:
        """Bring the local database up to the newest migration."""
        self.setup()
        return self._must("migrate")

    def demo(self) -> int:
        """Make the demo shop, ./var/demo.db, when it is not there."""
        self.setup()
        demo = self._root / "var" / "demo.db"
        if demo.exists():
            return 0
        demo.parent.mkdir(mode=0o700, exist_ok=True)
        # Under another name until it is whole, so that an interrupted start leaves no half shop.
        half = demo.with_name("demo.half.db")
        for left in half.parent.glob(f"{half.name}*"):
            left.unlink()
        self._must("demo", "--database", str(half))
        half.replace(demo)
        return 0

    def audit(self) -> int:
        """Look the locked packages up in the advisory database (needs the network)."""
        self._environments.set_up_apart("audit")
        folder = self._environments.tools / "audit"
        program = folder / ("Scripts/pip-audit.exe" if os.name == "nt" else "bin/pip-audit")
        # Strict: a package that cannot be looked up is a failure and no clean bill.
        command = [str(program), "--strict", "--disable-pip", "--require-hashes"]
        locks = [f"--requirement=requirements/{name}.txt" for name in ("runtime", "dev", "tools")]
        call([*command, *locks], cwd=self._root)
        return 0

    def cases(self, *arguments: str) -> int:
        """List the known cases with their tests; `ARGS="--case IMP-01"` lists one."""
        self.setup()
        return self._run("pytest", "--quiet", "--cases", *arguments)

    def help(self) -> int:
        """Show this list."""
        for name in targets():
            summary = (getattr(self, name).__doc__ or "").splitlines()[0]
            print(f"  make {name:<8} {summary}")
        return 0

    def _passes(self, name: str, command: Sequence[str]) -> bool:
        begun = time.monotonic()
        code = self._run(*command)
        say(f"{name}: {'ok' if code == 0 else 'FAILED'} ({time.monotonic() - begun:.0f} s)")
        return code == 0

    def _run(self, program: str, *arguments: str) -> int:
        command = [self._environments.program(program), *arguments]
        return subprocess.run(command, cwd=self._root, env=environment(), check=False).returncode

    def _must(self, *arguments: str) -> int:
        call(self._stockbook_command(*arguments), cwd=self._root, extra=self._local())
        return 0

    def _stockbook(self, *arguments: str) -> int:
        """Become the program, so that signals reach it; Windows has no such thing."""
        command = self._stockbook_command(*arguments)
        os.chdir(self._root)
        variables = environment(self._local())
        if os.name != "nt":
            os.execve(command[0], command, variables)
        return subprocess.run(command, env=variables, check=False).returncode

    def _stockbook_command(self, *arguments: str) -> list[str]:
        return [self._environments.program("stockbook"), *arguments]

    def _local(self) -> dict[str, str]:
        return local_shop.settings(self._root, os.environ)


def targets() -> list[str]:
    return [name for name in vars(Tasks) if not name.startswith("_")]


def main(arguments: Sequence[str]) -> int:
    name, *rest = arguments or ["help"]
    if name not in targets():
        print(f"There is no target {name}; there are: {', '.join(targets())}.", file=sys.stderr)
        return 2
    task: Callable[..., int] = getattr(Tasks(ROOT), name)
    try:
        check_python()
        return task(*rest)
    except SetupFault as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
