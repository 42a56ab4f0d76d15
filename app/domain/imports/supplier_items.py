"""Files of what suppliers sell: a record is a product of the shop at one supplier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from app.domain.catalog.barcode import Barcode
from app.domain.catalog.limits import BARCODE_LENGTH, SKU_LENGTH
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.imports.cells import line_reader, read_boolean, rule_reader
from app.domain.imports.columns import ColumnReader
from app.domain.imports.faults import CellRefused
from app.domain.imports.numbers import price_reader, quantity_reader, whole_reader
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.parsing import RowParsing
from app.domain.imports.plan import Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.presets.supplier_items import FIELDS
from app.domain.imports.records import Chunk
from app.domain.parties.item import SupplierItemValues
from app.domain.parties.limits import LEAD_TIME_DAYS, NAME_LENGTH, SUPPLIER_SKU_LENGTH

_RENAMED = {"supplier_sku": "sku", "supplier_barcode": "barcode"}
_WHERE = ("supplier", "sku", "barcode", "currency")


class SupplierItemRow(NamedTuple):
    """What a record tells; a field that it empties is there as None, others are left out.

    `barcode_key` is that of the product, None where the SKU tells it.
    """

    row: int
    line: int
    supplier: str
    sku: str | None
    barcode_key: str | None
    currency: str | None
    values: SupplierItemValues


def parse_supplier_items(chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
    """Parse a chunk of items; what needs the shop is checked by the import."""
    parsing = RowParsing(plan, _readers(plan))
    arranged = parsing.arrange(chunk, carry)
    told = parsing.told()
    rows: list[tuple[object, ...]] = []
    refused = {fault.row for fault in parsing.faults}
    for place, ((row, line), values) in enumerate(zip(arranged.places, told, strict=True)):
        if row in refused:
            continue
        for name in ("supplier", "sku"):
            if not values.get(name) and not (name == "sku" and values.get("barcode")):
                header = plan.header_of(name) or plan.header_of("barcode")
                expected = "the SKU or a barcode" if name == "sku" else "a supplier"
                parsing.refuse(place, header, "", CellRefused("missing", expected))
                break
        else:
            rows.append(_row(row, line, values))
    return parsing.parsed(chunk, rows)


def _row(row: int, line: int, told: Mapping[str, Any]) -> SupplierItemRow:
    values = {_RENAMED.get(k, k): v for k, v in told.items() if k not in _WHERE}
    barcode: Barcode | None = told.get("barcode")
    sku = told.get("sku")
    return SupplierItemRow(
        row,
        line,
        told["supplier"],
        sku,
        barcode.key if barcode and not sku else None,
        told.get("currency"),
        cast("SupplierItemValues", values),
    )


def _readers(plan: Plan) -> dict[str, ColumnReader]:
    quantity = quantity_reader(plan.decimal)
    price = price_reader(plan.decimal, currency=plan.options.currency)
    readers: dict[str, Callable[[str], object]] = {
        "supplier": line_reader("supplier", most=NAME_LENGTH),
        "sku": line_reader("sku", most=SKU_LENGTH),
        "barcode": rule_reader(Barcode.parse, most=BARCODE_LENGTH),
        "supplier_sku": line_reader("supplier_sku", most=SUPPLIER_SKU_LENGTH),
        "supplier_barcode": rule_reader(lambda text: Barcode.parse(text).code, most=BARCODE_LENGTH),
        "pack_size": lambda text: _positive(quantity(text)),
        "minimum_order": lambda text: _positive(quantity(text)),
        "cost": lambda text: UnitPrice(price(text)),
        "currency": lambda text: text.upper(),
        "lead_time_days": whole_reader(most=LEAD_TIME_DAYS),
        "preferred": read_boolean,
    }
    return {
        name: ColumnReader(
            read=readers[name],
            clearable=field.clearable,
            null_word=plan.options.null_word,
            code=field.code,
        )
        for name, field in FIELDS.items()
    }


def _positive(thousandths: int) -> Quantity:
    if thousandths <= 0:
        raise CellRefused("not_positive", "a quantity of more than 0")
    return Quantity(thousandths)
