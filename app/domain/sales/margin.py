"""What a sale earned: its net revenue less what its goods cost, without what came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.common.identifiers import LineId
from app.domain.common.rounding import divide
from app.domain.sales.line import SaleLine
from app.domain.sales.sale import Sale, SaleStatus

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


@dataclass(frozen=True, slots=True)
class Undone:
    """What was paid back for a line without tax, and what the goods cost that came back.

    Returns may leave goods with the buyer: what these cost is `left_minor`.
    """

    net_minor: int = 0
    cost_minor: int = 0
    left_minor: int = 0


NOTHING_UNDONE = Undone()


def margins(sale: Sale, returned: Mapping[LineId, Undone]) -> list[tuple[SaleLine, Undone, Margin]]:
    """Return for each line what was undone of it, by returns or a void, and what is left."""
    found = []
    for line in sale.lines:
        undone = _undone(sale, line, returned.get(line.id, NOTHING_UNDONE))
        cost = None if line.cost_minor is None else line.cost_minor - undone.cost_minor
        found.append((line, undone, Margin(line.amounts.net_minor - undone.net_minor, cost)))
    return found


def margin_of_all(parts: Iterable[Margin]) -> Margin:
    """Return the margin of the whole, whose cost is known if that of every line is."""
    known = list(parts)
    costs = [part.cost_minor for part in known if part.cost_minor is not None]
    net = sum(part.net_minor for part in known)
    return Margin(net, sum(costs) if len(costs) == len(known) else None)


def _undone(sale: Sale, line: SaleLine, returned: Undone) -> Undone:
    if sale.status is not SaleStatus.VOIDED:
        return returned
    if not sale.goods_back:
        return Undone(line.amounts.net_minor, returned.cost_minor)
    return Undone(line.amounts.net_minor, (line.cost_minor or 0) - returned.left_minor)
