"""What a sale earned: its net revenue less what its goods cost when they left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.common.rounding import divide
from app.domain.sales.line import SaleLine

_WHOLE_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Margin:
    """In minor units; cost and margin are None while the cost is not known."""

    net_minor: int
    cost_minor: int | None

    @property
    def margin_minor(self) -> int | None:
        return None if self.cost_minor is None else self.net_minor - self.cost_minor

    @property
    def margin_ppm(self) -> int | None:
        """The margin as a part of the net revenue; None where there is no revenue."""
        if self.margin_minor is None or not self.net_minor:
            return None
        return divide(self.margin_minor * _WHOLE_PPM, self.net_minor)


def margin_of(line: SaleLine) -> Margin:
    return Margin(line.amounts.net_minor, line.cost_minor)


def margin_of_all(lines: Sequence[SaleLine]) -> Margin:
    """Return the margin of the whole, whose cost is known if that of every line is."""
    costs = [line.cost_minor for line in lines if line.cost_minor is not None]
    net = sum(line.amounts.net_minor for line in lines)
    return Margin(net, sum(costs) if len(costs) == len(lines) else None)
