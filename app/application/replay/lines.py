"""Read the lines of a file of invoices, each a `FileLine`; what cannot be read names its line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from app.domain.common.decimals import scaled
from app.domain.common.errors import FieldError, InvalidValue
from app.domain.common.money import MAX_MICROS
from app.domain.common.text import key

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
# Spreadsheets made decimals of the customers' numbers: 17850.0 is customer 17850.
_CUSTOMER = re.compile(r"(\d{1,18})(?:\.0)?", re.ASCII)
_QUANTITY = re.compile(r"-?\d{1,9}", re.ASCII)


class FileNotUnderstood(InvalidValue):
    """A line of the file cannot be read, or is nothing that the replay knows."""

    code = "file_not_understood"
    title = "The file is not understood"

    @classmethod
    def at(cls, line: int, detail: str) -> FileNotUnderstood:
        text = f"Line {line}: {detail}"
        return cls(f"{text}.", errors=(FieldError(f"/lines/{line}", cls.code, detail),))


class FileLine(NamedTuple):
    """One line; `article` is the key of its code, `at` the shop's own time without a zone."""

    number: int
    invoice: str
    code: str
    article: str
    description: str
    quantity: int
    at: datetime
    price_micros: int
    customer: str | None


def read_lines(text: Iterable[str]) -> Iterator[FileLine]:
    """Yield the lines in their order, one at a time."""
    reader = csv.reader(text)
    header = tuple(next(reader, ()))
    if header != COLUMNS:
        raise FileNotUnderstood.at(1, f"the columns are {', '.join(COLUMNS)} in this order")
    for row in reader:
        yield _line(reader.line_num, row)


def _line(number: int, row: list[str]) -> FileLine:
    if len(row) != len(COLUMNS):
        raise FileNotUnderstood.at(number, f"has {len(row)} cells instead of {len(COLUMNS)}")
    invoice, code, description, quantity, at, price, customer, _country = row
    if not invoice or not code.strip():
        raise FileNotUnderstood.at(number, "has no invoice or no code")
    if not _QUANTITY.fullmatch(quantity):
        raise FileNotUnderstood.at(number, f"{quantity!r} is not a whole quantity")
    try:
        return FileLine(
            number=number,
            invoice=invoice,
            code=code.strip(),
            article=_article(code),
            description=description.strip(),
            quantity=int(quantity),
            at=_moment(at),
            price_micros=_micros(price),
            customer=_customer(customer),
        )
    except (InvalidValue, ValueError) as fault:
        raise FileNotUnderstood.at(number, str(fault).rstrip(".")) from None


# Texts repeat from line to line: what was read once need not be read again.
@lru_cache(maxsize=8192)
def _article(code: str) -> str:
    return key(code)


@lru_cache(maxsize=1024)
def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        raise InvalidValue(f"{text!r} has a time zone")
    return moment


@lru_cache(maxsize=8192)
def _micros(text: str) -> int:
    return scaled(text, places=6, limit=MAX_MICROS, what="A price")


@lru_cache(maxsize=8192)
def _customer(text: str) -> str | None:
    if not text:
        return None
    match = _CUSTOMER.fullmatch(text)
    if match is None:
        raise InvalidValue(f"{text!r} is not the number of a customer")
    return match[1]
