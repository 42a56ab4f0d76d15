"""A name says what a thing is; these say nothing and collect whatever has no home."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scripts.lints.source import Finding, Source

CLASS = re.compile(r"(Manager|Helper|Helpers|Util|Utils|Impl)$|^(Base|Abstract)[A-Z]")
MODULES = {"utils", "util", "helpers", "helper", "misc", "tools"}


def check(source: Source) -> Iterator[Finding]:
    for part in (*source.path.parts[:-1], source.path.stem):
        if part in MODULES:
            yield Finding(1, f"{part} is no home: name the file for what it holds")
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and CLASS.search(node.name):
            yield Finding(node.lineno, f"{node.name} says nothing: name it for what it is")
