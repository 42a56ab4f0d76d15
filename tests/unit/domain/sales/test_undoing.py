"""What is left to undo of a sale: money by means, goods by line, cost to the cent."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.identifiers import LineId, LocationId, MovementId, ProductId, SaleId
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import CUSTOMER_ID, DISCREPANCY_ID
from app.domain.inventory.movement import DocumentKind, Movement, MovementKind
from app.domain.returns.proration import NOTHING, Whole, take
from app.domain.sales.tender import Tender, TenderKind
from app.domain.sales.undoing import (
    GivenBack,
    PaidBack,
    PartBack,
    left_to_pay_back,
    moves_back,
    restores_discrepancy,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SHELF = LocationId(int=100)


def left(
    number: int, quantity: int, value: int, *, line: int = 1, source: LocationId = SHELF
) -> Movement:
    return Movement(
        id=MovementId(int=number),
        product_id=ProductId(int=line),
        source=source,
        target=CUSTOMER_ID,
        quantity=Quantity(quantity),
        kind=MovementKind.SALE,
        reason=None,
        value_minor=value,
        document_kind=DocumentKind.SALE,
        document_id=SaleId(int=1),
        line_id=LineId(int=line),
        generation=0,
        reverses=None,
        user_id=None,
        occurred_at=NOW,
        recorded_at=NOW,
    )


def back(quantity: int, cost: int, *, line: int = 1) -> GivenBack:
    return GivenBack(
        lines={LineId(int=line): PartBack(quantity=Quantity(quantity), cost_minor=cost)}
    )


def shown(out: list[Movement], given_back: GivenBack) -> list[tuple[LocationId, int, int, bool]]:
    return [
        (move.target, move.quantity.thousandths, move.value_minor or 0, move.reverses is not None)
        for move in moves_back(out, given_back)
    ]


def test_what_no_return_touched_is_reversed_to_the_letter() -> None:
    out = [left(1, 2000, 6_00), left(2, 3000, 9_01, source=DISCREPANCY_ID)]

    assert shown(out, GivenBack()) == [
        (SHELF, 2000, 6_00, True),
        (DISCREPANCY_ID, 3000, 9_01, True),
    ]


def test_of_a_line_that_came_back_in_part_the_rest_comes() -> None:
    out = [left(1, 3000, 10_00), left(2, 1000, 5_00, line=2)]

    assert shown(out, back(1000, 3_33)) == [(SHELF, 2000, 6_67, False), (SHELF, 1000, 5_00, True)]
    assert shown(out, back(3000, 10_00)) == [(SHELF, 1000, 5_00, True)]


def test_what_the_books_lacked_is_made_good_first() -> None:
    out = [left(1, 2000, 6_00), left(2, 3000, 9_00, source=DISCREPANCY_ID)]

    assert shown(out, back(1000, 3_00)) == [
        (DISCREPANCY_ID, 3000, 9_00, False),
        (SHELF, 1000, 3_00, False),
    ]
    assert shown(out, back(4000, 12_00)) == [(DISCREPANCY_ID, 1000, 3_00, False)]
    assert restores_discrepancy(out, moves_back(out, back(1000, 3_00)))
    assert not restores_discrepancy(out, moves_back(out, back(4000, 12_00)))


def test_by_each_means_goes_back_what_did_not() -> None:
    tenders = [
        Tender(kind=TenderKind.CASH, amount_minor=10_00, change_minor=2_00),
        Tender(kind=TenderKind.CARD, amount_minor=5_00),
        Tender(kind=TenderKind.CASH, amount_minor=1_00),
    ]

    assert left_to_pay_back(tenders, {TenderKind.CASH: 4_00, TenderKind.CARD: 5_00}) == (
        PaidBack(kind=TenderKind.CASH, amount_minor=5_00),
    )
    assert left_to_pay_back(tenders, {}) == (
        PaidBack(kind=TenderKind.CASH, amount_minor=9_00),
        PaidBack(kind=TenderKind.CARD, amount_minor=5_00),
    )


@given(
    st.lists(
        st.tuples(st.integers(1, 9000), st.integers(0, 10**6), st.booleans()),
        min_size=1,
        max_size=3,
    ),
    st.data(),
)
def test_returns_and_void_come_to_the_sale(
    sold: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    out = [
        left(number, quantity, value, source=DISCREPANCY_ID if drawn else SHELF)
        for number, (quantity, value, drawn) in enumerate(sold, start=1)
    ]
    quantity, cost = sum(q for q, _, _ in sold), sum(v for _, v, _ in sold)
    returned = data.draw(st.integers(1, quantity))
    whole = Whole(quantity=Quantity(quantity), net_minor=0, tax_minor=0, cost_minor=cost)
    part = take(whole, NOTHING, Quantity(returned), refund_minor=0)

    moves = moves_back(out, back(returned, part.cost_minor or 0))

    assert sum(move.quantity.thousandths for move in moves) == quantity - returned
    values = [move.value_minor or 0 for move in moves]
    assert all(value >= 0 for value in values)
    if moves:
        assert sum(values) == cost - (part.cost_minor or 0)
