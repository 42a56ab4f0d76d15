"""Go through a file once, before anything is posted: what it holds and what must be there first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from app.application.replay.figures import Amounts, Figures
from app.application.replay.invoices import Invoice, Kind, classes, stocked
from app.application.replay.lines import FileLine, FileNotUnderstood
from app.application.replay.matching import Wanted, wanted
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import THOUSAND, Quantity

CURRENCY = "GBP"


@dataclass(slots=True)
class Article:
    """A code of the file, in whatever case; `level` is what lies there if nothing did at first.

    `lowest` is how far below nothing that ever is: so much must have been there before.
    """

    sku: str
    name: str
    stocked: bool
    price_micros: int = 0
    level: int = 0
    lowest: int = 0

    @property
    def opening(self) -> int:
        return -self.lowest

    @property
    def cost(self) -> UnitPrice:
        """Half the first price: what goods cost is not in the file."""
        return UnitPrice(self.price_micros // 2)


@dataclass(slots=True)
class Survey:
    """All that one reading tells; it grows with products, customers, months and invoice numbers,
    not with lines. `set_aside` are the lines of the bookkeeping.
    """

    articles: dict[str, Article] = field(default_factory=dict)
    customers: dict[str, None] = field(default_factory=dict)
    wanted: set[Wanted] = field(default_factory=set)
    figures: Figures = field(default_factory=Figures)
    lines: Counter[str] = field(default_factory=Counter)
    invoices: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    set_aside: list[FileLine] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def take(self, invoice: Invoice) -> None:
        if invoice.number in self._seen:
            raise FileNotUnderstood.at(
                invoice.lines[0].number, f"invoice {invoice.number} has lines on two days"
            )
        self._seen.add(invoice.number)
        self.first = self.first or invoice.at
        self.last = invoice.at
        self.lines.update(classes(invoice))
        self.invoices[invoice.kind] += 1
        if invoice.kind is Kind.BOOKKEEPING:
            self.set_aside += invoice.lines
            return
        if invoice.customer is not None:
            self.customers[invoice.customer] = None
        for line in invoice.lines:
            self._article(invoice, line)
            self._amounts(invoice, line)

    def _article(self, invoice: Invoice, line: FileLine) -> None:
        article = self.articles.get(line.article)
        if article is None:
            article = Article(sku=line.code, name="", stocked=stocked(line))
            self.articles[line.article] = article
        if invoice.kind is not Kind.CORRECTION:
            article.name = article.name or line.description
            article.price_micros = article.price_micros or line.price_micros
        if article.stocked:
            correction = invoice.kind is Kind.CORRECTION
            article.level += line.quantity if correction else -line.quantity
            article.lowest = min(article.lowest, article.level)

    def _amounts(self, invoice: Invoice, line: FileLine) -> None:
        match invoice.kind:
            case Kind.SALE:
                worth, units = worth_of(line, line.quantity), line.quantity * THOUSAND
                self.figures.add(invoice.month, line.article, Amounts(worth, units))
            case Kind.CANCELLATION:
                asked = wanted(line)
                if asked is not None:
                    self.wanted.add(asked)
                worth, units = worth_of(line, -line.quantity), -line.quantity * THOUSAND
                self.figures.add(invoice.month, line.article, Amounts(0, 0, worth, units))


def survey(invoices: Iterable[Invoice]) -> Survey:
    """Read it all; `FileNotUnderstood` for what nothing is known of."""
    made = Survey()
    for invoice in invoices:
        made.take(invoice)
    if made.first is None:
        raise FileNotUnderstood.at(2, "there are no invoices")
    return made


def worth_of(line: FileLine, quantity: int) -> int:
    """Return price times pieces of a line in minor units, rounded as lines are."""
    return UnitPrice(line.price_micros).times(Quantity.of(quantity), CURRENCY).minor
