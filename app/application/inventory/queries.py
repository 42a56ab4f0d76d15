"""What is read of stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.application.common.paging import Page, PageRequest
from app.domain.common.identifiers import (
    DocumentId,
    LocationId,
    ProductId,
    ReservationId,
    SaleId,
    TransferId,
    UserId,
)
from app.domain.common.money import Money, UnitPrice
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Delta, Quantity
from app.domain.inventory.document import Particulars, StockDocument
from app.domain.inventory.locations import LocationKind
from app.domain.inventory.movement import DocumentKind, Movement, MovementKind
from app.domain.inventory.reservation import Reservation
from app.domain.inventory.transfer import Transfer, TransferStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationView:
    id: LocationId
    code: str
    name: str
    kind: LocationKind
    active: bool
    counts_as_available: bool
    version: int
    parent_id: LocationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What lies of a product at one location, and what is expected there of open orders."""

    product_id: ProductId
    sku: str
    name: str
    location_id: LocationId
    location_code: str
    on_hand: Quantity
    reserved: Quantity
    incoming: Quantity
    counts_as_available: bool

    @property
    def available(self) -> Quantity:
        """What is free to be taken; nothing where goods are not for sale."""
        free = self.on_hand.thousandths - self.reserved.thousandths
        return Quantity(free if self.counts_as_available else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFilter:
    """Conditions that all hold; `in_stock` leaves out, or keeps only, what is used up.

    `with_descendants` counts all that lies below the location to it.
    """

    product_id: ProductId | None = None
    location_id: LocationId | None = None
    with_descendants: bool = False
    in_stock: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductStock:
    """All that the shop owns of a product, over all its locations, at the moving average.

    `reserved` is kept for somebody, `available` what else lies where goods are for sale,
    `incoming` what is ordered and has not arrived.
    """

    product_id: ProductId
    sku: str
    name: str
    on_hand: Quantity
    reserved: Quantity
    available: Quantity
    incoming: Quantity
    value: Money
    reorder_point: Quantity | None
    reorder_quantity: Quantity | None

    @property
    def average_cost(self) -> UnitPrice:
        return UnitPrice.derived(self.value, self.on_hand)

    @property
    def is_low(self) -> bool:
        """Tell whether it is time to order again: stock is down to the reorder point."""
        return self.reorder_point is not None and self.available <= self.reorder_point


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductStockView(ProductStock):
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementView:
    """A movement with the texts that a list shows; `value` is in the shop's currency."""

    movement: Movement
    sku: str
    value: Money

    @property
    def unit_cost(self) -> UnitPrice:
        return UnitPrice.derived(self.value, self.movement.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFilter:
    """Conditions that all hold; the times are those of recording, `until` excluded."""

    product_id: ProductId | None = None
    location_id: LocationId | None = None
    kind: MovementKind | None = None
    document_id: DocumentId | None = None
    since: datetime | None = None
    until: datetime | None = None


class Basis(StrEnum):
    """Which time of a movement counts: when it was written down, or when it happened."""

    RECORDED = "recorded"
    OCCURRED = "occurred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A figure to be explained; without a location, all that the shop owns of the product.

    `at` is the instant up to and including which movements count, None for all.
    """

    product_id: ProductId
    location_id: LocationId | None = None
    at: datetime | None = None
    basis: Basis = Basis.RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One movement of an explanation: what it changed, and what the figure was after it."""

    movement: Movement
    change: Delta
    balance: Delta
    value_change: Money
    value: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A figure as the sum of its movements, newest first; the last step leads back to nothing.

    Value belongs to the product as a whole: at one location it is only what its movements carried.
    """

    balance: Delta
    value: Money
    steps: Page[Step]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationView:
    """A reservation with the SKU that is shown, as it stands at one moment."""

    reservation: Reservation
    sku: str
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationFilter:
    """Conditions that all hold; `held` leaves those that keep something, or the others."""

    product_id: ProductId | None = None
    location_id: LocationId | None = None
    sale_id: SaleId | None = None
    reference: str | None = None
    held: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockDocumentItem:
    """A document as lists show it: all but its lines."""

    id: DocumentId
    kind: DocumentKind
    number: DocumentNumber
    location_id: LocationId
    particulars: Particulars
    user_id: UserId | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferItem:
    """A transfer as lists show it: all but its lines."""

    id: TransferId
    number: DocumentNumber
    status: TransferStatus
    source: LocationId
    target: LocationId
    particulars: Particulars
    user_id: UserId | None
    recorded_at: datetime
    finished_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFilter:
    """Conditions that all hold; from `since` on and before `until`, by when it was recorded."""

    status: TransferStatus | None = None
    number: str | None = None
    source: LocationId | None = None
    target: LocationId | None = None
    product_id: ProductId | None = None
    since: datetime | None = None
    until: datetime | None = None


class TransfersReader(Protocol):
    """Single transfers are `NotFound` when they are not there."""

    async def document(self, identifier: TransferId) -> Transfer: ...

    async def documents(self, where: TransferFilter, *, page: PageRequest) -> Page[TransferItem]:
        """List newest first."""
        ...


class InventoryReader(Protocol):
    """Single things are `NotFound` when they are not there."""

    async def location(self, identifier: LocationId) -> LocationView: ...

    async def locations(
        self, page: PageRequest, *, active: bool | None, parent_id: LocationId | None
    ) -> Page[LocationView]:
        """List by code; with a parent those right below it."""
        ...

    async def levels(self, where: LevelFilter, *, page: PageRequest) -> Page[Level]:
        """List by product, then location."""
        ...

    async def stock(self, page: PageRequest, *, low: bool) -> Page[ProductStock]:
        """List products that keep stock by SKU; `low` leaves those at their reorder point."""
        ...

    async def product_stock(self, identifier: ProductId) -> ProductStockView: ...

    async def document(self, kind: DocumentKind, identifier: DocumentId) -> StockDocument: ...

    async def documents(self, kind: DocumentKind, *, page: PageRequest) -> Page[StockDocumentItem]:
        """List newest first."""
        ...


class ReservationReader(Protocol):
    async def reservation(self, identifier: ReservationId) -> ReservationView:
        """Return the reservation; `NotFound` otherwise."""
        ...

    async def reservations(
        self, where: ReservationFilter, *, page: PageRequest
    ) -> Page[ReservationView]:
        """List newest first."""
        ...


class MovementReader(Protocol):
    async def movements(self, where: MovementFilter, *, page: PageRequest) -> Page[MovementView]:
        """List newest first."""
        ...

    async def explain(self, question: Question, *, page: PageRequest) -> Explanation:
        """Derive a figure from its movements; every page costs the same."""
        ...
