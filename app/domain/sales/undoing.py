"""What is left to undo of a sale, once some of it came back by returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.common.identifiers import LineId
from app.domain.common.quantity import Quantity
from app.domain.common.rounding import divide
from app.domain.inventory.locations import DISCREPANCY_ID
from app.domain.inventory.movement import Move, Movement, MovementKind
from app.domain.sales.tender import Tender, TenderKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidBack:
    """What a void pays back by one means, in minor units."""

    kind: TenderKind
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartBack:
    """Pieces of a line that came back, and what they cost."""

    quantity: Quantity
    cost_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """What returns hold of a sale: pieces by line, money by means.

    `waits` says that one of them is not over, so that what is left cannot be told.
    """

    lines: Mapping[LineId, PartBack] = field(default_factory=dict)
    refunded: Mapping[TenderKind, int] = field(default_factory=dict)
    waits: bool = False


NOTHING_GIVEN_BACK = GivenBack()


def left_to_pay_back(
    tenders: Iterable[Tender], refunded: Mapping[TenderKind, int]
) -> tuple[PaidBack, ...]:
    """Return what of each means was not paid back yet, in the order paid."""
    left: dict[TenderKind, int] = defaultdict(int)
    for tender in tenders:
        left[tender.kind] += tender.kept_minor
    return tuple(
        PaidBack(kind=kind, amount_minor=kept - refunded.get(kind, 0))
        for kind, kept in left.items()
        if kept > refunded.get(kind, 0)
    )


def moves_back(out: Sequence[Movement], given_back: GivenBack) -> tuple[Move, ...]:
    """Return how goods that left come back: what did not by returns, at the cost that is left.

    A line of which nothing came back has its movements reversed. Of another one the rest goes to
    the discrepancy location first, as far as the sale drew from there: so the books are the sooner
    what they were.
    """
    by_line: dict[LineId, list[Movement]] = defaultdict(list)
    for movement in out:
        by_line[movement.line_id].append(movement)
    moves: list[Move] = []
    for line_id, movements in by_line.items():
        part = given_back.lines.get(line_id)
        moves += [_reversed(m) for m in movements] if part is None else _rest(movements, part)
    return tuple(moves)


def restores_discrepancy(out: Iterable[Movement], back: Iterable[Move]) -> bool:
    """Tell whether all that was drawn from the discrepancy location goes back to it."""
    drawn = sum(m.quantity.thousandths for m in out if m.source == DISCREPANCY_ID)
    return drawn == sum(m.quantity.thousandths for m in back if m.target == DISCREPANCY_ID)


def _reversed(movement: Movement) -> Move:
    return Move(
        product_id=movement.product_id,
        source=movement.target,
        target=movement.source,
        quantity=movement.quantity,
        kind=MovementKind.SALE,
        line_id=movement.line_id,
        value_minor=movement.value_minor,
        reverses=movement.id,
        # What left in parts comes back in parts.
        generation=movement.generation + 1,
    )


def _rest(movements: Sequence[Movement], part: PartBack) -> list[Move]:
    left = sum(m.quantity.thousandths for m in movements) - part.quantity.thousandths
    value = sum(m.value_minor for m in movements) - part.cost_minor
    moves: list[Move] = []
    for movement in sorted(movements, key=lambda m: m.source != DISCREPANCY_ID):
        quantity = min(left, movement.quantity.thousandths)
        if not quantity:
            break
        # The last takes what is left of the value, so that all of it comes to what the sale cost.
        share = divide(movement.value_minor * quantity, movement.quantity.thousandths)
        worth = value if quantity == left else min(share, value)
        left, value = left - quantity, value - worth
        moves.append(
            Move(
                product_id=movement.product_id,
                source=movement.target,
                target=movement.source,
                quantity=Quantity(quantity),
                kind=MovementKind.SALE,
                line_id=movement.line_id,
                value_minor=worth,
                generation=movement.generation + 1,
            )
        )
    return moves
