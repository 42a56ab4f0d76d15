"""What an import of products needs from storage: a constant number of statements a chunk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.application.catalog.ports import CatalogWork
from app.application.common.actor import Actor
from app.application.imports.ports import ImportsWork
from app.application.imports.products.model import (
    Change,
    Creation,
    Draft,
    FamilyDraft,
    Owner,
    TaxRate,
    Unit,
)
from app.application.imports.products.records import AuditRecord, EventRecord
from app.application.inventory.ports import InventoryWork
from app.domain.common.identifiers import ProductId, TaxRateId


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The shop's currency, units and tax rates by code, and the rate that applies by default."""

    currency: str
    units: Mapping[str, Unit]
    tax_rates: Mapping[str, TaxRate]
    default_tax_rate: TaxRateId


class ProductImportStore(Protocol):
    async def conditions(self) -> Conditions: ...

    async def by_sku(self, keys: Collection[str]) -> dict[str, Draft]:
        """Return the products that have one of the SKU keys, by it."""
        ...

    async def by_external_id(self, keys: Collection[str]) -> dict[str, Draft]: ...

    async def owners(self, keys: Collection[str]) -> dict[str, Owner]:
        """Return the products that have one of the barcode keys, by it."""
        ...

    async def families(self, keys: Collection[str]) -> dict[str, FamilyDraft]:
        """Return the families by their comparison keys; none goes in this transaction."""
        ...

    async def keep_families(self, families: Sequence[FamilyDraft], *, at: datetime) -> None:
        """Write new and changed families; `TransactionAborted` when somebody was faster."""
        ...

    async def with_movements(self, products: Collection[ProductId]) -> frozenset[ProductId]: ...

    async def release(self, *, barcodes: Sequence[str], external_ids: Sequence[str]) -> None:
        """Take barcodes, by their keys, and external ids from the products that have them."""
        ...

    async def change(self, changes: Sequence[Change], *, at: datetime) -> None:
        """Write changed products; `TransactionAborted` when one was changed meanwhile."""
        ...

    async def create(self, creations: Sequence[Creation], *, at: datetime) -> None:
        """Write new products; `TransactionAborted` when a unique value was taken meanwhile."""
        ...

    async def record(
        self,
        audits: Sequence[AuditRecord],
        events: Sequence[EventRecord],
        *,
        actor: Actor,
        at: datetime,
    ) -> None:
        """Write audit rows and events."""
        ...


class ProductImportsWork(CatalogWork, InventoryWork, ImportsWork, Protocol):
    @property
    def product_imports(self) -> ProductImportStore: ...
