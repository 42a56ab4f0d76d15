"""What inventory needs from storage."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.application.common.uow import UnitOfWork
from app.domain.common.identifiers import (
    LocationId,
    ProductId,
    ReservationId,
    SaleId,
    SupplierId,
    TransferId,
)
from app.domain.common.numbers import DocumentNumber
from app.domain.common.quantity import Quantity
from app.domain.inventory.counting import Counting, Settled
from app.domain.inventory.document import StockDocument, StockedItem
from app.domain.inventory.locations import Location, LocationKind
from app.domain.inventory.movement import Movement, Posting
from app.domain.inventory.plan import Place
from app.domain.inventory.reservation import Reservation
from app.domain.inventory.transfer import Parts, Transfer
from app.domain.shop.books import Books


class StockLedger(Protocol):
    """The only way in which stock changes."""

    async def post(self, posting: Posting) -> list[Movement]:
        """Apply a document's moves and return the movements written, in the order of the moves.

        Rows are locked in one global order (product, then location); moves are summed per
        (product, location) before the check. Raises `InsufficientStock` with every shortage,
        having changed nothing. What is reserved for others is not there, unless the posting
        overrides reservations.
        """
        ...

    async def count(self, counting: Counting) -> Sequence[Settled]:
        """Let the books say what was counted; returns what each fact came to, in their order.

        The same few statements for any number of facts. Of a place of which a count for a later
        instant is posted only the past changes. Raises `LevelChanged`.
        """
        ...

    async def appraise(self, counting: Counting) -> Sequence[Settled]:
        """Return what the facts would come to now; a product may stand in several of them."""
        ...

    async def post_outside(self, postings: Sequence[Posting]) -> Sequence[Movement]:
        """Write down what moved between places that are not the shop's, in the order of the moves.

        No level and no valuation changes. The same statements for any number of documents.
        """
        ...

    async def around(
        self, changed: Mapping[Place, int], *, occurred_at: datetime
    ) -> Mapping[Place, tuple[Quantity, Quantity]]:
        """Return what places held before changes that this transaction posted, and hold now.

        A place that was counted since then is as it was. Places never used are left out.
        """
        ...

    async def open(self, places: Iterable[Place]) -> None:
        """Let places have a level, of nothing where there was none yet."""
        ...


class ReservationRepository(Protocol):
    """What is kept for whom; levels are locked as the ledger locks them, in the same order."""

    async def keep(
        self,
        wanted: Sequence[Reservation],
        *,
        at: datetime,
        of_sale: SaleId | None = None,
        besides: Iterable[Place] = (),
    ) -> None:
        """Reserve all that is wanted, or nothing: then `InsufficientStock` with every shortage.

        With `of_sale`, whose header is locked, the sale keeps this for its lines and nothing else
        afterwards, and what it keeps already is not asked for again; `besides` names the places
        where it keeps something that it may not want any more. What is past its time at the
        places is given up first. A constant number of statements.
        """
        ...

    async def get(self, identifier: ReservationId) -> Reservation:
        """Return the reservation, which nobody changes before this ends; or `NotFound`."""
        ...

    async def release(self, reservation: Reservation, *, at: datetime) -> Reservation:
        """Make available what is left of one that `get` gave; returns what became of it."""
        ...

    async def extend(self, reservation: Reservation, *, expires_at: datetime | None) -> Reservation:
        """Keep for longer, or for less long, what `get` gave; returns what became of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRoom:
    """The shop and the place of a document as they are now; `code` is None for no such place."""

    currency: str
    books: Books
    code: str | None
    kind: LocationKind | None
    active: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """A supplier as it is now, held until the transaction ends."""

    id: SupplierId
    name: str
    currency: str
    active: bool
    merged_into_id: SupplierId | None
    over_receipt_ppm: int | None


class StockDocumentRepository(Protocol):
    """A constant number of statements for any number of lines."""

    async def room(self, location_id: LocationId) -> StockRoom:
        """Return the shop's settings and the location.

        Nobody closes the location or a period of the books before this ends.
        """
        ...

    async def items(self, products: Collection[ProductId]) -> Mapping[ProductId, StockedItem]:
        """Return those of the products that exist."""
        ...

    async def seller(self, identifier: SupplierId) -> Seller | None: ...

    async def delivery(self, supplier_id: SupplierId, reference: str) -> DocumentNumber | None:
        """Return the receipt of the supplier's delivery note, however it is written."""
        ...

    async def add(self, document: StockDocument) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferPlace:
    """A place that a transfer touches, as it is now."""

    code: str
    kind: LocationKind
    active: bool


class TransferRepository(Protocol):
    """A constant number of statements for any number of lines."""

    async def get(self, identifier: TransferId) -> Transfer:
        """Return it with its lines, locked until the end; or `NotFound`."""
        ...

    async def places(
        self, identifiers: Collection[LocationId]
    ) -> Mapping[LocationId, TransferPlace]:
        """Return those of the places that exist, which nobody closes before this ends."""
        ...

    async def add(self, transfer: Transfer) -> None: ...

    async def save_step(self, transfer: Transfer, parts: Parts) -> None:
        """Add the parts to what became of the lines and raise the version.

        Raises `ExceedsTransit` rather than settle more of a line than was sent.
        """
        ...


class LocationRepository(Protocol):
    async def get(self, identifier: LocationId) -> Location:
        """Return the location; `NotFound` otherwise."""
        ...

    def add(self, location: Location) -> None: ...

    async def lock_tree(self) -> None:
        """Let nobody else change locations before this ends; goods move on."""
        ...

    async def above(self, identifier: LocationId | None) -> Sequence[Location]:
        """Return the place and those above it up to the top; none if there is no such place."""
        ...

    async def has_open_places(self, identifier: LocationId) -> bool:
        """Tell whether open locations lie right below it."""
        ...

    async def holds_stock(self, identifier: LocationId) -> bool:
        """Tell whether goods lie there; none can come in before this transaction ends."""
        ...


class DocumentNumbers(Protocol):
    async def next(self, series: str, *, year: int) -> DocumentNumber:
        """Count one on; nobody else gets a number of the series before this transaction ends.

        Call it last: whoever holds the counter holds up the series.
        """
        ...


class InventoryWork(UnitOfWork, Protocol):
    @property
    def ledger(self) -> StockLedger: ...

    @property
    def stock_documents(self) -> StockDocumentRepository: ...

    @property
    def reservations(self) -> ReservationRepository: ...

    @property
    def transfers(self) -> TransferRepository: ...

    @property
    def locations(self) -> LocationRepository: ...

    @property
    def numbers(self) -> DocumentNumbers: ...
