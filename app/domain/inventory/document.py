"""Documents that move stock: openings, receipts, adjustments, scraps.

Posted at once, kept for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.domain.common.errors import Conflict, FieldError, InvalidValue
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import (
    DocumentId,
    LineId,
    LocationId,
    ProductId,
    PurchaseId,
    SupplierId,
    UserId,
)
from app.domain.common.money import MAX_MINOR, Money, UnitPrice
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Delta
from app.domain.common.text import clean_line, clean_text
from app.domain.inventory.movement import DocumentKind
from app.domain.inventory.reasons import AdjustmentReason
from app.domain.shop.books import Books

MOST_LINES = 2000
SUPPLIER_LENGTH = 255
REFERENCE_LENGTH = 64
NOTE_LENGTH = 1000
SERIES = {
    DocumentKind.OPENING: "O",
    DocumentKind.GOODS_RECEIPT: "R",
    DocumentKind.ADJUSTMENT: "A",
    DocumentKind.SCRAP: "SC",
}


class DeliveryAlreadyReceived(Conflict):
    """The supplier's delivery note was received before, and that counts once."""

    code = "delivery_already_received"
    title = "The delivery was received already"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockDocumentPosted(DomainEvent):
    """Stock changed by a document; `document` holds all of it but the cost."""

    document: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockOpened(StockDocumentPosted):
    """Goods that were there before the books began came into them."""

    name: ClassVar[str] = "opening.posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReceived(StockDocumentPosted):
    """Goods came in from a supplier."""

    name: ClassVar[str] = "goods_receipt.posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjusted(StockDocumentPosted):
    """Stock was corrected, for the reason that the document names."""

    name: ClassVar[str] = "adjustment.posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockScrapped(StockDocumentPosted):
    """Goods were written off, for the reason that the document names."""

    name: ClassVar[str] = "scrap.posted"


