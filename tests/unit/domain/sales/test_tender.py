from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.money import Money
from app.domain.sales.tender import Tender, TenderKind, TenderMismatch, settle


def tender(kind: TenderKind, minor: int) -> Tender:
    return Tender(kind=kind, amount_minor=minor)


def change(total: int, *tenders: Tender) -> list[int]:
    return [each.change_minor for each in settle(tenders, total=Money(total, "EUR"))]


def test_exact_payment_gives_no_change() -> None:
    assert change(30_00, tender(TenderKind.CARD, 30_00)) == [0]


def test_change_comes_from_cash_whatever_else_was_handed_over() -> None:
    assert change(
        30_00,
        tender(TenderKind.CASH, 20_00),
        tender(TenderKind.VOUCHER, 15_00),
    ) == [5_00, 0]


def test_change_comes_from_the_last_cash_first() -> None:
    assert change(10_00, tender(TenderKind.CASH, 8_00), tender(TenderKind.CASH, 5_00)) == [0, 3_00]


def test_free_sale_needs_no_tender() -> None:
    assert change(0) == []


@pytest.mark.parametrize("kind", [TenderKind.CARD, TenderKind.VOUCHER, TenderKind.OTHER])
def test_only_cash_gives_change(kind: TenderKind) -> None:
    with pytest.raises(TenderMismatch, match=r"^20\.00 EUR too much"):
        change(30_00, tender(kind, 50_00))


def test_change_beyond_the_cash_is_refused() -> None:
    with pytest.raises(TenderMismatch, match=r"^5\.00 EUR too much"):
        change(30_00, tender(TenderKind.CARD, 35_00), tender(TenderKind.CASH, 5_00))


def test_too_little_says_how_much_is_missing() -> None:
    with pytest.raises(TenderMismatch, match=r"^0\.01 EUR missing") as refused:
        change(30_00, tender(TenderKind.CASH, 29_99))
    assert refused.value.extra == {
        "total": {"amount": "30.00", "currency": "EUR"},
        "difference": {"amount": "0.01", "currency": "EUR"},
    }
    assert [error.pointer for error in refused.value.errors] == ["/tenders"]


TENDERS = st.lists(
    st.builds(tender, st.sampled_from(TenderKind), st.integers(1, 10_000)), max_size=6
)


@given(TENDERS, st.integers(0, 20_000))
def test_what_is_kept_is_the_total_or_nothing_is_taken(tenders: list[Tender], total: int) -> None:
    paid = sum(each.amount_minor for each in tenders)
    cash = sum(each.amount_minor for each in tenders if each.kind is TenderKind.CASH)
    if not 0 <= paid - total <= cash:
        with pytest.raises(TenderMismatch):
            settle(tenders, total=Money(total, "EUR"))
        return

    settled = settle(tenders, total=Money(total, "EUR"))

    assert sum(each.kept_minor for each in settled) == total
    assert all(each.kept_minor >= 0 for each in settled)
    assert [(each.kind, each.amount_minor) for each in settled] == [
        (each.kind, each.amount_minor) for each in tenders
    ]
