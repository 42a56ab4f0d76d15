"""Whatever is sold: parts sum to the whole, nothing is negative, no cent is lost."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.sales.discount import AmountOff, Discount, PercentOff
from app.domain.sales.pricing import LineTerms, SaleAmounts, price

WHOLE = 1_000_000
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
PERCENTAGES = st.one_of(st.sampled_from([0, WHOLE // 3, WHOLE]), st.integers(0, WHOLE))
LINES = st.lists(
    st.builds(
        LineTerms,
        unit_price=st.builds(UnitPrice, st.integers(0, 5_000_000_000)),
        quantity=st.builds(Quantity, st.integers(1, 500_000)),
        tax_rate_ppm=st.sampled_from([0, 55_000, 70_000, 190_000, 220_000, WHOLE]),
        discount=st.one_of(st.none(), st.builds(PercentOff, PERCENTAGES)),
    ),
    min_size=1,
    max_size=12,
)


def amounts_of(
    lines: list[LineTerms], *, currency: str, included: bool, discount: Discount | None = None
) -> SaleAmounts:
    return price(lines, currency=currency, prices_include_tax=included, discount=discount)


def rest_of(amounts: SaleAmounts) -> list[int]:
    return [line.full_minor - line.discount_minor for line in amounts.lines]


@given(LINES, CURRENCIES, st.booleans(), st.one_of(st.none(), st.builds(PercentOff, PERCENTAGES)))
def test_parts_sum_to_the_whole_and_nothing_is_negative(
    lines: list[LineTerms], currency: str, included: bool, discount: PercentOff | None
) -> None:
    amounts = amounts_of(lines, currency=currency, included=included, discount=discount)

    for line in amounts.lines:
        assert line.net_minor + line.tax_minor == line.total_minor
        paid = line.total_minor if included else line.net_minor
        assert line.full_minor - line.discount_minor - line.allotted_minor == paid
        parts = (line.discount_minor, line.allotted_minor, line.net_minor, line.tax_minor)
        assert min(parts) >= 0
    totals = amounts.totals
    assert totals.net_minor + totals.tax_minor == totals.total_minor
    assert totals.total_minor == sum(line.total_minor for line in amounts.lines)
    full = sum(line.full_minor for line in amounts.lines)
    assert totals.discount_minor == full - (totals.total_minor if included else totals.net_minor)


@given(LINES, st.booleans(), st.data())
def test_amount_off_the_document_is_allotted_exactly(
    lines: list[LineTerms], included: bool, data: st.DataObject
) -> None:
    rests = rest_of(amounts_of(lines, currency="EUR", included=included))
    off = data.draw(st.integers(0, sum(rests)))

    amounts = amounts_of(lines, currency="EUR", included=included, discount=AmountOff(off))

    assert sum(line.allotted_minor for line in amounts.lines) == off
    assert all(
        0 <= line.allotted_minor <= rest for line, rest in zip(amounts.lines, rests, strict=True)
    )


@given(LINES, st.booleans())
def test_hundred_percent_leaves_nothing(lines: list[LineTerms], included: bool) -> None:
    amounts = amounts_of(lines, currency="EUR", included=included, discount=PercentOff(WHOLE))

    assert amounts.totals.total_minor == amounts.totals.tax_minor == 0


@given(LINES, st.booleans())
def test_each_figure_is_within_half_a_cent_of_the_exact_one(
    lines: list[LineTerms], included: bool
) -> None:
    amounts = amounts_of(lines, currency="EUR", included=included)

    for terms, line in zip(lines, amounts.lines, strict=True):
        off = terms.discount.ppm if isinstance(terms.discount, PercentOff) else 0
        exact = Fraction(terms.unit_price.micros * terms.quantity.thousandths, 10**7)
        exact *= Fraction(WHOLE - off, WHOLE)
        rounded = line.total_minor if included else line.net_minor
        assert abs(exact - rounded) <= Fraction(1, 2)
        tax = Fraction(terms.tax_rate_ppm, WHOLE)
        exact_tax = rounded * tax / (1 + tax) if included else rounded * tax
        assert abs(exact_tax - line.tax_minor) <= Fraction(1, 2)


@given(LINES, st.integers(1, WHOLE - 1))
def test_more_discount_never_costs_more(lines: list[LineTerms], ppm: int) -> None:
    assume(any(line.unit_price.micros for line in lines))

    less = amounts_of(lines, currency="EUR", included=True, discount=PercentOff(ppm))
    more = amounts_of(lines, currency="EUR", included=True, discount=PercentOff(ppm + 1))

    assert more.totals.total_minor <= less.totals.total_minor
