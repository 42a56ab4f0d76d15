"""Counts of stock as a kind of import: what `post_counts` does with the rows of a sheet.

Rows of one place and instant are one count. A row says how much there was then, so that whatever
moved since stays as it is; that it was said before changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.application.imports.counts.ports import Counted, CountImportsWork
from app.application.imports.deciding import check_mode, faults_of, refusals
from app.application.imports.kinds import Applied, Task
from app.application.imports.stocked import Shelf, Spot, check_quantity
from app.application.inventory.count_posting import post_counts
from app.application.inventory.stocktakes import CountedRow
from app.domain.auth.roles import Permission
from app.domain.common.errors import Conflict, InvalidValue
from app.domain.common.identifiers import IdSource
from app.domain.common.quantity import Quantity
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault
from app.domain.imports.moments import settled
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.plan import Mode, Options, Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.presets.counts import STOCK_COUNTS
from app.domain.imports.records import Chunk
from app.domain.imports.stock_counts import CountRow, parse_counts
from app.domain.inventory.counting import Settled
from app.domain.inventory.stocktake import NOTE_LENGTH
from app.domain.shop.books import Books

_FIELDS = {"occurred_at": "counted_at", "location_id": "location"}
_BETWEEN_NOTES = "; "


@dataclass(frozen=True, slots=True)
class _Line:
    """A row that says something which was not said before."""

    row: CountRow
    spot: Spot
    instant: datetime


@dataclass(slots=True)
class _Count:
    """A count that is to be posted; it says what its rows have to say, each note once."""

    lines: list[_Line]
    notes: dict[str, None]

    @property
    def note(self) -> str | None:
        return _BETWEEN_NOTES.join(self.notes) or None

    def takes(self, line: _Line) -> bool:
        """Add the line unless there is no room for its note."""
        notes = self.notes | dict.fromkeys(filter(None, [line.row.note]))
        if len(_BETWEEN_NOTES.join(notes)) > NOTE_LENGTH:
            return False
        self.lines.append(line)
        self.notes = notes
        return True


@dataclass(frozen=True, slots=True)
class _Told:
    """What was said before this chunk; a row that names no instant means when the import began."""

    started: datetime
    counted: Mapping[Counted, Quantity]

    @classmethod
    async def of(
        cls, work: CountImportsWork, rows: list[CountRow], shelf: Shelf, task: Task
    ) -> _Told:
        started = await work.count_imports.started(task.identifier)
        instants = {_instant(row, shelf.room.books, started) for row in rows}
        return cls(
            started, await work.count_imports.counted(shelf.products, shelf.places, instants)
        )


@dataclass(slots=True)
class _Decisions:
    lines: list[_Line] = field(default_factory=list)
    updated: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


class CountImports:
    """How much somebody found of what, where and when."""

    name = STOCK_COUNTS
    needs = (Permission.INVENTORY_COUNT_POST,)
    together = None

    def __init__(self, *, ids: IdSource) -> None:
        self._ids = ids

    async def check(self, work: CountImportsWork, options: Options) -> None:
        """Nothing of the options is the shop's."""

    def parse(self, chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
        return parse_counts(chunk, plan, carry)

    async def apply(self, work: CountImportsWork, parsed: ParsedChunk, task: Task) -> Applied:
        if not parsed.rows:
            return Applied()
        rows = [CountRow(*row) for row in parsed.rows]  # type: ignore[arg-type]
        shelf = await Shelf.of(work, rows, task)
        told = await _Told.of(work, rows, shelf, task)
        decisions = _decide(rows, shelf, told, task.plan, at=work.started_at)
        for count in _counts(decisions.lines):
            await self._post(work, count, decisions, task)
        return Applied(
            updated=decisions.updated,
            unchanged=decisions.unchanged,
            faults=decisions.faults,
            keys=shelf.taken.new,
            differences=decisions.differences if task.told else (),
        )

    async def _post(
        self, work: CountImportsWork, count: _Count, decisions: _Decisions, task: Task
    ) -> None:
        """Post one count; what it is refused for as a whole is told of each of its rows.

        These keep what they took, so that it shows nowhere where the file was cut.
        """
        first = count.lines[0]
        try:
            async with work.attempt():
                found = await post_counts(
                    work,
                    first.spot.location.id,
                    [_counted(line) for line in count.lines],
                    counted_at=first.instant,
                    note=count.note,
                    ids=self._ids,
                    actor=task.actor,
                )
        except (InvalidValue, Conflict) as fault:
            for line in count.lines:
                decisions.faults.extend(faults_of(line.row, task.plan, fault, _FIELDS))
            return
        came_to = {one.fact.product_id: one for one in found}
        for line in count.lines:
            one = came_to[line.spot.item.product_id]
            if one.changes_books:
                decisions.updated += 1
                decisions.differences.append(_difference(line, one))
            else:
                decisions.unchanged += 1


def _decide(
    rows: list[CountRow], shelf: Shelf, told: _Told, plan: Plan, *, at: datetime
) -> _Decisions:
    decisions = _Decisions()
    for row in rows:
        with refusals(row, plan, fields=_FIELDS, faults=decisions.faults):
            line = _decide_one(row, shelf, told, plan.options.mode, at=at)
            if line is None:
                decisions.unchanged += 1
            else:
                decisions.lines.append(line)
    return decisions


def _decide_one(
    row: CountRow, shelf: Shelf, told: _Told, mode: Mode, *, at: datetime
) -> _Line | None:
    """Return the line to post, None if a count says so already.

    A product is counted once at a place: of two instants the second would be held against what the
    first one left, so that a rehearsal, which undoes the first, would find something else.
    """
    spot, books = shelf.spot(row), shelf.room.books
    check_mode(mode, exists=True, field="sku", value=spot.item.sku)
    check_quantity(row.counted, spot.item, field="counted")
    instant = _instant(row, books, told.started)
    books.document_date(instant, at=at)
    shelf.taken.take([spot.key], row.row)
    if told.counted.get((*spot.place, instant)) == row.counted:
        return None
    return _Line(row, spot, instant)


def _instant(row: CountRow, books: Books, started: datetime) -> datetime:
    return started if row.moment is None else settled(row.moment, time_zone=books.time_zone)


def _counts(lines: Iterable[_Line]) -> list[_Count]:
    """Return a count of each place and instant, and further ones where notes find no room."""
    counts: list[_Count] = []
    latest: dict[tuple[str, datetime], _Count] = {}
    for line in lines:
        key = (line.spot.location.code, line.instant)
        if key not in latest or not latest[key].takes(line):
            latest[key] = _Count([line], dict.fromkeys(filter(None, [line.row.note])))
            counts.append(latest[key])
    return counts


def _counted(line: _Line) -> CountedRow:
    return CountedRow(product_id=line.spot.item.product_id, counted=line.row.counted)


def _difference(line: _Line, one: Settled) -> Difference:
    """Tell what the books held at the instant, and what lies there now."""
    told = {
        "book": (str(one.book), str(one.fact.counted)),
        "on_hand": (str(one.on_hand), str(one.after)),
    }
    return Difference(
        row=line.row.row,
        line=line.row.line,
        label=line.spot.label,
        created=False,
        changes={
            name: {"before": before, "after": after}
            for name, (before, after) in told.items()
            if before != after
        },
    )
