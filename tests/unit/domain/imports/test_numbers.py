from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.imports.errors import AmbiguousDecimal
from app.domain.imports.faults import CellRefused
from app.domain.imports.numbers import DecimalMark, Figures, price_reader, quantity_reader

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA


def decided(*cells: str, point_by_default: bool = False) -> DecimalMark:
    figures = Figures()
    figures.add(cells)
    return figures.decide(point_by_default=point_by_default)


@pytest.mark.case("IMP-11")
@pytest.mark.parametrize(
    ("mark", "text", "micros"),
    [
        (COMMA, "4,20", 4_200_000),
        (COMMA, "1.234,56", 1_234_560_000),
        (COMMA, "1 234,56", 1_234_560_000),
        (COMMA, "1\u202f234,56", 1_234_560_000),
        (POINT, "1,234.56", 1_234_560_000),
        (POINT, "1'234.56", 1_234_560_000),
        (POINT, "1,234,567", 1_234_567_000_000),
        (POINT, ".5", 500_000),
        (POINT, "0", 0),
        (POINT, "12.50000000", 12_500_000),
        (POINT, "0.000001", 1),
        (POINT, "1000000000", 10**15),
    ],
)
def test_a_price_is_read_by_the_mark_alone(mark: DecimalMark, text: str, micros: int) -> None:
    assert price_reader(mark, currency="EUR")(text) == micros


@pytest.mark.case("IMP-11")
@pytest.mark.parametrize(
    ("mark", "text", "reason"),
    [
        (COMMA, "19.99", "invalid_decimal"),
        (POINT, "4,20", "invalid_decimal"),
        (POINT, "1,23,45", "invalid_decimal"),
        (POINT, "1,234 567", "invalid_decimal"),
        (POINT, "1e5", "invalid_decimal"),
        (POINT, "abc", "invalid_decimal"),
        (POINT, "--5", "invalid_decimal"),
        (POINT, ".", "invalid_decimal"),
        (POINT, "12.", "invalid_decimal"),
        (POINT, "1.2.3", "invalid_decimal"),
        (POINT, "NaN", "invalid_decimal"),
        (POINT, "٣", "invalid_decimal"),
        (POINT, "(5.00)", "invalid_decimal"),
        (POINT, "-0.01", "negative"),
        (POINT, "0.0000001", "too_many_places"),
        (POINT, "1000000000.01", "too_large"),
        (POINT, "9" * 400, "too_large"),
    ],
)
def test_a_price_that_is_not_plain_is_refused(mark: DecimalMark, text: str, reason: str) -> None:
    with pytest.raises(CellRefused) as refusal:
        price_reader(mark, currency="EUR")(text)
    assert refusal.value.reason == reason


@pytest.mark.case("IMP-13")
@pytest.mark.parametrize("text", ["€ 12.50", "12.50 EUR", "12.50€", "EUR12.50", "eur 12.50"])
def test_the_sign_of_the_shop_s_currency_is_taken_off(text: str) -> None:
    assert price_reader(POINT, currency="EUR")(text) == 12_500_000


@pytest.mark.case("IMP-13")
@pytest.mark.parametrize("text", ["USD12.50", "$12.50", "12.50 £", "1200 JPY"])
def test_a_price_in_another_currency_is_refused(text: str) -> None:
    with pytest.raises(CellRefused) as refusal:
        price_reader(POINT, currency="EUR")(text)
    assert refusal.value.reason == "other_currency"


@pytest.mark.case("IMP-11")
@pytest.mark.parametrize(
    ("mark", "text", "micros"),
    [
        (POINT, "₹12,34,567.50", 1_234_567_500_000),
        (POINT, "1,23,456", 123_456_000_000),
        (COMMA, "1’234,50", 1_234_500_000),
        (POINT, "+5", 5_000_000),
        (POINT, "+ 5.5", 5_500_000),
    ],
)
def test_figures_of_other_countries(mark: DecimalMark, text: str, micros: int) -> None:
    assert price_reader(mark, currency="INR")(text) == micros


@pytest.mark.parametrize("text", ["-3", "−3", "- 3"])
def test_a_minus_may_be_typographic(text: str) -> None:
    assert quantity_reader(POINT)(text) == -3_000


@pytest.mark.parametrize("text", ["+-3", "--3", "1,2,345", "12,34", "3-", "(3)"])
def test_signs_that_are_no_figure_are_refused(text: str) -> None:
    with pytest.raises(CellRefused):
        quantity_reader(POINT)(text)


def test_a_sign_that_is_no_currency_is_refused() -> None:
    with pytest.raises(CellRefused) as refusal:
        price_reader(POINT, currency="EUR")("12.50 pcs")
    assert refusal.value.reason == "invalid_decimal"


def test_a_whole_price_in_yen_keeps_its_size() -> None:
    assert price_reader(POINT, currency="JPY")("¥1,200") == 1_200_000_000


def test_quantities_may_be_negative_and_have_no_sign_of_a_currency() -> None:
    read = quantity_reader(POINT)
    assert (read("12"), read("-3"), read("1.500"), read("10.0000")) == (
        12_000,
        -3_000,
        1_500,
        10_000,
    )
    for text, reason in (("0.0001", "too_many_places"), ("€5", "invalid_decimal")):
        with pytest.raises(CellRefused) as refusal:
            read(text)
        assert refusal.value.reason == reason


@pytest.mark.case("IMP-11")
def test_the_mark_is_what_the_figures_of_the_file_tell() -> None:
    assert decided("18.00", "2.5") is POINT
    assert decided("4,20", "7") is COMMA
    assert decided("1.234,56", "1,234") is COMMA
    assert decided("1,234.56", "1.234") is POINT
    assert decided("18.00", "1,234") is POINT
    assert decided("18.00", "1.234") is POINT
    assert decided("4,20", "1.234") is COMMA
    assert decided("1.234.567") is COMMA
    assert decided("0,125") is COMMA
    assert decided("12", "") is POINT
    assert decided("€ 4,20") is COMMA
    assert decided("1.234", point_by_default=True) is POINT


@pytest.mark.case("IMP-11")
@pytest.mark.parametrize(
    "cells", [("1,234",), ("1.234",), ("4,20", "1,234"), ("4,20", "19.99"), ("1,234.5", "1.234,5")]
)
def test_figures_that_can_be_read_in_two_ways_are_not_guessed(cells: tuple[str, ...]) -> None:
    with pytest.raises(AmbiguousDecimal) as doubt:
        decided(*cells)
    examples = doubt.value.extra["examples"]
    assert sorted(examples) == sorted(cells)  # type: ignore[call-overload]


@given(st.integers(0, 10**15), st.sampled_from(DecimalMark), st.booleans())
def test_every_price_is_read_as_it_is_written(
    micros: int, mark: DecimalMark, grouped: bool
) -> None:
    whole, places = divmod(micros, 10**6)
    left = f"{whole:,}".replace(",", mark.other) if grouped else str(whole)
    assert price_reader(mark, currency="EUR")(f"{left}{mark}{places:06d}") == micros
