from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.rounding import allot, divide

numbers = st.integers(-(10**20), 10**20)


class TestDivide:
    @given(numbers, st.integers(1, 10**12))
    def test_it_is_the_nearest_integer_and_half_goes_away_from_zero(
        self, numerator: int, denominator: int
    ) -> None:
        result = divide(numerator, denominator)
        difference = abs(Fraction(numerator, denominator) - result)

        assert difference <= Fraction(1, 2)
        if difference == Fraction(1, 2):
            assert abs(result) > abs(Fraction(numerator, denominator))

    @given(numbers, st.integers(1, 10**12))
    def test_a_negative_rounds_like_its_positive(self, numerator: int, denominator: int) -> None:
        assert divide(-numerator, denominator) == -divide(numerator, denominator)


class TestAllot:
    @given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**12), min_size=1))
    def test_the_parts_sum_to_the_whole(self, total: int, weights: list[int]) -> None:
        assert sum(allot(total, weights)) == total

    @given(st.integers(0, 10**15), st.lists(st.integers(0, 10**12), min_size=1))
    def test_no_part_is_a_unit_off_its_exact_share(self, total: int, weights: list[int]) -> None:
        if sum(weights) == 0:
            return
        for part, weight in zip(allot(total, weights), weights, strict=True):
            assert abs(part - Fraction(total * weight, sum(weights))) < 1

    def test_what_is_left_over_goes_to_who_lost_most_and_ties_in_order(self) -> None:
        assert allot(100, [1, 1, 1]) == [34, 33, 33]
        assert allot(10, [1, 2, 3, 0]) == [2, 3, 5, 0]
        assert allot(-100, [1, 1, 1]) == [-34, -33, -33]

    def test_without_weights_the_first_takes_everything(self) -> None:
        assert allot(7, [0, 0]) == [7, 0]
        assert allot(7, []) == []
