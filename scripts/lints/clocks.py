"""The time of day comes from the Clock, so that a test can say what time it is.

Counters for measuring durations, `time.monotonic` and `time.perf_counter`, are no time of day.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scripts.lints.source import Finding, Source, dotted

CLOCK = "app/infrastructure/clock.py"
READS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
}


def check(source: Source) -> Iterator[Finding]:
    if not source.within("app") or source.within(CLOCK):
        return
    for node in source.nodes:
        if isinstance(node, ast.Call):
            name = ".".join(dotted(node.func).split(".")[-2:])
            if name in READS:
                yield Finding(node.lineno, f"reads the clock by {name}(): ask the Clock")
