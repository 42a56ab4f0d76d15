"""Quantities in integer thousandths; a unit may allow fewer places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from app.domain.common.decimals import decimal_text, scaled
from app.domain.common.errors import InvalidValue

THOUSAND = 1000
MAX_THOUSANDTHS = 10**13


def _parse(text: str) -> int:
    return scaled(text, places=3, limit=MAX_THOUSANDTHS, what="A quantity")


def _text(thousandths: int) -> str:
    return decimal_text(thousandths, places=3, at_least=3)


@dataclass(frozen=True, slots=True, order=True)
class Quantity:
    """A counted or weighed amount that is never negative."""

    thousandths: int

    def __post_init__(self) -> None:
        if self.thousandths < 0:
            raise InvalidValue("A quantity is not negative.")

    def __str__(self) -> str:
        return _text(self.thousandths)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.thousandths + other.thousandths)

    def __bool__(self) -> bool:
        return self.thousandths != 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a plain decimal with at most three places."""
        return cls(_parse(text))

    @classmethod
    def of(cls, whole: int) -> Self:
        return cls(whole * THOUSAND)

    def fits(self, decimals: int) -> bool:
        """Tell whether a unit that is counted in so many decimal places can hold this."""
        return self.thousandths % int(10 ** (3 - decimals)) == 0


@dataclass(frozen=True, slots=True, order=True)
class Delta:
    """A signed change of a quantity."""

    thousandths: int

    def __str__(self) -> str:
        return _text(self.thousandths)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a plain decimal with at most three places and an optional minus sign."""
        return cls(_parse(text))

    @property
    def size(self) -> Quantity:
        return Quantity(abs(self.thousandths))
