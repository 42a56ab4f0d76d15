"""What is read of suppliers and customers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from app.application.audit.queries import AuditView
from app.application.common.paging import Page, PageRequest
from app.domain.common.identifiers import (
    CustomerId,
    PartyId,
    ProductId,
    SaleId,
    SupplierId,
    SupplierItemId,
)
from app.domain.common.money import Money, UnitPrice
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.parties.item import SupplierItem
from app.domain.parties.party import MatchKind, Party
from app.domain.parties.people import Address, Contact
from app.domain.parties.supplier import Supplier
from app.domain.sales.sale import SaleStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyItem:
    """A party as lists show it: all but its notes, contacts and addresses.

    `currency` is a supplier's own, and for customers the shop's; only customers have a limit, only
    suppliers a tolerance.
    """

    id: PartyId
    code: str
    name: str
    legal_name: str | None
    email: str | None
    phone: str | None
    website: str | None
    tax_id: str | None
    language: str | None
    net_days: int | None
    discount_ppm: int | None
    discount_days: int | None
    external_id: str | None
    active: bool
    merged_into_id: PartyId | None
    currency: str
    credit_limit_minor: int | None = None
    over_receipt_ppm: int | None = None
    version: int
    created_at: datetime
    updated_at: datetime
    anonymized_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyView(PartyItem):
    notes: str | None
    contacts: tuple[Contact, ...]
    addresses: tuple[Address, ...]

    @classmethod
    def of(cls, party: Party, *, currency: str) -> Self:
        """Show a party that a use case holds, with the shop's currency if it has none."""
        given: dict[str, Any] = {"currency": currency}
        shown: dict[str, Any] = {name: getattr(party, name, given.get(name)) for name in _NAMES}
        return cls(**shown)


_NAMES = tuple(field.name for field in fields(PartyView))


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleOfCustomer:
    """A sale as the file of its customer names it."""

    id: SaleId
    number: DocumentNumber | None
    status: SaleStatus
    customer_name: str
    total: Money
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFile:
    """All that is stored about a customer, and about those that were merged into them."""

    customer: PartyView
    merged: tuple[PartyView, ...]
    sales: tuple[SaleOfCustomer, ...]
    audit: tuple[AuditView, ...]


class CustomerFileReader(Protocol):
    async def customer_file(self, identifier: CustomerId) -> CustomerFile:
        """Return it as of one moment; `NotFound` without the customer."""
        ...


class PartySort(StrEnum):
    """Orders of the lists; each ends with the id, and a minus sign turns it round."""

    NAME = "name"
    NAME_DOWN = "-name"
    CREATED_AT = "created_at"
    CREATED_AT_DOWN = "-created_at"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DOWN = "-updated_at"

    @property
    def descending(self) -> bool:
        return self.value.startswith("-")

    @property
    def field(self) -> str:
        return self.value.removeprefix("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFilter:
    """Conditions that all hold; `email` is a whole address, whatever its case.

    Every word of `q` stands somewhere in name, legal name, code, e-mail or tax id, in any order.
    """

    q: str | None = None
    email: str | None = None
    active: bool | None = None
    updated_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierItemView:
    """An item with what it is called at both ends; `currency` is the supplier's."""

    id: SupplierItemId
    supplier_id: SupplierId
    supplier_code: str
    supplier_name: str
    supplier_active: bool
    product_id: ProductId
    product_sku: str
    product_name: str
    sku: str | None
    barcode: str | None
    pack_size: Quantity
    cost: UnitPrice | None
    currency: str
    lead_time_days: int | None
    minimum_order: Quantity | None
    over_receipt_ppm: int | None
    preferred: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, item: SupplierItem, *, supplier: Supplier, sku: str, name: str) -> Self:
        """Show an item that a use case holds, with SKU and name of its product."""
        return cls(
            id=item.id,
            supplier_id=item.supplier_id,
            supplier_code=supplier.code,
            supplier_name=supplier.name,
            supplier_active=supplier.active,
            product_id=item.product_id,
            product_sku=sku,
            product_name=name,
            sku=item.sku,
            barcode=item.barcode,
            pack_size=item.pack_size,
            cost=item.cost,
            currency=supplier.currency,
            lead_time_days=item.lead_time_days,
            minimum_order=item.minimum_order,
            over_receipt_ppm=item.over_receipt_ppm,
            preferred=item.preferred,
            version=item.version,
            created_at=item.created_at,
            updated_at=item.updated_at,
        )


class SupplierItemReader(Protocol):
    async def item(self, identifier: SupplierItemId, *, of: SupplierId) -> SupplierItemView:
        """Return the item of that supplier; `NotFound` otherwise."""
        ...

    async def items_of(self, supplier_id: SupplierId, page: PageRequest) -> Page[SupplierItemView]:
        """Return what the supplier sells as it was added; `NotFound` without the supplier."""
        ...

    async def suppliers_of(
        self, product_id: ProductId, page: PageRequest
    ) -> Page[SupplierItemView]:
        """Return who sells the product, the preferred first; `NotFound` without the product."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateGroup:
    """Parties that may be one: `count` of them share something, the oldest are shown."""

    kind: MatchKind
    count: int
    parties: tuple[PartyItem, ...]


class PartyReader(Protocol):
    """Suppliers or customers; each kind has its own."""

    async def party(self, identifier: PartyId) -> PartyView:
        """Return the party; `NotFound` otherwise."""
        ...

    async def parties(
        self, where: PartyFilter, *, sort: PartySort, page: PageRequest
    ) -> Page[PartyItem]: ...

    async def duplicates(self, page: PageRequest) -> Page[DuplicateGroup]:
        """Return groups that share a tax id, a telephone number, or name and postal code."""
        ...
