"""What reservations leave of stock to a posting: worked out before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.common.identifiers import LineId, LocationId, ProductId, ReservationId, SaleId
from app.domain.common.quantity import Quantity
from app.domain.inventory.movement import Move
from app.domain.inventory.plan import Place
from app.domain.inventory.reservation import ReleaseReason, ReservationShrunk


@dataclass(frozen=True, slots=True)
class Balance:
    """What lies at a place and what of it is kept for somebody, in thousandths.

    `counted_at` is the last instant of which a posted count says what was there.
    """

    on_hand: int
    reserved: int
    counted_at: datetime | None = None

    def counted_since(self, instant: datetime, *, also_at: bool = False) -> bool:
        """Tell whether a posted count speaks about a later instant, or about that very one."""
        if self.counted_at is None:
            return False
        return self.counted_at > instant or (also_at and self.counted_at == instant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A reservation that is not released, as planning needs it."""

    id: ReservationId
    product_id: ProductId
    location_id: LocationId
    remaining: int
    line_id: LineId | None = None
    sale_id: SaleId | None = None

    @property
    def place(self) -> Place:
        return self.product_id, self.location_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of a reservation; with a reason it is over."""

    id: ReservationId
    remaining: int
    why: ReleaseReason | None = None


class Claims:
    """What is kept at places that a document takes from or keeps at, and what becomes of it.

    What lapsed is given up first; then the document takes what is kept for its own lines; and what
    is gone although it was reserved is taken from the newest reservations.
    """

    def __init__(self, balances: Mapping[Place, Balance], lapsed: Sequence[Held]) -> None:
        self._balances = balances
        self.given_up: Counter[Place] = Counter()
        self.changes: list[Change] = []
        self.shrunk: list[ReservationShrunk] = []
        for held in lapsed:
            self.given_up[held.place] += held.remaining
            self.changes.append(_over(held, ReleaseReason.LAPSED))

    @property
    def on_hand(self) -> dict[Place, Quantity]:
        return {place: Quantity(balance.on_hand) for place, balance in self._balances.items()}

    @property
    def free(self) -> dict[Place, Quantity]:
        """What places hold that is kept for nobody else."""
        return {place: Quantity(self._free(place)) for place in self._balances}

    def consume(self, moves: Iterable[Move], own: Iterable[Held]) -> None:
        """Take for each line of a document what is reserved for it, as far as it goes."""
        left = {held.line_id: held for held in own}
        taken: set[LineId] = set()
        for move in moves:
            held = left.get(move.line_id)
            if held is None or held.place != (move.product_id, move.source):
                continue
            quantity = min(held.remaining, move.quantity.thousandths)
            left[move.line_id] = replace(held, remaining=held.remaining - quantity)
            self.given_up[held.place] += quantity
            taken.add(move.line_id)
        for line in sorted(taken):
            self._leave(left[line], ReleaseReason.CONSUMED)

    def lacking(self, wanted: Mapping[Place, int]) -> dict[Place, int]:
        """Return by how much places can no longer keep what is reserved, once so much is gone."""
        return {
            place: min(-change - self._free(place), self._kept(place))
            for place, change in wanted.items()
            if place in self._balances and -change > self._free(place)
        }

    def shrink(self, lacking: Mapping[Place, int], newest_first: Iterable[Held]) -> None:
        """Take what is gone from the newest reservations: who asked last goes without first."""
        missing = Counter(lacking)
        over = {change.id for change in self.changes if change.why is not None}
        for held in newest_first:
            lost = min(missing[held.place], held.remaining)
            if held.id in over or not lost:
                continue
            missing[held.place] -= lost
            self.given_up[held.place] += lost
            rest = replace(held, remaining=held.remaining - lost)
            self._leave(rest, ReleaseReason.SHRUNK)
            self.shrunk.append(
                ReservationShrunk(
                    subject=held.id,
                    quantity=str(Quantity(lost)),
                    remaining=str(Quantity(rest.remaining)),
                    sale_id=None if held.sale_id is None else str(held.sale_id),
                )
            )

    def _leave(self, held: Held, why_if_nothing: ReleaseReason) -> None:
        why = None if held.remaining else why_if_nothing
        self.changes.append(Change(id=held.id, remaining=held.remaining, why=why))

    def _kept(self, place: Place) -> int:
        return self._balances[place].reserved - self.given_up[place]

    def _free(self, place: Place) -> int:
        return self._balances[place].on_hand - self._kept(place)


def _over(held: Held, why: ReleaseReason) -> Change:
    return Change(id=held.id, remaining=held.remaining, why=why)
