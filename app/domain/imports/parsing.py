"""What the parsing of every kind shares: places, faults, warnings, columns of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.imports.cells import Doubt
from app.domain.imports.columns import Column, ColumnReader
from app.domain.imports.faults import CellRefused, Fault, shortened
from app.domain.imports.fields import clear_bits
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.plan import Plan
from app.domain.imports.presets.base import Arranged, Carry, Unfit
from app.domain.imports.presets.registry import preset_named
from app.domain.imports.records import Chunk, Record


class RowParsing:
    """One chunk; its faults and warnings gather here.

    `cleared` has, by place, the bits of the fields that the NULL word empties.
    """

    def __init__(self, plan: Plan, readers: Mapping[str, ColumnReader]) -> None:
        self.plan = plan
        self.readers = readers
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.cleared: dict[int, int] = {}
        self.arranged = Arranged(places=[], columns={})
        self._blank: list[int] = []
        self._preset = preset_named(plan.preset, kind=plan.kind)
        self._bits = clear_bits(self._preset.fields)

    def arrange(self, chunk: Chunk, carry: Carry) -> Arranged:
        """Give each record its outcome as far as the preset tells it."""
        full, self._blank = self._full_width(chunk.records)
        for broken in chunk.malformed:
            self.faults.append(
                Fault(
                    broken.number,
                    broken.line,
                    None,
                    broken.code,
                    shortened(broken.text),
                    broken.expected,
                )
            )
        self.arranged = self._preset.arrange(full, self.plan, carry)
        self.faults.extend(_unfit(unfit) for unfit in self.arranged.unfit)
        self.warnings.extend(_unfit(unfit) for unfit in self.arranged.doubts)
        return self.arranged

    def parsed(self, chunk: Chunk, rows: list[tuple[object, ...]]) -> ParsedChunk:
        """Return the chunk with the rows that did not fail; each begins with its record number."""
        failed = {fault.row for fault in self.faults}
        return ParsedChunk(
            records=len(chunk.records) + len(chunk.malformed),
            rows=[row for row in rows if row[0] not in failed] if failed else rows,
            faults=sorted(self.faults, key=lambda fault: fault.row),
            warnings=sorted(
                (fault for fault in self.warnings if fault.row not in failed),
                key=lambda fault: fault.row,
            ),
            blank=self._blank,
            continuation=self.arranged.continuation,
            carry=self.arranged.carry,
        )

    def told(self) -> list[dict[str, Any]]:
        """Return for every place what its record tells by field; None is a field it empties."""
        fields = self._preset.fields
        columns = {name: self.values(name) for name in fields if name in self.arranged.columns}
        told = [
            {name: cell for name, cell in zip(columns, cells, strict=True) if cell is not None}
            for cells in zip(*columns.values(), strict=True)
        ]
        for place, bits in self.cleared.items():
            told[place] |= {name: None for name, bit in self._bits.items() if bits & bit}
        return told

    def emptied(self) -> list[int]:
        """Return the bits of emptied fields for every place."""
        return [self.cleared.get(place, 0) for place in range(len(self.arranged.places))]

    def _full_width(self, records: Sequence[Record]) -> tuple[list[Record], list[int]]:
        """Return the records with a cell for each header, and the numbers of the blank ones."""
        width = len(self.plan.format.header)
        full: list[Record] = []
        blank: list[int] = []
        for record in records:
            row, line, cells = record
            text = "".join(cells)
            if not text or text.isspace():
                blank.append(row)
            elif len(cells) == width:
                full.append(record)
            else:
                few = len(cells) < width
                self.faults.append(
                    Fault(
                        row,
                        line,
                        None,
                        "too_few_cells" if few else "too_many_cells",
                        shortened(self.plan.format.delimiter.join(cells)),
                        f"{width} cells, one for each header; there are {len(cells)}",
                        most=width,
                        actual=len(cells),
                    )
                )
        return full, blank

    def values(self, name: str) -> list[Any]:
        """Return the values of a field of at most one column; faults and warnings are noted."""
        found = self.arranged.columns.get(name)
        if not found:
            return [None] * len(self.arranged.places)
        header, cells = found[0]
        return self.note(name, header, cells, self.readers[name].column(cells))

    def note(
        self, name: str, header: str | None, cells: Sequence[str], column: Column
    ) -> list[Any]:
        """Return the values of a column; its faults and warnings are noted."""
        for place, refusal in column.refused:
            self.refuse(place, header, cells[place], refusal)
        for place, doubt in column.doubts:
            self.warn(place, header, cells[place], doubt)
        for place in column.cleared:
            self.cleared[place] = self.cleared.get(place, 0) | self._bits[name]
        return column.values

    def refuse(self, place: int, header: str | None, cell: str, refusal: CellRefused) -> None:
        """Note that the record at a place fails."""
        row, line = self.arranged.places[place]
        self.faults.append(
            Fault(
                row,
                line,
                header,
                refusal.reason,
                shortened(cell),
                refusal.detail,
                most=refusal.most,
                actual=refusal.actual,
            )
        )

    def warn(self, place: int, header: str | None, cell: str, doubt: Doubt) -> None:
        """Note what is odd about the record at a place."""
        row, line = self.arranged.places[place]
        self.warnings.append(Fault(row, line, header, doubt.code, shortened(cell), doubt.expected))


def _unfit(unfit: Unfit) -> Fault:
    return Fault(
        unfit.row, unfit.line, unfit.column, unfit.code, shortened(unfit.value), unfit.expected
    )
