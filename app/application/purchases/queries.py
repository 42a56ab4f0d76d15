"""What is read of purchases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.application.common.paging import Page, PageRequest
from app.application.purchases.ports import Delivery
from app.domain.common.identifiers import (
    DocumentId,
    LineId,
    LocationId,
    ProductId,
    PurchaseId,
    SupplierId,
    UserId,
)
from app.domain.common.money import Money
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.purchases.order import OrderedFrom, Purchase, PurchaseStatus
from app.domain.purchases.supplier_return import SupplierReturn
from app.domain.purchases.terms import Cost, ExchangeRate


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseItem:
    """An order as lists show it; `total` is None while the cost of a line is not known."""

    id: PurchaseId
    number: DocumentNumber | None
    status: PurchaseStatus
    supplier: OrderedFrom
    location_id: LocationId
    currency: str
    total: Money | None
    reference: str | None
    user_id: UserId | None
    created_at: datetime
    ordered_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseFilter:
    """Conditions that all hold; from `since` on and before `until`, by when it was drafted.

    The orders of a supplier are also those of suppliers that were merged into it.
    """

    status: PurchaseStatus | None = None
    number: str | None = None
    supplier_id: SupplierId | None = None
    product_id: ProductId | None = None
    location_id: LocationId | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredLine:
    """What came of a line to one place; its values in the currencies of the order and the shop."""

    id: LineId
    purchase_line_id: LineId
    product_id: ProductId
    sku: str
    name: str
    unit_code: str
    location_id: LocationId
    rejected: bool
    quantity: Quantity
    returned: Quantity
    cost: Cost
    rate: ExchangeRate
    value: Money
    shop_value: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """A goods receipt of an order."""

    id: DocumentId
    number: DocumentNumber
    purchase_id: PurchaseId
    reference: str | None
    note: str | None
    user_id: UserId | None
    occurred_at: datetime
    recorded_at: datetime
    lines: tuple[DeliveredLine, ...]

    @classmethod
    def of(cls, purchase: Purchase, delivery: Delivery) -> DeliveryView:
        """Show what a use case just received."""
        document = delivery.document
        head = document.particulars
        return cls(
            id=document.id,
            number=document.number,
            purchase_id=purchase.id,
            reference=head.reference,
            note=head.note,
            user_id=document.user_id,
            occurred_at=head.occurred_at,
            recorded_at=document.recorded_at,
            lines=tuple(
                DeliveredLine(
                    id=part.id,
                    purchase_line_id=part.line.id,
                    product_id=part.line.item.product_id,
                    sku=part.line.item.sku,
                    name=part.line.item.name,
                    unit_code=part.line.item.unit_code,
                    location_id=part.target(document.location_id),
                    rejected=part.rejected,
                    quantity=part.quantity,
                    returned=Quantity(0),
                    cost=part.cost,
                    rate=part.rate,
                    value=purchase.money(part.value_minor),
                    shop_value=document.money(part.shop_value_minor),
                )
                for part in delivery.lines
            ),
        )


class PurchasesReader(Protocol):
    """What hangs on a single order is `NotFound` when the order is not there."""

    async def purchase(self, identifier: PurchaseId) -> Purchase: ...

    async def purchases(self, where: PurchaseFilter, *, page: PageRequest) -> Page[PurchaseItem]:
        """Return the newest first."""
        ...

    async def deliveries(self, identifier: PurchaseId, *, page: PageRequest) -> Page[DeliveryView]:
        """Return the goods receipts of an order, the newest first."""
        ...

    async def returns(self, identifier: PurchaseId, *, page: PageRequest) -> Page[SupplierReturn]:
        """Return what went back of an order, the newest first."""
        ...
