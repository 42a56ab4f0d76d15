"""Turn invoices into what the use cases of sales, returns and stock are asked for."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.application.inventory.commands import AskedDocument
from app.application.inventory.commands import AskedLine as AskedStock
from app.application.inventory.posting import Way
from app.application.inventory.use_cases.documents import ADJUSTING, OPENING
from app.application.replay.identities import (
    FixedIds,
    document_id,
    return_name,
    sale_id,
    sale_line_id,
    sale_name,
)
from app.application.replay.invoices import Invoice, Kind, corrected, stocked
from app.application.replay.lines import FileLine
from app.application.replay.matching import Matcher, Origin, Outcome, Taken
from app.application.replay.survey import CURRENCY, Survey, worth_of
from app.application.returns.commands import AskedReturn, AskedReturnLine, Settlement
from app.application.sales.commands import AskedLine, AskedSale, AskedTender, Completion
from app.domain.common.identifiers import (
    AdjustmentId,
    CustomerId,
    DocumentId,
    OpeningId,
    ProductId,
    ReturnId,
)
from app.domain.common.money import Money, UnitPrice
from app.domain.common.quantity import THOUSAND, Delta, Quantity
from app.domain.inventory.document import MOST_LINES
from app.domain.inventory.locations import MAIN_ID
from app.domain.inventory.reasons import AdjustmentReason
from app.domain.returns.line import Disposition
from app.domain.sales.tender import TenderKind
from app.domain.sales.till import TillRecord

REGISTER = "online-retail"
"""Under this register, with its own number, each sale of the file is found."""

_REASONS = (
    (AdjustmentReason.FOUND, re.compile(r"\bfound\b")),
    (AdjustmentReason.DAMAGE, re.compile(r"damage|smash|crush|wet|rust|broken|mould|faulty|throw")),
    (AdjustmentReason.LOSS, re.compile(r"missing|\blost\b")),
    (AdjustmentReason.COUNT, re.compile(r"check|count")),
    (AdjustmentReason.SAMPLE, re.compile(r"sample|display|showroom|mailout")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDocument(ABC):
    """Something that happened, with the identifiers that it will have."""

    id: DocumentId
    ids: FixedIds
    lines: int

    @property
    @abstractmethod
    def kind(self) -> str:
        """What it is, in the plural."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSale(PastDocument):
    asked: AskedSale
    completion: Completion

    @property
    def kind(self) -> str:
        return "sales"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReturn(PastDocument):
    asked: AskedReturn
    settlement: Settlement

    @property
    def kind(self) -> str:
        return "returns without a sale" if self.asked.sale_id is None else "returns of sales"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStock(PastDocument):
    asked: AskedDocument
    way: Way

    @property
    def kind(self) -> str:
        return f"{self.way.document}s"


