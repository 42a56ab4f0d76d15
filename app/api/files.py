"""Files that are sent part by part while they are made."""

from __future__ import annotations

from collections.abc import AsyncIterable

from fastapi.responses import StreamingResponse


class CsvFile(StreamingResponse):
    """Separated values to be saved under a name of ASCII letters."""

    media_type = "text/csv"

    def __init__(self, parts: AsyncIterable[bytes], *, name: str, status_code: int = 200) -> None:
        # FastAPI reads the documented status off this signature.
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        super().__init__(parts, status_code, headers)
