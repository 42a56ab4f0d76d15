"""The moving average of a product, kept as quantity and value so that not a cent is lost."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.common.currencies import exponent
from app.domain.common.errors import InvalidValue
from app.domain.common.money import MICROS, UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.common.rounding import divide

# Far above any shop, and far below what a column holds.
MOST_THOUSANDTHS = 10**16
MOST_VALUE_MINOR = 10**17


class StockTooLarge(InvalidValue):
    """The books would hold more of a product than they can count."""

    code = "stock_too_large"
    title = "More stock than can be counted"


@dataclass(frozen=True, slots=True)
class Holding:
    """All that the shop owns of a product: how much, and what it is worth in minor units.

    No quantity means no value. The average is never stored: it is value / quantity.
    """

    quantity: Quantity
    value_minor: int

    @classmethod
    def at_cost(cls, cost: UnitPrice, *, currency: str) -> Holding:
        """Return a million units at this unit cost, which loses none of its places."""
        return cls(Quantity.of(MICROS), cost.micros * 10 ** exponent(currency))

    def share(self, quantity: Quantity) -> int:
        """Return the value of a quantity at the average; the whole takes the whole value.

        There must be something on hand.
        """
        return divide(self.value_minor * quantity.thousandths, self.quantity.thousandths)

    def plus(self, quantity: Quantity, value_minor: int) -> Holding:
        """Raises `StockTooLarge` beyond what the books can count."""
        more = Holding(self.quantity + quantity, self.value_minor + value_minor)
        if more.quantity.thousandths > MOST_THOUSANDTHS or more.value_minor > MOST_VALUE_MINOR:
            raise StockTooLarge
        return more

    def minus(self, quantity: Quantity, value_minor: int) -> Holding:
        left = Quantity(self.quantity.thousandths - quantity.thousandths)
        return Holding(left, self.value_minor - value_minor)


NOTHING = Holding(Quantity(0), 0)
