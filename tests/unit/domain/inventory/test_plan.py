"""What a posting does, worked out: sums, shortages, shortfalls and values."""

from __future__ import annotations

from app.domain.common.identifiers import LineId, LocationId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import (
    ADJUSTMENT_ID,
    CUSTOMER_ID,
    DISCREPANCY_ID,
    MAIN_ID,
    SUPPLIER_ID,
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

TEA, RICE = ProductId(int=10), ProductId(int=11)
CELLAR = LocationId(int=100)


def move(
    product: ProductId,
    quantity: int,
    source: LocationId,
    target: LocationId,
    *,
    value: int | None = None,
    line: int = 1,
) -> Move:
    return Move(
        product_id=product,
        source=source,
        target=target,
        quantity=Quantity.of(quantity),
        kind=MovementKind.SALE,
        line_id=LineId(int=line),
        value_minor=value,
    )


class TestChanges:
    def test_are_summed_per_owned_place_in_the_global_order(self) -> None:
        moves = [
            move(RICE, 1, MAIN_ID, CUSTOMER_ID),
            move(TEA, 2, MAIN_ID, CUSTOMER_ID),
            move(TEA, 3, MAIN_ID, CELLAR),
            move(TEA, 7, DISCREPANCY_ID, CUSTOMER_ID),
        ]

        assert list(changes(moves).items()) == [
            ((TEA, MAIN_ID), -5000),
            ((TEA, CELLAR), 3000),
            ((RICE, MAIN_ID), -1000),
        ]

    def test_leave_out_what_does_not_change(self) -> None:
        moves = [move(TEA, 2, MAIN_ID, CUSTOMER_ID), move(TEA, 2, SUPPLIER_ID, MAIN_ID, value=0)]

        assert changes(moves) == {}


class TestShortages:
    def test_are_places_that_hold_less_than_is_taken(self) -> None:
        wanted = {(TEA, MAIN_ID): -5000, (RICE, MAIN_ID): -1000, (RICE, CELLAR): 9000}

        (short,) = shortages(
            wanted, {(TEA, MAIN_ID): Quantity.of(4), (RICE, MAIN_ID): Quantity(1000)}
        )

        assert (short.product_id, short.location_id) == (TEA, MAIN_ID)
        assert (short.requested, short.available) == (Quantity.of(5), Quantity.of(4))


class TestShortfall:
    def test_is_drawn_from_the_last_moves_on(self) -> None:
        moves = [
            move(TEA, 2, MAIN_ID, CUSTOMER_ID, line=1),
            move(RICE, 4, MAIN_ID, CUSTOMER_ID, line=2),
            move(TEA, 3, MAIN_ID, CUSTOMER_ID, line=3),
        ]
        short = shortages(
            changes(moves), {(TEA, MAIN_ID): Quantity.of(1), (RICE, MAIN_ID): Quantity.of(4)}
        )

        drawn = draw_shortfall(moves, short)

        assert [(m.line_id.int, m.source, m.quantity) for m in drawn] == [
            (1, MAIN_ID, Quantity.of(1)),
            (1, DISCREPANCY_ID, Quantity.of(1)),
            (2, MAIN_ID, Quantity.of(4)),
            (3, DISCREPANCY_ID, Quantity.of(3)),
        ]
        assert changes(drawn) == {(TEA, MAIN_ID): -1000, (RICE, MAIN_ID): -4000}


class TestValues:
    def test_without_anything_on_hand_the_last_cost_stands_in(self) -> None:
        moves = [move(TEA, 2, DISCREPANCY_ID, CUSTOMER_ID), move(RICE, 1, ADJUSTMENT_ID, MAIN_ID)]

        assert without_average(moves, {TEA: NOTHING}) == {TEA, RICE}
        valued, after = value_moves(
            moves,
            {TEA: NOTHING},
            last_costs={TEA: Holding.at_cost(UnitPrice.parse("0.333333"), currency="EUR")},
        )

        assert [one.value_minor for one in valued] == [67, 0]
        assert after == {TEA: NOTHING, RICE: Holding(Quantity.of(1), 0)}

    def test_what_is_drawn_has_the_average_of_before(self) -> None:
        moves = [
            move(TEA, 2, MAIN_ID, CUSTOMER_ID, line=1),
            move(TEA, 1, DISCREPANCY_ID, CUSTOMER_ID, line=1),
        ]

        valued, after = value_moves(moves, {TEA: Holding(Quantity.of(2), 300)}, last_costs={})

        assert [one.value_minor for one in valued] == [300, 150]
        assert after == {TEA: NOTHING}

    def test_between_places_of_the_shop_nothing_changes(self) -> None:
        holding = Holding(Quantity.of(3), 100)

        valued, after = value_moves([move(TEA, 2, MAIN_ID, CELLAR)], {TEA: holding}, last_costs={})

        assert valued[0].value_minor == 67
        assert after == {TEA: holding}
