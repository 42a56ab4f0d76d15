"""Files of sales that took place before: adjacent records of one number are an invoice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from app.domain.catalog.barcode import Barcode
from app.domain.catalog.limits import BARCODE_LENGTH, SKU_LENGTH
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.imports.cells import line_reader, read_code, rule_reader
from app.domain.imports.columns import ColumnReader
from app.domain.imports.faults import CellRefused, Fault
from app.domain.imports.moments import read_moment
from app.domain.imports.numbers import (
    DecimalMark,
    amount_reader,
    percent_reader,
    price_reader,
    quantity_reader,
    rate_reader,
)
from app.domain.imports.parsed import ParsedChunk
from app.domain.imports.parsing import RowParsing
from app.domain.imports.plan import Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.presets.sales import FIELDS
from app.domain.imports.records import Chunk
from app.domain.imports.together import key_at
from app.domain.inventory.locations import CODE_LENGTH
from app.domain.parties.limits import NAME_LENGTH
from app.domain.sales.discount import AmountOff, Discount, PercentOff
from app.domain.sales.tender import TenderKind
from app.domain.sales.till import CLIENT_NUMBER_LENGTH, REGISTER_LENGTH

INCOMPLETE = "invoice_incomplete"
_DISCOUNTS = ("discount", "discount_percent", "discount_rate", "discount_amount")
_NEEDED = {"invoice": "the number", "quantity": "a quantity", "unit_price": "a price"}


class SoldRow(NamedTuple):
    """A line; what is told of the invoice as a whole is None where the line does not say it."""

    row: int
    line: int
    invoice: str
    sku: str | None
    barcode_key: str | None
    quantity: Quantity
    unit_price: UnitPrice
    discount: Discount | None
    tax_rate: str | None
    moment: datetime | None
    register: str | None
    customer: str | None
    tender: TenderKind | None
    location: str | None


def parse_sales(chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
    """Parse a chunk of lines; an invoice of which one line fails, fails with all of them."""
    parsing = RowParsing(plan, _readers(plan))
    arranged = parsing.arrange(chunk, carry)
    told = parsing.told()
    refused = {fault.row for fault in parsing.faults}
    rows: list[SoldRow] = []
    for place, ((row, line), values) in enumerate(zip(arranged.places, told, strict=True)):
        if row in refused:
            continue
        wanting = _wanting(values)
        if wanting is None:
            rows.append(_row(row, line, values))
        else:
            name, code, expected = wanting
            header = plan.header_of(name) or plan.header_of("barcode")
            parsing.refuse(place, header, "", CellRefused(code, expected))
    parsing.faults.extend(_incomplete(chunk, plan, rows, parsing.faults))
    return parsing.parsed(chunk, list(rows))


def invoices(rows: Iterable[SoldRow]) -> list[list[SoldRow]]:
    """Return the lines of each invoice; they stand together."""
    return [list(lines) for _, lines in groupby(rows, key=lambda row: row.invoice)]


def incomplete(row: SoldRow, plan: Plan) -> Fault:
    """Return the fault of a line that is sound, on an invoice of which another one is not."""
    header = plan.header_of("invoice")
    expected = "an invoice of which every line can be imported"
    return Fault(row.row, row.line, header, INCOMPLETE, row.invoice, expected)


def _incomplete(chunk: Chunk, plan: Plan, rows: list[SoldRow], faults: list[Fault]) -> list[Fault]:
    failed = {fault.row for fault in faults}
    broken = {
        key_at(cells, plan, "invoice") for number, _, cells in chunk.records if number in failed
    }
    return [incomplete(row, plan) for row in rows if row.invoice in broken]


def _wanting(values: dict[str, Any]) -> tuple[str, str, str] | None:
    """Return which field a line lacks, or what it says twice."""
    for name, what in _NEEDED.items():
        if name not in values:
            return name, "missing", what
    if not values.get("sku") and not values.get("barcode"):
        return "sku", "missing", "the SKU or a barcode"
    told = [name for name in _DISCOUNTS if values.get(name) is not None]
    if len(told) > 1:
        return told[1], "invalid_value", "one way to tell the discount"
    return None


def _row(row: int, line: int, told: dict[str, Any]) -> SoldRow:
    barcode: Barcode | None = told.get("barcode")
    sku = told.get("sku")
    return SoldRow(
        row,
        line,
        told["invoice"],
        sku,
        barcode.key if barcode and not sku else None,
        told["quantity"],
        told["unit_price"],
        next((told[name] for name in _DISCOUNTS if told.get(name) is not None), None),
        told.get("tax_rate"),
        told.get("date"),
        told.get("register"),
        told.get("customer"),
        told.get("tender"),
        told.get("location"),
    )


def _readers(plan: Plan) -> dict[str, ColumnReader]:
    mark, currency = plan.decimal, plan.options.currency
    quantity, price = quantity_reader(mark), price_reader(mark, currency=currency)
    percent, rate = percent_reader(mark), rate_reader(mark)
    amount = amount_reader(mark, currency=currency)
    readers: dict[str, Callable[[str], object]] = {
        "invoice": line_reader("invoice", most=CLIENT_NUMBER_LENGTH),
        "register": line_reader("register", most=REGISTER_LENGTH),
        "date": read_moment,
        "sku": line_reader("sku", most=SKU_LENGTH),
        "barcode": rule_reader(Barcode.parse, most=BARCODE_LENGTH),
        "quantity": lambda text: _sold(quantity(text)),
        "unit_price": lambda text: UnitPrice(price(text)),
        "discount": lambda text: _read_discount(text, mark),
        "discount_percent": lambda text: PercentOff(percent(text)),
        "discount_rate": lambda text: PercentOff(rate(text)),
        "discount_amount": lambda text: AmountOff(amount(text)),
        "tax_rate": read_code,
        "customer": line_reader("customer", most=NAME_LENGTH),
        "tender": _read_tender,
        "location": lambda text: line_reader("location", most=CODE_LENGTH)(text).lower(),
    }
    return {
        name: ColumnReader(
            read=readers[name],
            # What the word stands for is not told, and nothing is emptied.
            clearable=name in ("customer", "tender", "discount", "register"),
            null_word=plan.options.null_word,
            code=field.code,
        )
        for name, field in FIELDS.items()
    }


def _sold(thousandths: int) -> Quantity:
    if thousandths < 0:
        expected = "a quantity of more than 0: what came back is a return, not a sale"
        raise CellRefused("negative_quantity", expected)
    if not thousandths:
        raise CellRefused("not_positive", "a quantity of more than 0")
    return Quantity(thousandths)


def _read_discount(text: str, mark: DecimalMark) -> Discount | None:
    """Read a discount that says itself what it is."""
    if text.endswith("%"):
        return PercentOff(percent_reader(mark)(text))
    if not text.strip(f"0{mark}"):
        return None
    raise CellRefused(
        "ambiguous_discount",
        "a percentage with its sign, such as 10 %; else map the column to discount_percent, "
        "discount_rate or discount_amount",
    )


def _read_tender(text: str) -> TenderKind:
    try:
        return TenderKind(text.casefold())
    except ValueError:
        kinds = ", ".join(TenderKind)
        raise CellRefused("unknown_tender", f"one of {kinds}") from None
