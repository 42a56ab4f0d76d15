"""The domain raises its own errors, each with a stable code, and no bare ValueError."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scripts.lints.source import Finding, Source, dotted

BARE = {"ValueError", "TypeError", "RuntimeError", "KeyError", "Exception", "AssertionError"}


def check(source: Source) -> Iterator[Finding]:
    if not source.within("app/domain"):
        return
    for node in source.nodes:
        if not isinstance(node, ast.Raise) or node.exc is None:
            continue
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if dotted(raised) in BARE:
            yield Finding(
                node.lineno, f"raises {dotted(raised)}: raise an error of the domain, with a code"
            )
