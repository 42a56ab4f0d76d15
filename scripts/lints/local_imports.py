"""Imports stand at the head of a file: a cycle means that something has the wrong owner."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scripts.lints.source import Finding, Source


def check(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Import | ast.ImportFrom):
                        yield Finding(inner.lineno, f"{node.name} imports: do it at the head")
            case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
                yield Finding(node.lineno, "hides an import behind TYPE_CHECKING")
