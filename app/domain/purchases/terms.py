"""What goods cost: a price for a pack or a unit, and what the order's currency is worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from app.domain.common.currencies import exponent
from app.domain.common.decimals import decimal_text, scaled
from app.domain.common.errors import InvalidValue
from app.domain.common.money import MICROS, UnitPrice
from app.domain.common.quantity import THOUSAND, Quantity
from app.domain.common.rounding import divide

NANOS = 10**9
MAX_NANOS = 10**15
ONE = Quantity.of(1)


class Measure(StrEnum):
    """What a quantity counts and a cost is for: the supplier's packs, or the product's units."""

    PACK = "pack"
    UNIT = "unit"


@dataclass(frozen=True, slots=True, order=True)
class ExchangeRate:
    """How much of the shop's currency one of the order's is worth, in billionths."""

    nanos: int

    def __str__(self) -> str:
        return decimal_text(self.nanos, places=9, at_least=1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a decimal above 0 of at most nine places."""
        nanos = scaled(text, places=9, limit=MAX_NANOS, what="An exchange rate")
        if nanos <= 0:
            raise InvalidValue("An exchange rate is more than 0.")
        return cls(nanos)


PAR = ExchangeRate(NANOS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`price` is that of `per`, so much of the product in its unit: one, or what a pack holds."""

    price: UnitPrice
    per: Quantity

    def value(self, quantity: Quantity, currency: str, *, rate: ExchangeRate = PAR) -> int:
        """Return what so much of the product costs in minor units, rounded once."""
        exact = self.price.micros * quantity.thousandths * rate.nanos * 10 ** exponent(currency)
        return divide(exact, MICROS * NANOS * self.per.thousandths)


def in_units(amount: Quantity, *, per: Quantity) -> Quantity | None:
    """Return what so many packs or units hold; None where that is no whole thousandth."""
    whole, rest = divmod(amount.thousandths * per.thousandths, THOUSAND)
    return None if rest else Quantity(whole)
