"""Discounts: a percentage or an amount, never beyond what they are taken off."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.common.errors import InvalidValue

_WHOLE_PPM = 1_000_000


class DiscountTooLarge(InvalidValue):
    """A discount is more than the line or the sale that it is taken off."""

    code = "discount_too_large"
    title = "The discount is too large"


@dataclass(frozen=True, slots=True)
class PercentOff:
    """A percentage in parts per million: 4 % is 40,000; 100 % leaves nothing to pay."""

    ppm: int

    def __post_init__(self) -> None:
        if not 0 <= self.ppm <= _WHOLE_PPM:
            raise InvalidValue("A discount is between 0 and 100 percent.")


@dataclass(frozen=True, slots=True)
class AmountOff:
    """An amount in minor units off the whole line, or off the whole document."""

    minor: int

    def __post_init__(self) -> None:
        if self.minor < 0:
            raise InvalidValue("A discount is not negative.")


Discount = PercentOff | AmountOff
