"""A count is a fact at a time T: what it says about the books, and what moves for it.

What a place holds on the books is what lies there less what was sold there beyond the books and
stands in the discrepancy location. A count speaks about both: it says how much there was at T, and
whatever moved after T stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.common.errors import Conflict, FieldError
from app.domain.common.identifiers import LineId, LocationId, ProductId, StocktakeId, UserId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Delta, Quantity
from app.domain.inventory.locations import ADJUSTMENT_ID, DISCREPANCY_ID
from app.domain.inventory.movement import DocumentKind, Move, MovementKind, Posting

# Of the movements that put right what a posted count says, because something became known late.
LATE = "late"


class LevelChanged(Conflict):
    """The stock is no longer what the caller saw when they set it."""

    code = "level_changed"
    title = "The stock moved meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """So much of a product was there at an instant.

    `unit_cost` is what found goods cost, None for the average. With `expected` the fact holds only
    while the place has just that.
    """

    product_id: ProductId
    counted: Quantity
    counted_at: datetime
    unit_cost: UnitPrice | None = None
    expected: Quantity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Facts about one location that one document states; each product stands in it once."""

    document_id: StocktakeId
    location_id: LocationId
    user_id: UserId | None
    recorded_at: datetime
    currency: str
    facts: tuple[Fact, ...]

    @property
    def head(self) -> Posting:
        """The posting that all its facts make up: what is gone is gone, reserved or not."""
        return Posting(
            document_kind=DocumentKind.STOCKTAKE,
            document_id=self.document_id,
            user_id=self.user_id,
            occurred_at=self.recorded_at,
            recorded_at=self.recorded_at,
            moves=(),
            overrides_reservations=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the books say of a place, in thousandths and minor units.

    `drawn` is its share of the discrepancy location, below nothing for what was sold there beyond
    the books; `since` what moved there after the instant of the count, `superseded` whether a
    posted count speaks about a later instant.
    """

    on_hand: int
    drawn: int
    drawn_value: int
    since: int
    superseded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a fact comes to: `book` is what the books held at its instant.

    `shelf` and `drawn` are by how much the place and its share of the discrepancy location change;
    together they are the variance.
    """

    fact: Fact
    book: Delta
    on_hand: Quantity
    shelf: int
    drawn: int
    drawn_value: int | None
    superseded: bool

    @property
    def variance(self) -> Delta:
        return Delta(self.fact.counted.thousandths - self.book.thousandths)

    @property
    def changes_books(self) -> bool:
        """Tell whether anything moves for it."""
        return bool(self.shelf or self.drawn)

    @property
    def after(self) -> Quantity:
        """What lies at the place afterwards; `superseded` counts leave it as it is."""
        return Quantity(self.on_hand.thousandths + (0 if self.superseded else self.shelf))


def settle(fact: Fact, books: Books) -> Settled:
    """Work out what moves so that the books say at its instant what was counted.

    Where less was counted than went away afterwards, nothing is left on the shelf and the rest
    stays drawn from the discrepancy location, for the next count.
    """
    held = books.on_hand + books.drawn
    book = held - books.since
    variance = fact.counted.thousandths - book
    after = held + variance
    # A later count has said how much there is now, so that only the past changes.
    drawn = 0 if books.superseded else min(after, 0) - books.drawn
    cleared = bool(drawn) and books.drawn + drawn == 0 and books.drawn_value * books.drawn > 0
    return Settled(
        fact=fact,
        book=Delta(book),
        on_hand=Quantity(books.on_hand),
        shelf=variance - drawn,
        drawn=drawn,
        drawn_value=abs(books.drawn_value) if cleared else None,
        superseded=books.superseded,
    )


def moves_of(settled: Settled, counting: Counting) -> tuple[Move, ...]:
    """Return what moves for a fact: at the place, and out of what was sold beyond the books."""
    fact, cost = settled.fact, None
    if fact.unit_cost is not None and settled.shelf > 0:
        cost = fact.unit_cost.times(Quantity(settled.shelf), counting.currency).minor
    wanted = (
        (counting.location_id, settled.shelf, cost),
        (DISCREPANCY_ID, settled.drawn, settled.drawn_value),
    )
    return tuple(
        _move(fact.product_id, place, change, value_minor=value)
        for place, change, value in wanted
        if change
    )


def posting_of(settled: Settled, counting: Counting) -> Posting:
    """Return what moves for a fact, as of the instant at which it was counted."""
    at, moves = settled.fact.counted_at, moves_of(settled, counting)
    return replace(counting.head, occurred_at=at, moves=moves)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbing:
    """The posted count that a late change of a place belongs to."""

    document_id: StocktakeId
    product_id: ProductId
    location_id: LocationId
    counted_at: datetime
    generation: int

    def posting(self, change: int, *, user_id: UserId | None, recorded_at: datetime) -> Posting:
        """Take the change out of the variance, so that what was counted stays what there was."""
        return Posting(
            document_kind=DocumentKind.STOCKTAKE,
            document_id=self.document_id,
            user_id=user_id,
            occurred_at=self.counted_at,
            recorded_at=recorded_at,
            moves=(_move(self.product_id, self.location_id, -change, reason=LATE),),
            generation=self.generation,
        )


def line_of(product: ProductId) -> LineId:
    """Return the line of a count that is about a product: it has no other name."""
    return LineId(int=product.int)


def check_expected(settled: Sequence[Settled], books: Sequence[Books]) -> None:
    """Refuse with `LevelChanged` what was said of a stock that is another by now."""
    moved = [
        (one, book)
        for one, book in zip(settled, books, strict=True)
        if one.fact.expected is not None
        and (one.fact.expected != one.on_hand or book.since or book.superseded)
    ]
    if moved:
        found = moved[0][0]
        raise LevelChanged(
            f"There are {found.on_hand} of the product, not {found.fact.expected}.",
            errors=(FieldError("/expected", LevelChanged.code, f"There are {found.on_hand}"),),
            extra={"on_hand": str(found.on_hand)},
        )


def _move(
    product: ProductId,
    place: LocationId,
    change: int,
    *,
    value_minor: int | None = None,
    reason: str | None = None,
) -> Move:
    comes_in = change > 0
    return Move(
        product_id=product,
        source=ADJUSTMENT_ID if comes_in else place,
        target=place if comes_in else ADJUSTMENT_ID,
        quantity=Quantity(abs(change)),
        kind=MovementKind.STOCKTAKE,
        line_id=line_of(product),
        value_minor=value_minor,
        reason=reason,
    )
