"""Files that are sent part by part: CSV while it is made, a workbook when it is finished."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.application.catalog.workbooks import Workbook

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BLOCK = 1 << 16


class CsvFile(StreamingResponse):
    """Separated values to be saved under a name of ASCII letters."""

    media_type = "text/csv"

    def __init__(self, parts: AsyncIterable[bytes], *, name: str, status_code: int = 200) -> None:
        # FastAPI reads the documented status off this signature.
        super().__init__(parts, status_code, _saved_as(name))


class WorkbookFile(StreamingResponse):
    """A finished workbook; it is closed when it is sent, and when nobody is there to take it."""

    media_type = WORKBOOK_TYPE

    def __init__(self, workbook: Workbook, *, size: int, name: str) -> None:
        headers = {**_saved_as(name), "Content-Length": str(size)}
        super().__init__(_blocks(workbook), headers=headers)
        self._workbook = workbook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await asyncio.to_thread(self._workbook.close)


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


async def _blocks(workbook: Workbook) -> AsyncIterator[bytes]:
    while block := await asyncio.to_thread(workbook.read, _BLOCK):
        yield block
