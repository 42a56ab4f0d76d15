"""What a posting does to stock and value: worked out in full before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.common.errors import InvalidValue
from app.domain.common.identifiers import LocationId, ProductId
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import DISCREPANCY_ID, TRANSIT_ID, is_owned
from app.domain.inventory.movement import DocumentKind, Move, Posting
from app.domain.inventory.stock import Shortage
from app.domain.inventory.valuation import NOTHING, Holding

Place = tuple[ProductId, LocationId]


class InvalidMove(InvalidValue):
    """A move that no document may ask for."""

    code = "invalid_move"
    title = "Such a move is not possible"


@dataclass(frozen=True, slots=True)
class Valued:
    """A move with the value that travels with it."""

    move: Move
    value_minor: int


def check_moves(moves: Iterable[Move]) -> None:
    """Refuse moves of nothing, to where they come from, or out at a value of their own."""
    for move in moves:
        if not move.quantity:
            raise InvalidMove("A move has a quantity.")
        if move.source == move.target:
            raise InvalidMove("A move leads to another location.")
        if move.value_minor is not None and (is_owned(move.source) or move.value_minor < 0):
            raise InvalidMove("Goods leave at the moving average, and no value is negative.")


def check_transit(posting: Posting) -> None:
    """Refuse goods in transit that no transfer sent there, or takes from there."""
    if posting.document_kind is not DocumentKind.TRANSFER and any(
        TRANSIT_ID in (move.source, move.target) for move in posting.moves
    ):
        raise InvalidMove("Goods come into transit, and leave it, by transfers alone.")


def changes(moves: Iterable[Move]) -> dict[Place, int]:
    """Return by how many thousandths each owned place changes, all its moves taken together."""
    totals: dict[Place, int] = defaultdict(int)
    for move in moves:
        if is_owned(move.source):
            totals[move.product_id, move.source] -= move.quantity.thousandths
        if is_owned(move.target):
            totals[move.product_id, move.target] += move.quantity.thousandths
    return {place: total for place, total in sorted(totals.items()) if total}


def shortages(wanted: Mapping[Place, int], on_hand: Mapping[Place, Quantity]) -> list[Shortage]:
    """Return the places that do not hold what is taken from them."""
    return [
        Shortage(
            product_id=place[0],
            location_id=place[1],
            requested=Quantity(-change),
            available=on_hand.get(place, Quantity(0)),
        )
        for place, change in wanted.items()
        if change < 0 and on_hand.get(place, Quantity(0)).thousandths + change < 0
    ]


def draw_shortfall(moves: Sequence[Move], short: Sequence[Shortage]) -> list[Move]:
    """Let what a place lacks come from the discrepancy location instead, from the last moves on."""
    missing = {
        (s.product_id, s.location_id): s.requested.thousandths - s.available.thousandths
        for s in short
    }
    drawn: list[Move] = []
    for move in reversed(moves):
        lacking = min(missing.get((move.product_id, move.source), 0), move.quantity.thousandths)
        if lacking:
            missing[move.product_id, move.source] -= lacking
            drawn.append(replace(move, source=DISCREPANCY_ID, quantity=Quantity(lacking)))
        held = move.quantity.thousandths - lacking
        if held:
            drawn.append(replace(move, quantity=Quantity(held)))
    return drawn[::-1]


def without_average(moves: Iterable[Move], holdings: Mapping[ProductId, Holding]) -> set[ProductId]:
    """Return the products that move at an average although nothing on hand gives one."""
    return {
        move.product_id
        for move in moves
        if move.value_minor is None and not holdings.get(move.product_id, NOTHING).quantity
    }


def value_moves(
    moves: Sequence[Move],
    holdings: Mapping[ProductId, Holding],
    *,
    last_costs: Mapping[ProductId, Holding],
) -> tuple[list[Valued], dict[ProductId, Holding]]:
    """Give each move its value and return the holdings after all of them.

    What comes in counts first, so that goods passing through in one document never leave before
    they arrived. `last_costs` stands in for the average of products of which nothing is on hand.
    """
    after = dict(holdings)
    values: dict[int, int] = {}
    for index, move in enumerate(moves):
        if is_owned(move.target) and not is_owned(move.source):
            holding = after.get(move.product_id, NOTHING)
            value = _incoming(move, holding, last_costs)
            after[move.product_id] = holding.plus(move.quantity, value)
            values[index] = value
    arrived = dict(after)
    for index, move in enumerate(moves):
        if index in values:
            continue
        holding = after.get(move.product_id, NOTHING)
        if is_owned(move.source) and not is_owned(move.target):
            values[index] = holding.share(move.quantity)
            after[move.product_id] = holding.minus(move.quantity, values[index])
        else:
            values[index] = _incoming(move, arrived.get(move.product_id, NOTHING), last_costs)
    return [Valued(move, values[index]) for index, move in enumerate(moves)], after


def _incoming(move: Move, holding: Holding, last_costs: Mapping[ProductId, Holding]) -> int:
    if move.value_minor is not None:
        return move.value_minor
    basis = holding if holding.quantity else last_costs.get(move.product_id, NOTHING)
    return basis.share(move.quantity) if basis.quantity else 0
