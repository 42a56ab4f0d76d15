"""Files of counts: a record is how much there was of a product at one place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from app.domain.catalog.barcode import Barcode
from app.domain.catalog.limits import BARCODE_LENGTH, SKU_LENGTH
from app.domain.common.quantity import Quantity
from app.domain.imports.cells import line_reader, rule_reader
from app.domain.imports.columns import ColumnReader
from app.domain.imports.faults import CellRefused
from app.domain.imports.moments import read_moment
from app.domain.imports.numbers import quantity_reader
from app.domain.imports.opening_balances import not_negative
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.parsing import RowParsing
from app.domain.imports.plan import Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.presets.registry import preset_named
from app.domain.imports.records import Chunk
from app.domain.inventory.locations import CODE_LENGTH
from app.domain.inventory.stocktake import NOTE_LENGTH


class CountRow(NamedTuple):
    """`barcode_key` is told where the SKU is not; without `moment` it is when the import began."""

    row: int
    line: int
    sku: str | None
    barcode_key: str | None
    location: str
    counted: Quantity
    moment: datetime | None
    note: str | None


def parse_counts(chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
    """Parse a chunk of counts; what needs the shop is checked by the import."""
    parsing = RowParsing(plan, _readers(plan))
    arranged = parsing.arrange(chunk, carry)
    told = parsing.told()
    refused = {fault.row for fault in parsing.faults}
    rows: list[tuple[object, ...]] = []
    for place, ((row, line), values) in enumerate(zip(arranged.places, told, strict=True)):
        if row in refused:
            continue
        sku, barcode = values.get("sku"), values.get("barcode")
        if not sku and not barcode:
            header = plan.header_of("sku") or plan.header_of("barcode")
            parsing.refuse(place, header, "", CellRefused("missing", "the SKU or a barcode"))
        elif "counted" not in values:
            refusal = CellRefused("missing", "what was counted, 0 where there was nothing")
            parsing.refuse(place, plan.header_of("counted"), "", refusal)
        else:
            rows.append(
                CountRow(
                    row,
                    line,
                    sku,
                    barcode.key if barcode and not sku else None,
                    values.get("location", "main"),
                    values["counted"],
                    values.get("counted_at"),
                    values.get("note") or None,
                )
            )
    return parsing.parsed(chunk, rows)


def _readers(plan: Plan) -> dict[str, ColumnReader]:
    quantity = quantity_reader(plan.decimal)
    readers: dict[str, Callable[[str], object]] = {
        "sku": line_reader("sku", most=SKU_LENGTH),
        "barcode": rule_reader(Barcode.parse, most=BARCODE_LENGTH),
        "location": lambda text: line_reader("location", most=CODE_LENGTH)(text).lower(),
        "counted": lambda text: not_negative(quantity(text)),
        "counted_at": read_moment,
        "note": line_reader("note", most=NOTE_LENGTH),
    }
    fields = preset_named(plan.preset, kind=plan.kind).fields
    return {
        name: ColumnReader(read=readers[name], null_word=plan.options.null_word, code=field.code)
        for name, field in fields.items()
    }
