from __future__ import annotations

import babel.numbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.currencies import EXPONENTS, UnknownCurrency, exponent
from app.domain.common.errors import InvalidValue
from app.domain.common.money import CurrencyMismatch, Money, UnitPrice
from app.domain.common.quantity import Quantity

currencies = st.sampled_from(sorted(EXPONENTS))
amounts = st.integers(-(10**15), 10**15)


class TestMoney:
    @given(amounts, currencies)
    def test_its_text_reads_back_as_the_same_amount(self, minor: int, currency: str) -> None:
        money = Money(minor, currency)

        assert Money.parse(money.amount, currency) == money

    @pytest.mark.parametrize(
        ("minor", "currency", "text"),
        [(1250, "EUR", "12.50"), (-5, "USD", "-0.05"), (1200, "JPY", "1200"), (7, "KWD", "0.007")],
    )
    def test_it_prints_the_places_of_its_currency(
        self, minor: int, currency: str, text: str
    ) -> None:
        assert Money(minor, currency).amount == text

    @pytest.mark.parametrize(
        ("text", "currency"),
        [
            *(("1.234", "EUR"), ("1.5", "JPY"), ("1e3", "EUR"), ("1,50", "EUR"), ("", "EUR")),
            *(("NaN", "EUR"), (" 1", "EUR"), ("٣", "EUR"), ("+1", "EUR"), ("1.", "EUR")),
            ("10000000000000.01", "EUR"),
        ],
    )
    def test_it_refuses_what_it_cannot_hold_exactly(self, text: str, currency: str) -> None:
        with pytest.raises(InvalidValue):
            Money.parse(text, currency)

    def test_two_currencies_never_mix(self) -> None:
        euro, dollar = Money(1, "EUR"), Money(1, "USD")

        for combine in (
            lambda: euro + dollar,
            lambda: euro - dollar,
            lambda: euro < dollar,
            lambda: euro <= dollar,
            lambda: Money.sum([euro, dollar], "EUR"),
        ):
            with pytest.raises(CurrencyMismatch):
                combine()

    @given(st.lists(amounts), currencies)
    def test_a_sum_is_the_sum_of_its_parts(self, minors: list[int], currency: str) -> None:
        total = Money.sum((Money(minor, currency) for minor in minors), currency)

        assert total == Money(sum(minors), currency)


class TestUnitPrice:
    @given(st.integers(0, 10**15))
    def test_its_text_reads_back_as_the_same_price(self, micros: int) -> None:
        assert UnitPrice.parse(UnitPrice(micros).amount) == UnitPrice(micros)

    @pytest.mark.parametrize(
        ("micros", "text"), [(12_500_000, "12.50"), (1, "0.000001"), (12_345_600, "12.3456")]
    )
    def test_it_prints_two_to_six_places(self, micros: int, text: str) -> None:
        assert UnitPrice(micros).amount == text

    @pytest.mark.parametrize("text", ["-1", "0.0000001", "1000000000.000001", "1e2"])
    def test_it_refuses(self, text: str) -> None:
        with pytest.raises(InvalidValue):
            UnitPrice.parse(text)

    @pytest.mark.parametrize(
        ("price", "quantity", "currency", "minor"),
        [
            ("0.125", "1", "EUR", 13),
            ("0.124999", "1", "EUR", 12),
            ("0.333333", "3", "EUR", 100),
            ("19.99", "0.333", "EUR", 666),
            ("0.5", "1", "JPY", 1),
            ("1.2345", "2", "KWD", 2469),
        ],
    )
    def test_a_line_is_rounded_once_half_away_from_zero(
        self, price: str, quantity: str, currency: str, minor: int
    ) -> None:
        product = UnitPrice.parse(price).times(Quantity.parse(quantity), currency)

        assert product == Money(minor, currency)

    def test_a_derived_price_of_nothing_is_zero(self) -> None:
        assert UnitPrice.derived(Money(100, "EUR"), Quantity(0)) == UnitPrice(0)

    def test_a_derived_price_has_six_places(self) -> None:
        assert UnitPrice.derived(Money(1000, "EUR"), Quantity.of(3)) == UnitPrice(3_333_333)


class TestCurrencies:
    def test_places_agree_with_the_unicode_tables(self) -> None:
        """CLDR tells what is in use: no small coins any more in the countries named here."""
        no_coins = "AFN ALL IQD IRR KPW LAK LBP MGA MMK RSD SOS SYP YER"

        differing = {
            code
            for code, places in EXPONENTS.items()
            if babel.numbers.get_currency_precision(code) != places
        }

        assert differing == set(no_coins.split())

    def test_an_unknown_code_is_refused(self) -> None:
        for code in ("EURO", "eur", "XXX", ""):  # XXX: ISO 4217 for "no currency"
            with pytest.raises(UnknownCurrency):
                exponent(code)