_EVENTS: dict[DocumentKind, type[StockDocumentPosted]] = {
    DocumentKind.OPENING: StockOpened,
    DocumentKind.GOODS_RECEIPT: GoodsReceived,
    DocumentKind.ADJUSTMENT: StockAdjusted,
    DocumentKind.SCRAP: StockScrapped,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StockedItem:
    """A product as it stood in the catalog when the document was made."""

    product_id: ProductId
    sku: str
    name: str
    unit_code: str
    unit_decimals: int
    tracks_stock: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRequest:
    """What a line asks for: a change, and for goods that come in what they cost.

    `unit_cost` and `cost_minor` (of the whole line) exclude each other.
    """

    id: LineId
    item: StockedItem
    change: Delta
    unit_cost: UnitPrice | None = None
    cost_minor: int | None = None

    def value(self, currency: str) -> int | None:
        """Return the value in minor units that was named for the line, None for the average."""
        if self.cost_minor is not None:
            return self.cost_minor
        if self.unit_cost is None:
            return None
        return self.unit_cost.times(self.change.size, currency).minor


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A posted line with the value that its movement carried."""

    id: LineId
    product_id: ProductId
    sku: str
    name: str
    unit_code: str
    change: Delta
    unit_cost: UnitPrice | None
    value_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What is written at the head of a document.

    `supplier` is a name as it was at the time, `supplier_id` whose it is, if that is known.
    """

    occurred_at: datetime
    supplier: str | None = None
    supplier_id: SupplierId | None = None
    purchase_id: PurchaseId | None = None
    reference: str | None = None
    reason: AdjustmentReason | None = None
    note: str | None = None

    @classmethod
    def checked(
        cls,
        *,
        at: datetime,
        books: Books,
        occurred_at: datetime | None = None,
        supplier: str | None = None,
        supplier_id: SupplierId | None = None,
        purchase_id: PurchaseId | None = None,
        reference: str | None = None,
        reason: AdjustmentReason | None = None,
        note: str | None = None,
    ) -> Particulars:
        """Clean the texts; a document may be told late, but not before it happens, nor once the
        books of its day are closed.
        """
        if reason is AdjustmentReason.OTHER and not (note or "").strip():
            raise InvalidValue.of("note", "must say why, for the reason other", code="missing")
        return cls(
            occurred_at=books.document_date(occurred_at, at=at),
            supplier=_line(supplier, field="supplier", most=SUPPLIER_LENGTH),
            supplier_id=supplier_id,
            purchase_id=purchase_id,
            reference=_line(reference, field="reference", most=REFERENCE_LENGTH),
            reason=reason,
            note=None if note is None else clean_text(note, field="note", most=NOTE_LENGTH) or None,
        )


@dataclass(eq=False, kw_only=True)
class StockDocument(EventRecorderMixin):
    """Never changed once it is posted; a mistake is put right by another document."""

    id: DocumentId
    kind: DocumentKind
    number: DocumentNumber
    location_id: LocationId
    currency: str
    lines: tuple[DocumentLine, ...]
    particulars: Particulars
    user_id: UserId | None
    recorded_at: datetime

    @property
    def value_minor(self) -> int:
        """By how much the document changed the value of the stock."""
        return sum(
            line.value_minor if line.change.thousandths > 0 else -line.value_minor
            for line in self.lines
        )

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    def post(self) -> None:
        """Record that it happened."""
        self.record(_EVENTS[self.kind](subject=self.id, document=self.snapshot()))

    def snapshot(self) -> dict[str, object]:
        """The document as it stands in events: everything but the cost, which not everyone sees."""
        head = self.particulars
        return {
            "number": str(self.number),
            "location_id": str(self.location_id),
            "supplier": head.supplier,
            "supplier_id": None if head.supplier_id is None else str(head.supplier_id),
            "purchase_id": None if head.purchase_id is None else str(head.purchase_id),
            "reference": head.reference,
            "reason": head.reason,
            "note": head.note,
            "occurred_at": head.occurred_at.isoformat(),
            "lines": [
                {
                    "id": str(line.id),
                    "product_id": str(line.product_id),
                    "sku": line.sku,
                    "change": str(line.change),
                }
                for line in self.lines
            ],
        }


def check_lines(lines: Sequence[LineRequest], *, currency: str, quantity_field: str) -> None:
    """Refuse changes of nothing, what the unit cannot hold, what keeps no stock, all in one error.

    `quantity_field` is what the request calls the change.
    """
    if not 1 <= len(lines) <= MOST_LINES:
        raise InvalidValue.of("lines", f"has 1 to {MOST_LINES} entries")
    faults = [
        FieldError(f"/lines/{index}/{field}", code, detail)
        for index, line in enumerate(lines)
        for field, code, detail in _faults(line, currency, quantity_field)
    ]
    if faults:
        raise InvalidValue(
            "; ".join(f"{fault.pointer.lstrip('/')}: {fault.detail}" for fault in faults),
            errors=tuple(faults),
        )


def _faults(
    line: LineRequest, currency: str, quantity_field: str
) -> Iterator[tuple[str, str, str]]:
    item = line.item
    if not item.tracks_stock:
        yield "product_id", "not_stocked", f"{item.sku} keeps no stock"
    if not line.change.thousandths:
        yield quantity_field, InvalidValue.code, "must not be 0"
    elif not line.change.size.fits(item.unit_decimals):
        places = f"with {item.unit_decimals} decimal places"
        yield (
            quantity_field,
            InvalidValue.code,
            f"{item.sku} is counted in {item.unit_code} {places}",
        )
    value = line.value(currency)
    if value is not None and line.change.thousandths < 0:
        yield "unit_cost", InvalidValue.code, "goods leave at the moving average"
    if value is not None and value > MAX_MINOR:
        yield "unit_cost", InvalidValue.code, "the value of the line is too large"


def _line(text: str | None, *, field: str, most: int) -> str | None:
    return None if text is None else clean_line(text, field=field, most=most)
