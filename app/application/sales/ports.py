"""What the use cases of sales need from storage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.application.common.uow import UnitOfWork
from app.application.inventory.ports import ReservationRepository, StockLedger
from app.domain.common.identifiers import CustomerId, LocationId, ProductId, SaleId
from app.domain.common.numbers import DocumentNumber
from app.domain.inventory.movement import Movement
from app.domain.sales.line import SoldItem
from app.domain.sales.sale import Sale, SaleStatus
from app.domain.sales.till import TillRecord
from app.domain.sales.undoing import GivenBack
from app.domain.shop.books import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedItem:
    """A product of the catalog as it is now."""

    item: SoldItem
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedCustomer:
    """A customer as they are now, held until the transaction ends."""

    name: str
    active: bool
    merged_into_id: CustomerId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The shop as a sale meets it: its conditions, the place, and those products that exist.

    `customer` is None if none was named or there is none such. `sells_from` is False for a place
    whose goods are not the shop's to sell.
    """

    shop_name: str
    books: Books
    currency: str
    prices_include_tax: bool
    location_exists: bool
    sells_from: bool
    items: Mapping[ProductId, OfferedItem]
    customer: OfferedCustomer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSale:
    """A sale as a till is told of it."""

    id: SaleId
    number: DocumentNumber | None
    status: SaleStatus
    needs_attention: bool
    digest: bytes | None

    @classmethod
    def of(cls, sale: Sale) -> KnownSale:
        return cls(
            id=sale.id,
            number=sale.number,
            status=sale.status,
            needs_attention=sale.needs_attention,
            digest=None if sale.till is None else sale.till.digest,
        )


class SaleRepository(Protocol):
    """Each method costs the same number of statements however many lines there are."""

    async def offer(
        self,
        location_id: LocationId,
        products: Collection[ProductId],
        *,
        customer_id: CustomerId | None = None,
    ) -> Offer:
        """Return the shop's conditions, what the location is, products and customer named.

        Nobody changes them, or closes a period of the books, before this ends.
        """
        ...

    async def get(self, identifier: SaleId) -> Sale:
        """Return the sale with its lines and tenders, locked until the end; or `NotFound`."""
        ...

    async def add(self, sale: Sale) -> None:
        """Write a new sale, drafted or completed."""
        ...

    async def save_draft(self, sale: Sale) -> None:
        """Write a sale that is not posted with its lines as they are now; raises the version."""
        ...

    async def save_completed(self, sale: Sale) -> None:
        """Write what completing a draft changed; raises the version."""
        ...

    async def save_voided(self, sale: Sale) -> None:
        """Write what voiding changed; raises the version."""
        ...

    async def told(self, till: TillRecord) -> KnownSale | None:
        """Return the sale of the register that has this client id."""
        ...

    async def books(self) -> Books:
        """Return the shop's books, of which nobody closes a period before this ends."""
        ...

    async def given_back(self, identifier: SaleId) -> GivenBack:
        """Return what returns that were not given up hold of the sale, which is locked."""
        ...

    async def moved(self, identifier: SaleId) -> Sequence[Movement]:
        """Return the movements that took the sale's goods out, oldest first."""
        ...


class DocumentNumbers(Protocol):
    async def next(self, series: str, *, year: int) -> DocumentNumber:
        """Count one on; nobody else gets a number of the series before this transaction ends.

        Call it last: whoever holds the counter holds up the series.
        """
        ...


class SalesWork(UnitOfWork, Protocol):
    @property
    def sales(self) -> SaleRepository: ...

    @property
    def ledger(self) -> StockLedger: ...

    @property
    def reservations(self) -> ReservationRepository: ...

    @property
    def numbers(self) -> DocumentNumbers: ...