class Documents:
    """Makes documents of invoices in the order in which they happened."""

    def __init__(
        self,
        found: Survey,
        *,
        products: Mapping[str, ProductId],
        customers: Mapping[str, CustomerId],
    ) -> None:
        self._products = products
        self._customers = customers
        self._matcher = Matcher(found.wanted)

    @property
    def outcomes(self) -> Mapping[Outcome, int]:
        """Tell how many lines of cancellations found sales to undo."""
        return self._matcher.outcomes

    def of(self, invoice: Invoice) -> Iterator[PastDocument]:
        """Yield none for bookkeeping, several for a cancellation of several sales."""
        match invoice.kind:
            case Kind.SALE:
                self._matcher.sold(invoice)
                yield self._sale(invoice)
            case Kind.CANCELLATION:
                for sale, taken in self._matcher.undo(invoice).items():
                    yield self._return(invoice, sale, taken)
            case Kind.CORRECTION:
                if lines := corrected(invoice):
                    yield self._correction(invoice, lines)

    def _sale(self, invoice: Invoice) -> PastSale:
        total = sum(worth_of(line, line.quantity) for line in invoice.lines)
        customer = invoice.customer
        return PastSale(
            id=sale_id(invoice.number, invoice.at),
            ids=FixedIds(sale_name(invoice.number), invoice.at),
            lines=len(invoice.lines),
            asked=AskedSale(
                lines=tuple(
                    AskedLine(
                        product_id=self._products[line.article],
                        quantity=Quantity.of(line.quantity),
                        unit_price=UnitPrice(line.price_micros),
                    )
                    for line in invoice.lines
                ),
                location_id=MAIN_ID,
                currency=CURRENCY,
                customer_id=None if customer is None else self._customers[customer],
                till=TillRecord(register=REGISTER, client_number=invoice.number),
            ),
            completion=Completion(tenders=_paid(total, invoice.number), occurred_at=invoice.at),
        )

    def _return(self, invoice: Invoice, sale: Origin | None, taken: Sequence[Taken]) -> PastReturn:
        name = return_name(invoice.number, None if sale is None else sale.number)
        refund = None
        if sale is None:
            total = sum(worth_of(each.line, each.quantity) for each in taken)
            refund = _paid(total, invoice.number)
        return PastReturn(
            id=document_id(ReturnId, name, invoice.at),
            ids=FixedIds(name, invoice.at),
            lines=len(taken),
            asked=AskedReturn(
                lines=tuple(self._returned(sale, each) for each in taken),
                sale_id=None if sale is None else sale_id(*sale),
                location_id=MAIN_ID,
                reason=f"Invoice {invoice.number}",
            ),
            settlement=Settlement(refunds=refund, occurred_at=invoice.at),
        )

    def _returned(self, sale: Origin | None, taken: Taken) -> AskedReturnLine:
        line = taken.line
        quantity = Quantity.of(taken.quantity)
        disposition = Disposition.RESTOCK if stocked(line) else Disposition.NONE
        if sale is None or taken.position is None:
            return AskedReturnLine(
                quantity=quantity,
                disposition=disposition,
                product_id=self._products[line.article],
                unit_price=UnitPrice(line.price_micros),
            )
        return AskedReturnLine(
            quantity=quantity,
            disposition=disposition,
            sale_line_id=sale_line_id(*sale, taken.position),
        )

    def _correction(self, invoice: Invoice, lines: Sequence[FileLine]) -> PastStock:
        note = "; ".join(dict.fromkeys(line.description for line in lines if line.description))
        return PastStock(
            id=document_id(AdjustmentId, invoice.number, invoice.at),
            ids=FixedIds(invoice.number, invoice.at),
            lines=len(lines),
            way=ADJUSTING,
            asked=AskedDocument(
                lines=tuple(
                    AskedStock(
                        product_id=self._products[line.article],
                        change=Delta(line.quantity * THOUSAND),
                    )
                    for line in lines
                ),
                occurred_at=invoice.at,
                reference=invoice.number,
                reason=_reason(note),
                note=note or None,
            ),
        )


def openings(found: Survey, products: Mapping[str, ProductId]) -> list[PastStock]:
    """Return what must lie there the day before the first invoice so that nothing goes negative."""
    if found.first is None:
        return []
    at = found.first - timedelta(days=1)
    lines = [
        AskedStock(
            product_id=products[article],
            change=Delta(facts.opening * THOUSAND),
            unit_cost=facts.cost,
        )
        for article, facts in found.articles.items()
        if facts.opening
    ]
    # Another file opens with other goods: it never takes this one's documents for its own.
    names = [f"{article} {facts.opening}" for article, facts in found.articles.items()]
    mark = hashlib.sha256("\n".join(names).encode()).hexdigest()
    return [
        _opening(f"{mark} {start}", lines[start : start + MOST_LINES], at=at)
        for start in range(0, len(lines), MOST_LINES)
    ]


def _opening(name: str, lines: Sequence[AskedStock], *, at: datetime) -> PastStock:
    return PastStock(
        id=document_id(OpeningId, name, at),
        ids=FixedIds(name, at),
        lines=len(lines),
        way=OPENING,
        asked=AskedDocument(
            lines=tuple(lines), occurred_at=at, note="Derived so that nothing goes negative"
        ),
    )


def _paid(minor: int, invoice: str) -> tuple[AskedTender, ...]:
    """Return one tender of a kind not told, for the file does not tell; none for nothing."""
    if not minor:
        return ()
    amount = Money(minor, CURRENCY).amount
    return (AskedTender(kind=TenderKind.OTHER, amount=amount, reference=invoice),)


def _reason(note: str) -> AdjustmentReason:
    folded = note.casefold()
    for reason, words in _REASONS:
        if words.search(folded):
            return reason
    return AdjustmentReason.CORRECTION
