"""Files, functions and constructors stay small; what grows is split by verb.

Left out: functions of migrations and of tests, which are long where they list columns or an
expected answer, and the constructors of a route's parameters, which are fields of a query.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scripts.lints.source import Finding, Source

FILE_LINES = 500
FUNCTION_LINES = 60
CONSTRUCTOR_DEPENDENCIES = 5
PLAIN = {"str", "int", "bool", "bytes", "None"}


def check(source: Source) -> Iterator[Finding]:
    if len(source.lines) > FILE_LINES:
        yield Finding(1, f"has {len(source.lines)} lines, at most {FILE_LINES}")
    for function in source.functions:
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > FUNCTION_LINES and source.within("app", "bench", "scripts"):
            yield Finding(
                function.lineno, f"{function.name} has {length} lines, at most {FUNCTION_LINES}"
            )
        if function.name == "__init__" and _takes_dependencies(source):
            count = sum(map(_is_dependency, _arguments(function))) - 1
            if count > CONSTRUCTOR_DEPENDENCIES:
                yield Finding(
                    function.lineno,
                    f"the constructor takes {count} dependencies, at most "
                    f"{CONSTRUCTOR_DEPENDENCIES}",
                )


def _takes_dependencies(source: Source) -> bool:
    return source.within("app") and not source.within("app/api/v1")


def _is_dependency(argument: ast.arg) -> bool:
    """A text or a number is a value; whatever else an object is given, it works with."""
    if argument.annotation is None:
        return True
    words = re.findall(r"[\w.]+", ast.unparse(argument.annotation))
    return not PLAIN.issuperset(words)


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
