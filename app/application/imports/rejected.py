"""The records that an import rejected, as a file to correct and send again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from app.application.common.paging import PageRequest
from app.application.common.separated import BYTE_MARK, separated
from app.application.imports.files import FileReading, FileStore
from app.application.imports.queries import ImportsReader
from app.domain.common.identifiers import ImportId
from app.domain.imports.faults import Fault
from app.domain.imports.fields import REASONS, tells_reasons
from app.domain.imports.guard import shielded
from app.domain.imports.numerals import written_with
from app.domain.imports.plan import Plan
from app.domain.imports.presets.registry import preset_named
from app.domain.imports.records import Chunk
from app.domain.imports.states import ImportNotStarted

_RECORDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRecords:
    """Reads the stored file again beside the faults, in memory that does not grow with either."""

    imports: ImportsReader
    files: FileStore
    reading: FileReading

    async def __call__(self, identifier: ImportId) -> AsyncIterator[bytes]:
        """Return the parts of the file, the header first.

        A record of another width than the header keeps its width, so that it is refused again
        until it is corrected; one with broken quotes stands with its beginning in one cell.
        `NotFound`, `ImportNotStarted` and `FileMissing` come before the first part.
        """
        view = await self.imports.import_(identifier)
        if view.plan is None:
            raise ImportNotStarted
        path = await asyncio.to_thread(self.files.path, view.file_hash)
        return self._parts(identifier, path, Plan.from_dict(view.plan))

    async def _parts(self, identifier: ImportId, path: Path, plan: Plan) -> AsyncIterator[bytes]:
        header = _without_reasons(plan, plan.format.header)
        delimiter = plan.format.delimiter
        titles = [*map(shielded, header), REASONS]
        yield BYTE_MARK + separated([titles], delimiter=delimiter)
        reasons = self._reasons(identifier)
        wanted = await anext(reasons, None)
        at, finished = plan.format.start, False
        while wanted is not None and not finished:
            chunk = await asyncio.to_thread(
                self.reading.read, path, plan.format, at, limit=_RECORDS
            )
            rows = []
            for number, cells in _records(chunk, plan):
                if wanted is not None and number == wanted[0]:
                    rows.append([*map(shielded, cells), shielded(wanted[1])])
                    wanted = await anext(reasons, None)
            if rows:
                yield separated(rows, delimiter=delimiter)
            at, finished = chunk.next, chunk.finished

    async def _reasons(self, identifier: ImportId) -> AsyncIterator[tuple[int, str]]:
        """Yield each rejected record once, in order, with all that was wrong with it."""
        row, texts = 0, list[str]()
        async for fault in self._faults(identifier):
            if fault.row != row and texts:
                yield row, "; ".join(texts)
                texts = []
            row = fault.row
            texts.append(_reason(fault))
        if texts:
            yield row, "; ".join(texts)

    async def _faults(self, identifier: ImportId) -> AsyncIterator[Fault]:
        page = PageRequest(limit=_RECORDS)
        while True:
            found = await self.imports.faults(identifier, severity="error", page=page)
            for fault in found.items:
                yield fault
            if found.next_after is None:
                return
            page = PageRequest(limit=_RECORDS, after=found.next_after)


def _records(chunk: Chunk, plan: Plan) -> list[tuple[int, Sequence[str]]]:
    """Return number and cells of all records of a chunk in order."""
    whole = [(number, _written(plan, cells)) for number, _, cells in chunk.records]
    broken = [(record.number, (record.text,)) for record in chunk.malformed]
    return sorted([*whole, *broken], key=itemgetter(0))


def _written(plan: Plan, cells: Sequence[str]) -> Sequence[str]:
    """Return the cells as text: the numbers of a workbook with the decimal mark of its texts."""
    if plan.format.sheet and len(cells) == len(plan.format.header):
        preset = preset_named(plan.preset, kind=plan.kind)
        figures = {index for index, name in plan.mapping if preset.is_figure(name)}
        cells = [
            written_with(plan.decimal, [cell])[0] if index in figures else cell
            for index, cell in enumerate(cells)
        ]
    return _without_reasons(plan, cells)


def _without_reasons(plan: Plan, cells: Sequence[str]) -> Sequence[str]:
    """Leave out the reasons of the time before, when the file is one of rejected rows itself."""
    return cells[:-1] if tells_reasons(plan.format.header[-1]) else cells


def _reason(fault: Fault) -> str:
    place = f"{fault.column}: " if fault.column else ""
    return f"{place}expected {fault.expected} ({fault.code})"
