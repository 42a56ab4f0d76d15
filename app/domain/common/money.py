"""Money in integer minor units, and unit prices with six decimal places. Never a float."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from app.domain.common.currencies import exponent
from app.domain.common.decimals import decimal_text, scaled
from app.domain.common.errors import InvalidValue
from app.domain.common.quantity import THOUSAND, Quantity
from app.domain.common.rounding import divide

MICROS = 10**6
MAX_MINOR = 10**15
MAX_MICROS = 10**15


class CurrencyMismatch(InvalidValue):
    """Two currencies met where only one can be."""

    code = "currency_mismatch"
    title = "Currencies differ"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents, or whole yen) of one currency."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be combined.")
        return other.minor

    @property
    def amount(self) -> str:
        """The decimal text with the places of the currency: `12.50`, `1200` for yen."""
        places = exponent(self.currency)
        return decimal_text(self.minor, places=places, at_least=places)

    @classmethod
    def parse(cls, amount: str, currency: str) -> Self:
        """Read a decimal with no more places than the currency has."""
        places = exponent(currency)
        return cls(scaled(amount, places=places, limit=MAX_MINOR, what="An amount"), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @staticmethod
    def sum(parts: Iterable[Money], currency: str) -> Money:
        """Add any number of amounts; the sum of none is zero of the given currency."""
        total = Money(0, currency)
        for part in parts:
            total += part
        return total


@dataclass(frozen=True, slots=True, order=True)
class UnitPrice:
    """Price or cost of one unit in millionths; its currency is the shop's or the document's."""

    micros: int

    @property
    def amount(self) -> str:
        """The decimal text with two to six places."""
        return decimal_text(self.micros, places=6, at_least=2)

    @classmethod
    def parse(cls, amount: str) -> Self:
        """Read a decimal of at most six places that is not negative."""
        micros = scaled(amount, places=6, limit=MAX_MICROS, what="A price")
        if micros < 0:
            raise InvalidValue("A price is not negative.")
        return cls(micros)

    def times(self, quantity: Quantity, currency: str) -> Money:
        """Return the price of a quantity, rounded once to the minor unit."""
        product = self.micros * quantity.thousandths * 10 ** exponent(currency)
        return Money(divide(product, MICROS * THOUSAND), currency)

    @classmethod
    def derived(cls, value: Money, quantity: Quantity) -> Self:
        """Return the price per unit of a whole value, rounded to six places; 0 for no quantity."""
        if not quantity.thousandths:
            return cls(0)
        numerator = value.minor * MICROS * THOUSAND
        return cls(divide(numerator, quantity.thousandths * 10 ** exponent(value.currency)))
