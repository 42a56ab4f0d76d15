"""A stored file as the import reads it: analysed as a whole, then read chunk by chunk."""

from __future__ import annotations

from pathlib import Path

from app.domain.imports.mapping import make_plan
from app.domain.imports.plan import Options, Wishes
from app.domain.imports.records import Checkpoint, Chunk, FileFormat
from app.domain.imports.survey import Analysis, Survey
from app.infrastructure.tabular.dialects import find_format
from app.infrastructure.tabular.reading import read_chunk

CHUNK_RECORDS = 2_000


def analyse(path: Path, *, wishes: Wishes, options: Options) -> Analysis:
    """Read the whole file once and say how it will be imported; blocking, for a worker thread.

    Raises the faults of a whole file (`app.domain.imports.errors`), but not `AmbiguousDecimal`,
    which stands in the answer so that people see the rest of it.
    """
    file = find_format(
        path,
        encoding=wishes.encoding,
        delimiter=wishes.delimiter,
        has_header=wishes.has_header,
    )
    survey = Survey(make_plan(file, wishes, options), decimal=wishes.decimal)
    at = file.start
    while True:
        chunk = read(path, file, at)
        survey.add(chunk)
        if chunk.finished:
            return survey.result()
        at = chunk.next


def read(path: Path, file: FileFormat, start: Checkpoint, *, limit: int = CHUNK_RECORDS) -> Chunk:
    """Read the next records from a checkpoint on; blocking, for a worker thread."""
    return read_chunk(path, file, start, limit=limit)
