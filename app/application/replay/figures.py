"""What a file, or the books, come to by month and product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

Group = TypeVar("Group")
Month = tuple[int, int]


class Amounts(NamedTuple):
    """Money in minor units, quantities in thousandths."""

    revenue: int = 0
    units: int = 0
    refunds: int = 0
    returned: int = 0

    def plus(self, other: Amounts) -> Amounts:
        return Amounts(*map(int.__add__, self, other))


class Figures:
    """Amounts by month of the shop's calendar and by key of the product's code."""

    def __init__(self) -> None:
        self._amounts: dict[tuple[Month, str], Amounts] = defaultdict(Amounts)

    def add(self, month: Month, article: str, amounts: Amounts) -> None:
        place = (month, article)
        self._amounts[place] = self._amounts[place].plus(amounts)

    @property
    def total(self) -> Amounts:
        return _sum(self._amounts.values())

    def by_month(self) -> dict[Month, Amounts]:
        return self._grouped(lambda month, _: month)

    def by_product(self) -> dict[str, Amounts]:
        return self._grouped(lambda _, article: article)

    def differences(self, other: Figures) -> list[tuple[Month, str]]:
        """Return the months and products in which the two do not agree."""
        nothing = Amounts()
        return sorted(
            place
            for place in self._amounts.keys() | other._amounts.keys()
            if self._amounts.get(place, nothing) != other._amounts.get(place, nothing)
        )

    def _grouped(self, group: Callable[[Month, str], Group]) -> dict[Group, Amounts]:
        sums: dict[Group, Amounts] = defaultdict(Amounts)
        for (month, article), amounts in sorted(self._amounts.items()):
            sums[group(month, article)] = sums[group(month, article)].plus(amounts)
        return dict(sums)


def _sum(amounts: Iterable[Amounts]) -> Amounts:
    total = Amounts()
    for each in amounts:
        total = total.plus(each)
    return total
