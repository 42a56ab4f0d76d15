"""What was measured, as a person reads it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence

from bench.commands import Run


def machine() -> str:
    return f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.system()}"


def rate(rows: int, run: Run) -> float:
    """Return the rows per second of the whole command, from its start to its end."""
    return rows / run.seconds


def mebibytes(run: Run) -> tuple[str, str]:
    """Return the peak after a quarter of the time, and that of all of it."""
    early = "-" if run.early_kib is None else f"{run.early_kib / 1024:.0f}"
    return early, f"{run.peak_kib / 1024:.0f}"


def ratio(first: float, second: float) -> str:
    return f"1 : {second / first:.2f}" if first else "-"


def show(rows: Iterable[Sequence[str]]) -> None:
    """Print a table whose first row is its header."""
    cells = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        texts = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        print("  ".join(texts).rstrip())
