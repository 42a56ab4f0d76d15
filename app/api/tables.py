"""Reports as separated values: the same rows as in JSON, one column a figure."""

from __future__ import annotations

import asyncio
import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import aclosing
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from app.api.files import CsvFile
from app.application.common.paging import PageRequest
from app.application.common.separated import BYTE_MARK, separated
from app.application.reports.stock import Listed
from app.domain.imports.guard import guarded

Item = TypeVar("Item")

_ROWS = 500
_IN_MEMORY = 1 << 20
_BLOCK = 1 << 16
_NUMBER = re.compile(r"-?\d+(\.\d+)?")

CSV_TOO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}
"""What a route that answers both ways adds to its responses."""


class TableFormat(StrEnum):
    """How a report is written."""

    JSON = "json"
    CSV = "csv"


async def get_format(
    request: Request,
    format_: Annotated[
        TableFormat | None,
        Query(alias="format", description="Else what `Accept` asks for first; JSON by default."),
    ] = None,
) -> TableFormat:
    if format_ is not None:
        return format_
    for wish in request.headers.get("accept", "").split(","):
        match wish.partition(";")[0].strip().lower():
            case "text/csv":
                return TableFormat.CSV
            case "application/json" | "*/*" | "application/*":
                return TableFormat.JSON
    return TableFormat.JSON


FormatDep = Annotated[TableFormat, Depends(get_format)]


class Table:
    """Rows of one model as text: a member is a column, a model inside it a column a member.

    Members named in `without` are left out, with all that is inside them.
    """

    def __init__(self, model: type[BaseModel], *, without: Sequence[str] = ()) -> None:
        self._model = model
        self._without = frozenset(without)
        self.columns = ["_".join(path) for path in self._paths(model)]

    def part(self, rows: Iterable[BaseModel]) -> bytes:
        paths = list(self._paths(self._model))
        return separated(
            [_cell(_at(shown, path)) for path in paths]
            for shown in (row.model_dump(mode="json") for row in rows)
        )

    @property
    def head(self) -> bytes:
        return BYTE_MARK + separated([self.columns])

    def _paths(self, model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
        for name, field in model.model_fields.items():
            if name in self._without:
                continue
            inner = _model_of(field.annotation)
            if inner is None:
                yield (name,)
            else:
                yield from ((name, *path) for path in self._paths(inner))


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a member holds, also one that may be absent."""
    for kind in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _at(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = None if value is None else value[name]
    return value


def _cell(value: object) -> str:
    """Return the text of a cell; what is no number is made safe for spreadsheet programs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if _NUMBER.fullmatch(text) else guarded(text)


def csv_of(table: Table, rows: Sequence[BaseModel], *, name: str) -> CsvFile:
    """Send rows that are in memory already."""

    async def parts() -> AsyncIterator[bytes]:
        yield table.head
        for start in range(0, len(rows), _ROWS):
            yield table.part(rows[start : start + _ROWS])

    return CsvFile(parts(), name=name)


async def pages_of(
    listed: Callable[[PageRequest], Awaitable[Listed[Item]]],
    rows: Callable[[Sequence[Item]], Sequence[BaseModel]],
) -> AsyncGenerator[Sequence[BaseModel]]:
    """Give a list page by page, each read in a moment of its own."""
    page = PageRequest(limit=_ROWS)
    while True:
        found = await listed(page)
        yield rows(found.rows)
        if found.next_after is None:
            return
        page = PageRequest(limit=_ROWS, after=found.next_after)


def csv_while_read(
    table: Table, rows: AsyncGenerator[Sequence[BaseModel]], *, name: str
) -> CsvFile:
    """Send rows while they are read, part by part."""

    async def parts() -> AsyncIterator[bytes]:
        yield table.head
        async with aclosing(rows):
            async for part in rows:
                yield table.part(part)

    return CsvFile(parts(), name=name)


async def csv_from(
    table: Table, rows: AsyncGenerator[Sequence[BaseModel]], *, name: str
) -> CsvFile:
    """Read all rows into a temporary file, then send it: a slow client holds no connection."""
    file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - sent, then closed
    try:
        file.write(table.head)
        async with aclosing(rows):
            async for part in rows:
                await asyncio.to_thread(file.write, table.part(part))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return _SpooledCsv(file, name=name)


class _SpooledCsv(CsvFile):
    """Closes its file when it is sent, and when nobody is there to take it."""

    def __init__(self, file: IO[bytes], *, name: str) -> None:
        super().__init__(_blocks(file), name=name)
        self._file = file

    async def __call__(self, *asgi: Any) -> None:
        try:
            await super().__call__(*asgi)
        finally:
            await asyncio.to_thread(self._file.close)


async def _blocks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while block := await asyncio.to_thread(file.read, _BLOCK):
        yield block
