"""What every lint works on: a parsed file and the findings in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Finding:
    """A place that breaks a rule."""

    line: int
    message: str


@dataclass(frozen=True)
class Source:
    """A file of the project; `path` is relative to its root."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree)

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def within(self, *folders: str) -> bool:
        """Tell whether the file lies in one of the folders, or is one of them."""
        return any(self.path.is_relative_to(folder) for folder in folders)

    def allows(self, rule: str, finding: Finding) -> bool:
        """A line may break a rule when it says why: `# float: seconds, not money`."""
        if finding.line > len(self.lines):
            return False
        reason = self.lines[finding.line - 1].partition(f"# {rule}:")[2]
        return bool(reason.strip())


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of names, the empty text for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return ""
