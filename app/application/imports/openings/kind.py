"""Opening balances as a kind of import: documents as `POST /inventory/openings` makes them.

Rows of one place and moment are lines of one document. The books of a product are opened once at
a place: a row that says what they were opened with changes nothing, another is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.application.imports.deciding import RowRefused, faults_of, refusals
from app.application.imports.kinds import Applied, Task
from app.application.imports.openings.ports import Opened, OpeningImportsWork
from app.application.imports.stocked import Shelf, Spot, check_quantity
from app.application.inventory.commands import AskedDocument, AskedLine
from app.application.inventory.posting import post_document
from app.application.inventory.use_cases.documents import OPENING
from app.domain.auth.roles import Permission
from app.domain.common.errors import Conflict, InvalidValue
from app.domain.common.identifiers import IdSource, OpeningId
from app.domain.common.money import MAX_MINOR, Money
from app.domain.common.quantity import Delta, Quantity
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault
from app.domain.imports.moments import settled
from app.domain.imports.opening_balances import OpeningRow, parse_openings
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.plan import Mode, Options, Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.presets.stock import OPENING_BALANCES
from app.domain.imports.records import Chunk
from app.domain.inventory.document import MOST_LINES, StockDocument, StockedItem
from app.domain.inventory.plan import Place

_FIELDS = {"occurred_at": "date", "location_id": "location"}


@dataclass(frozen=True, slots=True)
class _Line:
    """A row that is to become a line of a document."""

    row: OpeningRow
    spot: Spot
    moment: datetime | None


@dataclass(slots=True)
class _Decisions:
    lines: list[_Line] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


class OpeningImports:
    """What lay where when the books began, at what it cost."""

    name = OPENING_BALANCES
    needs = (Permission.INVENTORY_RECEIVE,)
    together = None

    def __init__(self, *, ids: IdSource) -> None:
        self._ids = ids

    async def check(self, work: OpeningImportsWork, options: Options) -> None:
        """Nothing of the options is the shop's."""

    def parse(self, chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
        return parse_openings(chunk, plan, carry)

    async def apply(self, work: OpeningImportsWork, parsed: ParsedChunk, task: Task) -> Applied:
        if not parsed.rows:
            return Applied()
        rows = [OpeningRow(*row) for row in parsed.rows]  # type: ignore[arg-type]
        shelf = await Shelf.of(work, rows, task)
        opened = await work.opening_imports.opened(shelf.products, shelf.places)
        decisions = _decide(rows, shelf, opened, task.plan, at=work.started_at)
        posted = [
            line
            for lines in _documents(decisions.lines)
            for line in await self._post(work, lines, decisions, task)
        ]
        return Applied(
            created=len(posted),
            unchanged=decisions.unchanged,
            faults=decisions.faults,
            warnings=decisions.warnings,
            keys=shelf.taken.new,
            differences=[_difference(line) for line in posted] if task.told else (),
        )

    async def _post(
        self, work: OpeningImportsWork, lines: list[_Line], decisions: _Decisions, task: Task
    ) -> list[_Line]:
        """Post one document; what it is refused for as a whole is told of each of its rows.

        These keep what they took, so that it shows nowhere where the file was cut.
        """
        first = lines[0]
        asked = AskedDocument(
            lines=tuple(_asked(line, task.plan.options.currency) for line in lines),
            location_id=first.spot.location.id,
            occurred_at=first.moment,
            reference=str(task.identifier),
        )
        identifier = self._ids.new(OpeningId)
        try:
            document = await post_document(
                work, identifier, asked, way=OPENING, ids=self._ids, actor=task.actor
            )
        except (InvalidValue, Conflict) as fault:
            for line in lines:
                decisions.faults.extend(faults_of(line.row, task.plan, fault, _FIELDS))
            return []
        decisions.warnings.extend(_without_cost(lines, document, task.plan))
        return lines


def _decide(
    rows: list[OpeningRow],
    shelf: Shelf,
    opened: Mapping[Place, Opened],
    plan: Plan,
    *,
    at: datetime,
) -> _Decisions:
    decisions = _Decisions()
    for row in rows:
        with refusals(row, plan, fields=_FIELDS, faults=decisions.faults):
            line = _decide_one(row, shelf, opened, plan.options.mode, at=at)
            if line is None:
                decisions.unchanged += 1
            else:
                decisions.lines.append(line)
    return decisions


def _decide_one(
    row: OpeningRow, shelf: Shelf, before: Mapping[Place, Opened], mode: Mode, *, at: datetime
) -> _Line | None:
    """Return the line to post, None if the books say so already."""
    spot = shelf.spot(row)
    currency, books = shelf.room.currency, shelf.room.books
    _check_item(row, spot.item, currency)
    opened = before.get(spot.place)
    if opened is not None or not row.quantity:
        _check_same(row, opened, currency, mode)
        line = None
    else:
        if mode is Mode.UPDATE:
            raise RowRefused("sku", "not_found", spot.item.sku, "what is opened, for mode update")
        moment = row.moment and settled(row.moment, time_zone=books.time_zone)
        books.document_date(moment, at=at)
        line = _Line(row, spot, moment)
    shelf.taken.take([spot.key], row.row)
    return line


def _check_item(row: OpeningRow, item: StockedItem, currency: str) -> None:
    check_quantity(row.quantity, item, field="quantity")
    if (_value(row, currency) or 0) > MAX_MINOR:
        cost = None if row.unit_cost is None else row.unit_cost.amount
        raise RowRefused("unit_cost", "too_large", cost, "a smaller value")


def _check_same(row: OpeningRow, opened: Opened | None, currency: str, mode: Mode) -> None:
    """Refuse what the books were not opened with."""
    before = opened or Opened(thousandths=0, value_minor=0)
    value = _value(row, currency)
    if opened is not None and mode is Mode.CREATE:
        raise RowRefused("sku", "already_exists", row.sku, "what is not opened, for mode create")
    if row.quantity.thousandths != before.thousandths or value not in (None, before.value_minor):
        worth = Money(before.value_minor, currency)
        expected = (
            f"{Quantity(before.thousandths)} worth {worth.amount} {currency}, with which it was "
            "opened; a count or an adjustment changes stock"
        )
        raise RowRefused("quantity", "already_opened", row.quantity, expected)


def _value(row: OpeningRow, currency: str) -> int | None:
    if row.unit_cost is not None:
        return row.unit_cost.times(row.quantity, currency).minor
    return row.value_minor


def _documents(lines: list[_Line]) -> Iterator[list[_Line]]:
    """Yield the lines of each place and moment, so many as a document holds, in their order."""
    grouped: dict[tuple[str, datetime | None], list[_Line]] = {}
    for line in lines:
        grouped.setdefault((line.spot.location.code, line.moment), []).append(line)
    for group in grouped.values():
        for start in range(0, len(group), MOST_LINES):
            yield group[start : start + MOST_LINES]


def _asked(line: _Line, currency: str) -> AskedLine:
    value = line.row.value_minor
    return AskedLine(
        product_id=line.spot.item.product_id,
        change=Delta(line.row.quantity.thousandths),
        unit_cost=line.row.unit_cost,
        line_cost=None if value is None else Money(value, currency).amount,
    )


def _without_cost(lines: list[_Line], document: StockDocument, plan: Plan) -> Iterator[Fault]:
    header = plan.header_of("unit_cost")
    for line, posted in zip(lines, document.lines, strict=True):
        row = line.row
        if not posted.value_minor and row.unit_cost is None and row.value_minor is None:
            expected = "a cost: the product has none, so that the stock is worth 0"
            yield Fault(row.row, row.line, header, "cost_unknown", "", expected)


def _difference(line: _Line) -> Difference:
    return Difference(
        row=line.row.row,
        line=line.row.line,
        label=line.spot.label,
        created=True,
        changes={"on_hand": {"before": None, "after": str(line.row.quantity)}},
    )
