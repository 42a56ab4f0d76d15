"""What a file of the Online Retail data comes to, and what the books of its replay come to.

    python -m tests.independent.online_retail FILE [DATABASE_URL]

The file is read with csv and Decimal alone, the books with plain SQL: nothing of the program is
imported. Prints revenue, units, refunds and returned units by month; with a database it compares
them by month and by product, and ends with code 1 where they differ.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg

LONDON = ZoneInfo("Europe/London")
PENNY = Decimal("0.01")
NAMES = ("revenue", "units", "refunds", "returned")

Sums = dict[str, list[Decimal]]
"""Revenue, units, refunds and returned units, by month such as 2010-12 or by product."""

Row = tuple[str, str, int, Decimal, Decimal]
"""Month, product, place of the first of two figures, money and pieces."""


def of_file(path: Path) -> tuple[Sums, Sums]:
    """Return the figures by month and by product, codes in capitals."""
    return summed(_rows_of_file(path))


def of_books(url: str) -> tuple[Sums, Sums]:
    """Return the same of a database, whatever else is in it."""
    rows = _on_sqlite(url) if url.startswith("sqlite") else asyncio.run(_on_postgres(url))
    return summed(rows)


def summed(rows: Iterable[Row]) -> tuple[Sums, Sums]:
    months: Sums = defaultdict(lambda: [Decimal(0)] * 4)
    products: Sums = defaultdict(lambda: [Decimal(0)] * 4)
    for month, product, place, money, pieces in rows:
        for sums in (months[month], products[product]):
            sums[place] += money
            sums[place + 1] += pieces
    return dict(months), dict(products)


def _rows_of_file(path: Path) -> Iterator[Row]:
    invoices: dict[str, list[dict[str, str]]] = defaultdict(list)
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as text:
        for record in csv.DictReader(text):
            invoices[record["InvoiceNo"]].append(record)
    for number, lines in invoices.items():
        if number[0] == "A":
            # The bookkeeping writes off bad debt: nothing is sold.
            continue
        priced = any(Decimal(line["UnitPrice"]) > 0 for line in lines)
        if number[0] != "C" and not priced and not lines[0]["CustomerID"]:
            # Neither price nor customer: a correction of the stock.
            continue
        for line in lines:
            quantity = Decimal(line["Quantity"])
            money = (Decimal(line["UnitPrice"]) * quantity).quantize(PENNY, ROUND_HALF_UP)
            month, product = lines[0]["InvoiceDate"][:7], line["StockCode"].upper()
            if number[0] == "C":
                yield month, product, 2, -money, -quantity
            else:
                yield month, product, 0, money, quantity


_SOLD = """
    SELECT sales.occurred_at, sale_lines.sku, sale_lines.total_minor, sale_lines.quantity
    FROM sale_lines JOIN sales ON sales.id = sale_lines.sale_id WHERE sales.status = 'completed'
"""
_RETURNED = """
    SELECT returns.occurred_at, return_lines.sku, return_lines.total_minor, return_lines.quantity
    FROM return_lines JOIN returns ON returns.id = return_lines.return_id
    WHERE returns.status = 'refunded'
"""


def _on_sqlite(url: str) -> Iterator[Row]:
    with closing(sqlite3.connect(url.partition("///")[2])) as connection:
        for place, statement in ((0, _SOLD), (2, _RETURNED)):
            for at, sku, minor, thousandths in connection.execute(statement):
                moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
                yield _row(place, moment, sku, minor, thousandths)


async def _on_postgres(url: str) -> list[Row]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return [
            _row(place, at, sku, minor, thousandths)
            for place, statement in ((0, _SOLD), (2, _RETURNED))
            for at, sku, minor, thousandths in await connection.fetch(statement)
        ]
    finally:
        await connection.close()


def _row(place: int, at: datetime, sku: str, minor: int, thousandths: int) -> Row:
    month = at.astimezone(LONDON).strftime("%Y-%m")
    return month, sku.upper(), place, Decimal(minor) / 100, Decimal(thousandths) / 1000


def _show(month: str, sums: Iterable[Decimal]) -> str:
    revenue, units, refunds, returned = sums
    return f"{month:<8}{revenue:>16.2f}{units:>16.0f}{refunds:>16.2f}{returned:>16.0f}\n"


def main(path: Path, url: str | None) -> int:
    file = of_file(path)
    sys.stdout.write(f"{'month':<8}" + "".join(f"{name:>16}" for name in NAMES) + "\n")
    for month, sums in sorted(file[0].items()):
        sys.stdout.write(_show(month, sums))
    sys.stdout.write(_show("file", map(sum, zip(*file[0].values(), strict=True))))
    if url is None:
        return 0
    books = of_books(url)
    sys.stdout.write(_show("books", map(sum, zip(*books[0].values(), strict=True))))
    differing = [
        f"{name} differs: file {there.get(name)}, books {here.get(name)}\n"
        for there, here in zip(file, books, strict=True)
        for name in sorted(there.keys() | here.keys())
        if there.get(name) != here.get(name)
    ]
    sys.stdout.writelines(differing)
    if not differing:
        months, products = map(len, file)
        sys.stdout.write(f"Equal in {months} months and {products} products.\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
