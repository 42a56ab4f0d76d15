from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.money import Money
from app.domain.returns.refund import (
    Refund,
    RefundMismatch,
    RefundTooLarge,
    ceilings,
    check_refunds,
    spread,
)
from app.domain.sales.tender import Tender, TenderKind

CASH, CARD, VOUCHER = TenderKind.CASH, TenderKind.CARD, TenderKind.VOUCHER


def paid(kind: TenderKind, minor: int, change: int = 0) -> Tender:
    return Tender(kind=kind, amount_minor=minor, change_minor=change)


def refund(kind: TenderKind, minor: int) -> Refund:
    return Refund(kind=kind, amount_minor=minor)


def test_ceiling_is_what_was_kept_less_what_was_refunded_in_the_order_paid() -> None:
    tenders = [paid(VOUCHER, 5_00), paid(CASH, 20_00, 7_00), paid(CARD, 3_00), paid(VOUCHER, 1_00)]

    left = ceilings(tenders, {CASH: 4_00, CARD: 3_00})

    assert list(left.items()) == [(VOUCHER, 6_00), (CASH, 9_00), (CARD, 0)]


def test_nothing_is_spread_over_what_has_nothing_left() -> None:
    assert spread(5_00, {VOUCHER: 0, CARD: 3_00, CASH: 9_00}) == (
        refund(CARD, 3_00),
        refund(CASH, 2_00),
    )
    assert spread(0, {CASH: 9_00}) == ()


@given(
    st.lists(st.tuples(st.sampled_from(TenderKind), st.integers(1, 1000)), max_size=6), st.data()
)
def test_spreading_bit_by_bit_gives_back_what_each_means_brought(
    given_: list[tuple[TenderKind, int]], data: st.DataObject
) -> None:
    tenders = [paid(kind, minor) for kind, minor in given_]
    left = sum(tender.kept_minor for tender in tenders)
    refunded: dict[TenderKind, int] = {}
    while left:
        total = data.draw(st.integers(1, left))
        ceiling = ceilings(tenders, refunded)
        refunds = spread(total, ceiling)
        check_refunds(refunds, total=Money(total, "EUR"), ceiling=ceiling)
        for one in refunds:
            refunded[one.kind] = refunded.get(one.kind, 0) + one.amount_minor
        left -= total

    assert refunded == ceilings(tenders, {})


def test_refunds_by_one_means_count_together() -> None:
    refunds = [refund(CARD, 2_00), refund(CARD, 1_01)]

    with pytest.raises(RefundTooLarge) as refused:
        check_refunds(refunds, total=Money(3_01, "EUR"), ceiling={CARD: 3_00, CASH: 8_00})

    assert [error.pointer for error in refused.value.errors] == ["/refunds/1/amount"]
    assert refused.value.extra == {
        "maximum_refundable": [
            {"kind": "card", "amount": "3.00", "currency": "EUR"},
            {"kind": "cash", "amount": "8.00", "currency": "EUR"},
        ]
    }


def test_any_means_will_do_where_no_sale_knows_a_ceiling() -> None:
    check_refunds([refund(VOUCHER, 3_00)], total=Money(3_00, "EUR"), ceiling=None)


@pytest.mark.parametrize("minor", [2_99, 3_01])
def test_refunds_sum_to_the_total(minor: int) -> None:
    with pytest.raises(RefundMismatch) as refused:
        check_refunds([refund(CASH, minor)], total=Money(3_00, "EUR"), ceiling={CASH: 9_00})

    assert refused.value.extra["total"] == {"amount": "3.00", "currency": "EUR"}
    assert refused.value.extra["difference"] == {
        "amount": "0.01" if minor < 3_00 else "-0.01",
        "currency": "EUR",
    }
