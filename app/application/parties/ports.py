"""What the use cases of suppliers and customers need from storage."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from app.application.common.uow import UnitOfWork
from app.application.sales.ports import DocumentNumbers
from app.domain.common.identifiers import (
    CustomerId,
    PartyId,
    ProductId,
    SupplierId,
    SupplierItemId,
)
from app.domain.parties.customer import Customer
from app.domain.parties.item import SupplierItem
from app.domain.parties.party import Party
from app.domain.parties.supplier import Supplier

P = TypeVar("P", bound=Party)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtProduct:
    sku: str
    name: str
    unit_decimals: int


class PartyRepository(Protocol[P]):
    """Suppliers or customers; each kind has its own."""

    async def get(self, identifier: PartyId) -> P:
        """Return the party; `NotFound` otherwise."""
        ...

    async def hold(self, identifier: PartyId) -> P:
        """Return the party, and let no document name it until the transaction ends."""
        ...

    async def hold_all(self, identifiers: Collection[PartyId]) -> Mapping[PartyId, P]:
        """Return those that exist, held like `hold` does; in one order, whoever asks."""
        ...

    async def carry_on(self, target: P, merged: Collection[P], *, at: datetime) -> None:
        """Give the target what pointed to those merged into it, and what they sold."""
        ...

    async def add(self, party: P) -> None:
        """Write the party and what it may match others by."""
        ...

    async def replace_keys(self, party: P) -> None:
        """Write what it may match others by, in place of what that was."""
        ...

    async def remove(self, party: P) -> None:
        """Delete the party with what is its own; documents must not name it."""
        ...

    async def owners(self, party: P) -> Mapping[str, PartyId]:
        """Return by field which other party has its code, e-mail or external id."""
        ...

    async def has_code(self, code_key: str) -> bool: ...

    async def uses(self, identifier: PartyId) -> Mapping[str, int]:
        """Count by kind what names it; kinds that do not are left out."""
        ...

    async def shop_currency(self) -> str: ...

    async def has_costs(self, identifier: PartyId) -> bool:
        """Tell whether items have costs in its currency, and let none get one until the end."""
        ...


class CustomerRepository(PartyRepository[Customer], Protocol):
    async def hold_merged(self, into: CustomerId) -> Collection[Customer]:
        """Return those that were merged into the customer, held like `hold` does."""
        ...

    async def drafts(self, identifiers: Collection[PartyId]) -> int:
        """Count the draft sales that name one of them."""
        ...


class SupplierItemRepository(Protocol):
    async def get(self, identifier: SupplierItemId, *, of: SupplierId) -> SupplierItem:
        """Return the item of that supplier; `NotFound` otherwise."""
        ...

    async def add(self, item: SupplierItem) -> None: ...

    async def remove(self, item: SupplierItem) -> None: ...

    async def product(self, identifier: ProductId) -> BoughtProduct | None:
        """Return what an item has to know of its product; None if there is no such."""
        ...

    async def sku_owner(self, item: SupplierItem) -> SupplierItemId | None:
        """Return which other item of the supplier has the same SKU."""
        ...

    async def preferred(self, product_id: ProductId) -> SupplierItem | None:
        """Return the item of the product that is preferred, if any is."""
        ...


class PartyWork(UnitOfWork, Protocol):
    @property
    def suppliers(self) -> PartyRepository[Supplier]: ...

    @property
    def customers(self) -> CustomerRepository: ...

    @property
    def supplier_items(self) -> SupplierItemRepository: ...

    @property
    def numbers(self) -> DocumentNumbers: ...


@dataclass(frozen=True, slots=True)
class PartyKind(Generic[P]):
    """Suppliers or customers: one set of use cases serves both."""

    entity: type[P]
    identifier: type[PartyId]
    of: Callable[[PartyWork], PartyRepository[P]]
    has_currency: bool = False


SUPPLIERS = PartyKind(Supplier, SupplierId, lambda work: work.suppliers, has_currency=True)
CUSTOMERS = PartyKind(Customer, CustomerId, lambda work: work.customers)
