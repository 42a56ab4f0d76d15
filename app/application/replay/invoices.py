"""Put lines together to invoices, and say what each of them is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from app.application.replay.lines import FileLine, FileNotUnderstood

ZONE = "Europe/London"
_ZONE = ZoneInfo(ZONE)
CANCELLED, BOOKED = "C", "A"
"""How the numbers of cancellations and of entries of the bookkeeping begin."""

NOT_STOCKED = frozenset(
    ("post", "dot", "c2", "m", "d", "s", "b", "amazonfee", "bank charges", "cruk")
)
"""Postage, carriage, manual entries, discounts, samples, bad debt, fees, commission: no goods."""


class Kind(StrEnum):
    SALE = "sale"
    CANCELLATION = "cancellation"
    CORRECTION = "correction"
    BOOKKEEPING = "bookkeeping"


@dataclass(frozen=True, slots=True)
class Invoice:
    """All lines of one number; it happened when its first line did."""

    number: str
    kind: Kind
    lines: tuple[FileLine, ...]

    @property
    def at(self) -> datetime:
        """The instant; the file has the time of day of the shop."""
        return self.lines[0].at.replace(tzinfo=_ZONE).astimezone(UTC)

    @property
    def month(self) -> tuple[int, int]:
        return self.lines[0].at.year, self.lines[0].at.month

    @property
    def customer(self) -> str | None:
        return self.lines[0].customer


def read_invoices(lines: Iterable[FileLine]) -> Iterator[Invoice]:
    """Yield the invoices of each day by their first lines; only one day's lines are held.

    The lines of an invoice stand on one day, if not always next to one another.
    """
    for _, of_day in groupby(lines, key=lambda line: line.at.date()):
        found: dict[str, list[FileLine]] = {}
        for line in of_day:
            found.setdefault(line.invoice, []).append(line)
        for number, its in found.items():
            yield _invoice(number, its)


def stocked(line: FileLine) -> bool:
    """Tell whether the line is about goods that are counted."""
    return line.article not in NOT_STOCKED


def corrected(invoice: Invoice) -> list[FileLine]:
    """Return the lines of a correction that move goods."""
    return [line for line in invoice.lines if stocked(line)]


def _invoice(number: str, lines: list[FileLine]) -> Invoice:
    first = lines[0]
    for line in lines:
        if line.customer != first.customer:
            raise FileNotUnderstood.at(line.number, f"invoice {number} has two customers")
    kind = _kind(number, lines)
    for line in lines:
        if not _fits(line, kind):
            raise FileNotUnderstood.at(
                line.number,
                f"{line.quantity} pieces of {line.code} have no place in {number}, a {kind}",
            )
    return Invoice(number, kind, tuple(lines))


def _kind(number: str, lines: list[FileLine]) -> Kind:
    """A correction has neither a price nor a customer; what has one of them is a sale."""
    if number.startswith(CANCELLED):
        return Kind.CANCELLATION
    if number.startswith(BOOKED) or any(line.price_micros < 0 for line in lines):
        return Kind.BOOKKEEPING
    if lines[0].customer is None and not any(line.price_micros for line in lines):
        return Kind.CORRECTION
    return Kind.SALE


def _fits(line: FileLine, kind: Kind) -> bool:
    match kind:
        case Kind.SALE:
            return line.quantity > 0
        case Kind.CANCELLATION:
            return line.quantity < 0 and line.price_micros > 0
        case Kind.CORRECTION:
            return line.quantity != 0
        case Kind.BOOKKEEPING:
            return True


def classes(invoice: Invoice) -> Counter[str]:
    """Count the lines of an invoice by what they are, for the summary."""
    match invoice.kind:
        case Kind.SALE:
            gifts = sum(not line.price_micros for line in invoice.lines)
            return Counter({"sold": len(invoice.lines) - gifts, "given away": gifts})
        case Kind.CANCELLATION:
            return Counter({"cancelled": len(invoice.lines)})
        case Kind.CORRECTION:
            goods = corrected(invoice)
            up = sum(line.quantity > 0 for line in goods)
            return Counter(
                {
                    "corrected up": up,
                    "corrected down": len(goods) - up,
                    "corrected without goods": len(invoice.lines) - len(goods),
                }
            )
        case Kind.BOOKKEEPING:
            return Counter({"bookkeeping": len(invoice.lines)})
