"""Goods that go back to the supplier: they leave at the average, and are credited as bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from app.domain.common.errors import Conflict, FieldError, InvalidValue, UnknownReference
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import (
    LineId,
    LocationId,
    PurchaseId,
    SupplierReturnId,
    UserId,
)
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.common.rounding import divide
from app.domain.inventory.document import StockedItem
from app.domain.purchases.line import MOST_LINES, refuse
from app.domain.purchases.order import OrderedFrom

SUPPLIER_RETURNS_SERIES = "SR"


class ReturnExceedsReceipt(Conflict):
    """More goes back of a line of a goods receipt than came on it, earlier returns counted."""

    code = "return_exceeds_receipt"
    title = "More than was received"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """A line of a goods receipt with what went back of it, and its values in both currencies."""

    id: LineId
    purchase_line_id: LineId
    item: StockedItem
    location_id: LocationId
    quantity: Quantity
    returned: Quantity
    value_minor: int
    shop_value_minor: int

    @property
    def left(self) -> Quantity:
        return Quantity(self.quantity.thousandths - self.returned.thousandths)

    def credit(self, quantity: Quantity) -> tuple[int, int]:
        """Return what is credited for so much more, so that all of it comes to what was paid."""
        before = self.returned.thousandths
        after, whole = before + quantity.thousandths, self.quantity.thousandths
        return (
            divide(self.value_minor * after, whole) - divide(self.value_minor * before, whole),
            divide(self.shop_value_minor * after, whole)
            - divide(self.shop_value_minor * before, whole),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackRequest:
    """So much of a line of a goods receipt; from where it came to lie, unless another is said."""

    id: LineId
    receipt_line_id: LineId
    quantity: Quantity
    location_id: LocationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierReturnLine:
    """`value_minor` is what left the books, at the moving average; None until it did."""

    id: LineId
    receipt_line_id: LineId
    purchase_line_id: LineId
    item: StockedItem
    location_id: LocationId
    quantity: Quantity
    credit_minor: int
    shop_credit_minor: int
    value_minor: int | None = None

    @property
    def variance_minor(self) -> int:
        """By how much the credit is above what the goods were worth in the books."""
        return self.shop_credit_minor - (self.value_minor or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierReturnPosted(DomainEvent):
    """Goods went back to a supplier; `document` holds all of it but money."""

    name: ClassVar[str] = "supplier_return.posted"
    document: Mapping[str, object]


@dataclass(eq=False, kw_only=True)
class SupplierReturn(EventRecorderMixin):
    """Posted at once, kept for ever."""

    id: SupplierReturnId
    number: DocumentNumber
    purchase_id: PurchaseId
    supplier: OrderedFrom
    currency: str
    shop_currency: str
    lines: tuple[SupplierReturnLine, ...]
    reference: str | None
    reason: str | None
    user_id: UserId | None
    occurred_at: datetime
    recorded_at: datetime

    def post(self) -> None:
        self.record(SupplierReturnPosted(subject=self.id, document=self.snapshot()))

    @property
    def credit_minor(self) -> int:
        return sum(line.credit_minor for line in self.lines)

    @property
    def shop_credit_minor(self) -> int:
        return sum(line.shop_credit_minor for line in self.lines)

    @property
    def value_minor(self) -> int:
        return sum(line.value_minor or 0 for line in self.lines)

    @property
    def variance_minor(self) -> int:
        return self.shop_credit_minor - self.value_minor

    def snapshot(self) -> dict[str, object]:
        """The document as it stands in events: everything but money, which not everyone sees."""
        return {
            "number": str(self.number),
            "purchase_id": str(self.purchase_id),
            "supplier_id": str(self.supplier.id),
            "reference": self.reference,
            "reason": self.reason,
            "occurred_at": self.occurred_at.isoformat(),
            "lines": [
                {
                    "id": str(line.id),
                    "receipt_line_id": str(line.receipt_line_id),
                    "product_id": str(line.item.product_id),
                    "sku": line.item.sku,
                    "location_id": str(line.location_id),
                    "quantity": str(line.quantity),
                }
                for line in self.lines
            ],
        }

    def outline(self) -> dict[str, object]:
        """The document in brief, as the audit log notes it."""
        return {
            "number": str(self.number),
            "purchase_id": str(self.purchase_id),
            "lines": len(self.lines),
            "reference": self.reference,
            "reason": self.reason,
        }


def lines_back(
    requests: Sequence[BackRequest], received: Mapping[LineId, ReceiptLine]
) -> tuple[SupplierReturnLine, ...]:
    """Work out each line; what is more than came is refused with all its lines."""
    if not 1 <= len(requests) <= MOST_LINES:
        raise InvalidValue.of("lines", f"has 1 to {MOST_LINES} entries")
    _check_known(requests, received)
    refuse(
        FieldError(f"/lines/{index}/quantity", InvalidValue.code, detail)
        for index, request in enumerate(requests)
        if (detail := _fault(request, received[request.receipt_line_id])) is not None
    )
    _check_left(requests, received)
    held, lines = dict(received), []
    for request in requests:
        line = held[request.receipt_line_id]
        credit, shop_credit = line.credit(request.quantity)
        held[line.id] = replace(line, returned=line.returned + request.quantity)
        lines.append(
            SupplierReturnLine(
                id=request.id,
                receipt_line_id=line.id,
                purchase_line_id=line.purchase_line_id,
                item=line.item,
                location_id=request.location_id or line.location_id,
                quantity=request.quantity,
                credit_minor=credit,
                shop_credit_minor=shop_credit,
            )
        )
    return tuple(lines)


def _check_known(requests: Sequence[BackRequest], received: Mapping[LineId, ReceiptLine]) -> None:
    faults = tuple(
        FieldError(
            f"/lines/{index}/receipt_line_id",
            UnknownReference.code,
            f"No receipt of the order has the line {request.receipt_line_id}.",
        )
        for index, request in enumerate(requests)
        if request.receipt_line_id not in received
    )
    if faults:
        raise UnknownReference(" ".join(fault.detail for fault in faults), errors=faults)


def _fault(request: BackRequest, line: ReceiptLine) -> str | None:
    item = line.item
    if not request.quantity:
        return "must not be 0"
    if not request.quantity.fits(item.unit_decimals):
        return f"{item.sku} is counted in {item.unit_code} with {item.unit_decimals} decimal places"
    return None


def _check_left(requests: Sequence[BackRequest], received: Mapping[LineId, ReceiptLine]) -> None:
    """Lines that name the same line of a receipt are taken together."""
    wanted: dict[LineId, int] = {}
    faults, beyond = [], {}
    for index, request in enumerate(requests):
        line = received[request.receipt_line_id]
        wanted[line.id] = wanted.get(line.id, 0) + request.quantity.thousandths
        if wanted[line.id] > line.left.thousandths:
            detail = f"{line.left} of {line.item.sku} can still go back"
            faults.append(FieldError(f"/lines/{index}/quantity", ReturnExceedsReceipt.code, detail))
            beyond[line.id] = line.left
    if faults:
        raise ReturnExceedsReceipt(
            "; ".join(fault.detail for fault in faults) + ".",
            errors=tuple(faults),
            extra={
                "lines": [
                    {
                        "receipt_line_id": str(line),
                        "requested": str(Quantity(wanted[line])),
                        "remaining": str(left),
                    }
                    for line, left in beyond.items()
                ]
            },
        )
