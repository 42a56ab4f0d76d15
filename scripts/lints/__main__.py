"""Check the house rules that no ready-made tool knows: `python -m scripts.lints`.

A rule is a module with a `check`; its docstring says what holds and why.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from scripts.lints import (
    clocks,
    commits,
    floats,
    local_imports,
    names,
    sizes,
    value_errors,
)
from scripts.lints.source import Finding, Source

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("app", "alembic", "bench", "scripts", "tests")
RULES: dict[str, Callable[[Source], Iterator[Finding]]] = {
    "value-error": value_errors.check,
    "float": floats.check,
    "clock": clocks.check,
    "commit": commits.check,
    "size": sizes.check,
    "local-import": local_imports.check,
    "name": names.check,
}


def findings(source: Source) -> Iterator[str]:
    """Yield one line for every broken rule that the file does not excuse with a reason."""
    for rule, check in RULES.items():
        for finding in check(source):
            if not source.allows(rule, finding):
                yield f"{source.path}:{finding.line}: {rule}: {finding.message}"


def sources(root: Path) -> Iterator[Source]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            relative = PurePosixPath(path.relative_to(root).as_posix())
            yield Source(relative, path.read_text(encoding="utf-8"))


def main() -> int:
    found = [line for source in sources(ROOT) for line in findings(source)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
