"""A use case commits once; nothing else commits.

The unit of work itself and the migrations talk to the database's own transaction.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scripts.lints.source import Finding, Source

# A chunk of a job is a unit of work of its own.
CHUNKS = ("app/application/imports/chunk.py", "app/application/imports/run.py")
OWNERS = ("app/infrastructure/db/uow.py", "app/infrastructure/db/migrations.py")


def check(source: Source) -> Iterator[Finding]:
    if not source.within("app") or source.within(*OWNERS):
        return
    if _is_use_case(source):
        for function in source.functions:
            for call in _commits(function)[1:]:
                yield Finding(call.lineno, f"{function.name} commits a second time")
    else:
        for call in _commits(source.tree):
            yield Finding(call.lineno, "commits outside a use case")


def _is_use_case(source: Source) -> bool:
    use_case = source.within("app/application") and "use_cases" in source.path.parts
    return use_case or source.within(*CHUNKS)


def _commits(tree: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]
