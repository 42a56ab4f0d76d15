"""The clock of the database, so that workers on several machines agree on what is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.infrastructure.db.types import UtcDateTime

_MILLISECOND = timedelta(milliseconds=1)


class moment(FunctionElement[Any]):  # noqa: N801 - it is called like an SQL function
    """The present of the database plus a number of milliseconds."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, after: timedelta = timedelta()) -> None:
        super().__init__(literal(after // _MILLISECOND, Integer))


@compiles(moment, "postgresql")
def _postgres(element: moment, compiler: SQLCompiler, **kw: Any) -> str:
    milliseconds = compiler.process(element.clauses, **kw)
    # Not now(): a transaction may begin long before it gets here.
    return f"(clock_timestamp() + {milliseconds} * interval '1 millisecond')"


@compiles(moment, "sqlite")
def _sqlite(element: moment, compiler: SQLCompiler, **kw: Any) -> str:
    milliseconds = compiler.process(element.clauses, **kw)
    # Six decimals, as the column type writes them: the texts sort by time.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', ({milliseconds} / 1000.0) || ' seconds')"
