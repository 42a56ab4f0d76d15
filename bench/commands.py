"""Commands of the shipped program, run as processes of their own and measured from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_LOOK_EVERY_SECONDS = 0.05
_EARLY = 0.25


class CommandFailed(Exception):
    """A command did not end as it should; the message has what it said."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a command went, with its peak memory after a quarter of the time and at the end.

    `early_kib` is None where the system does not tell it of a process that runs.
    """

    said: str
    seconds: float
    early_kib: int | None
    peak_kib: int


def stockbook(
    *arguments: str, given: Mapping[str, str], folder: Path, may_fail: bool = False
) -> Run:
    """Run a command in a folder; `may_fail` lets it end with code 1, as for rows that failed."""
    log = folder / "command.log"
    command = [sys.executable, "-m", "app.cli.main", *arguments]
    with log.open("wb") as output:
        begun = time.monotonic()
        process = subprocess.Popen(
            command, env=_environment(given), cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
        samples: list[tuple[float, int]] = []
        while True:
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            seconds = time.monotonic() - begun
            if ended:
                break
            if (kib := _most_so_far(process.pid)) is not None:
                samples.append((seconds, kib))
            time.sleep(_LOOK_EVERY_SECONDS)
    process.returncode = os.waitstatus_to_exitcode(status)
    said = log.read_text(encoding="utf-8")
    if process.returncode not in ((0, 1) if may_fail else (0,)):
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    early = [kib for at, kib in samples if at <= seconds * _EARLY]
    # macOS tells it in bytes.
    peak = used.ru_maxrss // 1024 if sys.platform == "darwin" else used.ru_maxrss
    return Run(said, seconds, early[-1] if early else None, peak)


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    """Leave out every setting of the shell."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STOCKBOOK_")}
    return {**kept, "PYTHONPATH": str(ROOT), **given}


def _most_so_far(process: int) -> int | None:
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    lines = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return next((int(line.split()[1]) for line in lines), None)
