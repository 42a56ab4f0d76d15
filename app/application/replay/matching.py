"""Find the sales that a cancellation undoes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from app.application.replay.invoices import Invoice
from app.application.replay.lines import FileLine

Wanted = tuple[str, str, int]
"""Customer, article and price: what a line and the line that it undoes have in common."""


class Taken(NamedTuple):
    """So many pieces come back of a line of a cancellation, of that position of the sale."""

    line: FileLine
    quantity: int
    position: int | None


class Origin(NamedTuple):
    """The sale that something comes back of."""

    number: str
    at: datetime


class _Bought(NamedTuple):
    sale: Origin
    position: int
    left: int


def wanted(line: FileLine) -> Wanted | None:
    if line.customer is None:
        return None
    return line.customer, line.article, line.price_micros


class Outcome(StrEnum):
    """What was found for a line of a cancellation."""

    ALL = "undo sales"
    SOME = "undo sales in part"
    NONE = "find no sale"
    NOBODY = "have no customer"


class Matcher:
    """Holds of the lines sold those that some cancellation of the file may undo, and only them."""

    def __init__(self, wanted_: Iterable[Wanted]) -> None:
        self._bought: dict[Wanted, list[_Bought]] = {each: [] for each in wanted_}
        self.outcomes: Counter[Outcome] = Counter()

    def sold(self, invoice: Invoice) -> None:
        """Take note of a sale."""
        sale = Origin(invoice.number, invoice.at)
        for position, line in enumerate(invoice.lines):
            asked = wanted(line)
            if asked is not None and asked in self._bought:
                self._bought[asked].append(_Bought(sale, position, line.quantity))

    def undo(self, invoice: Invoice) -> dict[Origin | None, list[Taken]]:
        """Return what comes back, by the sale that it comes back of, None for no sale.

        The newest sale before counts first, with what is left of it; a line may come back of
        several, and of none what they do not cover.
        """
        back: dict[Origin | None, list[Taken]] = {}
        for line in invoice.lines:
            asked, open_ = wanted(line), -line.quantity
            bought = self._bought.get(asked, []) if asked is not None else []
            while open_ and bought:
                last = bought.pop()
                quantity = min(open_, last.left)
                open_ -= quantity
                back.setdefault(last.sale, []).append(Taken(line, quantity, last.position))
                if last.left > quantity:
                    bought.append(last._replace(left=last.left - quantity))
            self.outcomes[_outcome(line, open_)] += 1
            if open_:
                back.setdefault(None, []).append(Taken(line, open_, None))
        # What no sale vouches for comes last, whatever line it stands on.
        if None in back:
            back[None] = back.pop(None)
        return back


def _outcome(line: FileLine, left: int) -> Outcome:
    if line.customer is None:
        return Outcome.NOBODY
    if not left:
        return Outcome.ALL
    return Outcome.NONE if left == -line.quantity else Outcome.SOME
