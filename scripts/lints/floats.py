"""Money and quantities are integers; a float would lose a cent somewhere.

In the layers that reckon, every float is refused, and true division, which makes one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scripts.lints.source import Finding, Source

RECKONING = ("app/domain", "app/application")
CARRYING = (*RECKONING, "app/infrastructure/db", "app/api/v1")


def check(source: Source) -> Iterator[Finding]:
    if not source.within(*CARRYING):
        return
    for node in source.nodes:
        match node:
            case ast.Name(id="float"):
                yield Finding(node.lineno, "names float: use Money, UnitPrice or Quantity")
            case ast.Constant(value=float() as value):
                yield Finding(node.lineno, f"holds the float {value}: use whole units")
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                if source.within(*RECKONING):
                    yield Finding(node.lineno, "divides into a float: use // or rounding.divide")
