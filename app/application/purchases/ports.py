"""What the use cases of purchases need from storage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.application.inventory.ports import InventoryWork
from app.domain.common.identifiers import LineId, ProductId, PurchaseId, SupplierId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.document import StockDocument
from app.domain.purchases.order import Purchase
from app.domain.purchases.receiving import Received
from app.domain.purchases.supplier_return import ReceiptLine, SupplierReturn


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldBy:
    """How a supplier sells a product: `cost` is that of a pack."""

    product_id: ProductId
    sku: str | None
    pack_size: Quantity
    cost: UnitPrice | None
    over_receipt_ppm: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A posted goods receipt of an order, with what came of which line."""

    document: StockDocument
    lines: tuple[Received, ...]


class PurchaseRepository(Protocol):
    """Each method costs the same number of statements however many lines there are.

    Everybody locks in one order: the order's header, then stock, the counter of numbers last.
    """

    async def get(self, identifier: PurchaseId) -> Purchase:
        """Return it with its lines, locked until the end; or `NotFound`."""
        ...

    async def sold_by(
        self, supplier_id: SupplierId, products: Collection[ProductId]
    ) -> Mapping[ProductId, Sequence[SoldBy]]:
        """Return how the supplier sells these products, the preferred way first."""
        ...

    async def receipt_lines(self, identifier: PurchaseId) -> Mapping[LineId, ReceiptLine]:
        """Return all that came of an order which is locked, and what went back of it."""
        ...

    async def add(self, purchase: Purchase) -> None: ...

    async def save_revised(self, purchase: Purchase) -> None:
        """Write what is to be ordered now; raises the version."""
        ...

    async def save_step(self, purchase: Purchase) -> None:
        """Write the status with its number and times, and what is still expected."""
        ...

    async def save_received(self, purchase: Purchase, delivery: Delivery) -> None:
        """Write what came; the update of the lines carries its own guard."""
        ...

    async def save_returned(self, purchase: Purchase, document: SupplierReturn) -> None:
        """Write what went back; the update of the receipts' lines carries its own guard."""
        ...


class PurchasesWork(InventoryWork, Protocol):
    @property
    def purchases(self) -> PurchaseRepository: ...
