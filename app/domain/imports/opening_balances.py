"""Files of opening balances: a record is what lay of a product at one place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from app.domain.catalog.barcode import Barcode
from app.domain.catalog.limits import BARCODE_LENGTH, SKU_LENGTH
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.imports.cells import line_reader, rule_reader
from app.domain.imports.columns import ColumnReader
from app.domain.imports.faults import CellRefused
from app.domain.imports.moments import read_moment
from app.domain.imports.numbers import amount_reader, price_reader, quantity_reader
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.parsing import RowParsing
from app.domain.imports.plan import Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.presets.registry import preset_named
from app.domain.imports.records import Chunk
from app.domain.inventory.locations import CODE_LENGTH


class OpeningRow(NamedTuple):
    """`barcode_key` is told where the SKU is not; `value_minor` excludes `unit_cost`."""

    row: int
    line: int
    sku: str | None
    barcode_key: str | None
    location: str
    quantity: Quantity
    unit_cost: UnitPrice | None
    value_minor: int | None
    moment: datetime | None


def parse_openings(chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
    """Parse a chunk of opening balances; what needs the shop is checked by the import."""
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
        elif "quantity" not in values:
            header = plan.header_of("quantity")
            parsing.refuse(place, header, "", CellRefused("missing", "a quantity"))
        elif "unit_cost" in values and "value" in values:
            refusal = CellRefused("invalid_value", "either the cost of one or the value of all")
            parsing.refuse(place, plan.header_of("value"), "", refusal)
        else:
            rows.append(
                OpeningRow(
                    row,
                    line,
                    sku,
                    barcode.key if barcode and not sku else None,
                    values.get("location", "main"),
                    values["quantity"],
                    values.get("unit_cost"),
                    values.get("value"),
                    values.get("date"),
                )
            )
    return parsing.parsed(chunk, rows)


def _readers(plan: Plan) -> dict[str, ColumnReader]:
    quantity = quantity_reader(plan.decimal)
    price = price_reader(plan.decimal, currency=plan.options.currency)
    readers: dict[str, Callable[[str], object]] = {
        "sku": line_reader("sku", most=SKU_LENGTH),
        "barcode": rule_reader(Barcode.parse, most=BARCODE_LENGTH),
        "location": lambda text: line_reader("location", most=CODE_LENGTH)(text).lower(),
        "quantity": lambda text: not_negative(quantity(text)),
        "unit_cost": lambda text: UnitPrice(price(text)),
        "value": amount_reader(plan.decimal, currency=plan.options.currency),
        "date": read_moment,
    }
    fields = preset_named(plan.preset, kind=plan.kind).fields
    return {
        name: ColumnReader(read=readers[name], null_word=plan.options.null_word, code=field.code)
        for name, field in fields.items()
    }


def not_negative(thousandths: int) -> Quantity:
    if thousandths < 0:
        raise CellRefused("negative", "a quantity that is not negative")
    return Quantity(thousandths)
