"""Whatever moves, no value is made or lost: the moving average to the minor unit."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.identifiers import LineId, LocationId, ProductId
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import (
    ADJUSTMENT_ID,
    CUSTOMER_ID,
    MAIN_ID,
    SUPPLIER_ID,
    is_owned,
)
from app.domain.inventory.movement import Move, MovementKind
from app.domain.inventory.plan import (
    changes,
    draw_shortfall,
    shortages,
    value_moves,
    without_average,
)
from app.domain.inventory.valuation import NOTHING, Holding

PRODUCTS = (ProductId(int=10), ProductId(int=11))
CELLAR = LocationId(int=100)
OWNED = (MAIN_ID, CELLAR)

quantities = st.integers(1, 5000).map(Quantity)
values = st.integers(0, 10**7)


@dataclass(frozen=True)
class Step:
    moves: tuple[Move, ...]
    oversell: bool


def _move(product: ProductId, source: LocationId, target: LocationId, **more: object) -> Move:
    return Move(
        product_id=product,
        source=source,
        target=target,
        kind=MovementKind.ADJUSTMENT,
        line_id=LineId(int=1),
        **more,  # type: ignore[arg-type]
    )


receipts = st.builds(
    lambda product, to, quantity, value: _move(
        product, SUPPLIER_ID, to, quantity=quantity, value_minor=value
    ),
    st.sampled_from(PRODUCTS),
    st.sampled_from(OWNED),
    quantities,
    values,
)
finds = st.builds(
    lambda product, to, quantity: _move(product, ADJUSTMENT_ID, to, quantity=quantity),
    st.sampled_from(PRODUCTS),
    st.sampled_from(OWNED),
    quantities,
)
issues = st.builds(
    lambda product, of, quantity: _move(product, of, CUSTOMER_ID, quantity=quantity),
    st.sampled_from(PRODUCTS),
    st.sampled_from(OWNED),
    quantities,
)
transfers = st.builds(
    lambda product, quantity: _move(product, MAIN_ID, CELLAR, quantity=quantity),
    st.sampled_from(PRODUCTS),
    quantities,
)
steps = st.builds(
    Step,
    st.lists(st.one_of(receipts, finds, issues, transfers), min_size=1, max_size=6).map(tuple),
    st.booleans(),
)


@given(st.lists(steps, max_size=12))
def test_value_is_conserved_and_nothing_is_worth_nothing(course: list[Step]) -> None:
    on_hand: dict[tuple[ProductId, LocationId], Quantity] = {}
    holdings: dict[ProductId, Holding] = {}
    flowed = dict.fromkeys(PRODUCTS, 0)

    for step in course:
        moves = list(step.moves)
        short = shortages(changes(moves), on_hand)
        if short and not step.oversell:
            continue
        moves = draw_shortfall(moves, short)
        assert shortages(changes(moves), on_hand) == []
        assert all(move.quantity for move in moves)
        for place, change in changes(moves).items():
            on_hand[place] = Quantity(on_hand.get(place, Quantity(0)).thousandths + change)

        assert without_average(moves, holdings) <= set(PRODUCTS)
        valued, holdings = value_moves(moves, holdings, last_costs={})

        for one in valued:
            assert one.value_minor >= 0
            into, out_of = is_owned(one.move.target), is_owned(one.move.source)
            flowed[one.move.product_id] += one.value_minor * (into - out_of)
        for product in PRODUCTS:
            holding = holdings.get(product, NOTHING)
            held = sum(q.thousandths for place, q in on_hand.items() if place[0] == product)
            assert holding.quantity.thousandths == held
            assert holding.value_minor == flowed[product] >= 0
            assert holding.quantity or holding.value_minor == 0


@given(quantities, values, st.lists(quantities, max_size=20))
def test_issues_of_the_whole_sum_to_the_whole(
    quantity: Quantity, value: int, parts: list[Quantity]
) -> None:
    holding, taken = Holding(quantity, value), 0
    for part in parts:
        if part < holding.quantity:
            share = holding.share(part)
            assert 0 <= share <= holding.value_minor
            holding, taken = holding.minus(part, share), taken + share

    rest = holding.share(holding.quantity)

    assert taken + rest == value
    assert holding.minus(holding.quantity, rest) == NOTHING
