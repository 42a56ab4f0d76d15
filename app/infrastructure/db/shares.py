"""A part of a whole by SQL that is exact where the product does not fit in 64 bits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class share(FunctionElement[int]):  # noqa: N801 - it is called like an SQL function
    """value × part / whole, cut off towards nothing; the whole is not 0.

    SQLite reckons in floating point beyond 64 bits, so there it may be off by a little then. Taken
    as differences of cumulative shares, parts sum to the value all the same.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(share, "postgresql")
def _postgres(element: share, compiler: SQLCompiler, **kw: Any) -> str:
    value, part, whole = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(DIV(CAST({value} AS NUMERIC) * {part}, {whole}) AS BIGINT)"


@compiles(share, "sqlite")
def _sqlite(element: share, compiler: SQLCompiler, **kw: Any) -> str:
    value, part, whole = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST({value} * {part} / {whole} AS INTEGER)"
