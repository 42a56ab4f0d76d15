"""What a part of a sold line comes to: shares of its money, tax and cost that sum to the whole.

Shares are cumulative: a return is worth what all pieces given back so far come to, less what the
earlier returns were worth. So any sequence of partial returns ends at exactly what was paid, and
the last takes the remainder. Tax follows the money that is paid back in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.common.quantity import Quantity
from app.domain.common.rounding import divide


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A line as it was sold, in minor units; the cost is None where no one knows it."""

    quantity: Quantity
    net_minor: int
    tax_minor: int
    cost_minor: int | None

    @property
    def total_minor(self) -> int:
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some pieces of a line: what could be paid back for them, what is, and what they cost."""

    quantity: Quantity
    refundable_minor: int
    net_minor: int
    tax_minor: int
    cost_minor: int | None

    @property
    def total_minor(self) -> int:
        return self.net_minor + self.tax_minor

    def __add__(self, other: Part) -> Part:
        return Part(
            quantity=self.quantity + other.quantity,
            refundable_minor=self.refundable_minor + other.refundable_minor,
            net_minor=self.net_minor + other.net_minor,
            tax_minor=self.tax_minor + other.tax_minor,
            cost_minor=(self.cost_minor or 0) + (other.cost_minor or 0),
        )


NOTHING = Part(quantity=Quantity(0), refundable_minor=0, net_minor=0, tax_minor=0, cost_minor=0)


def remaining(whole: Whole, before: Part) -> Quantity:
    """Return how much can still be given back."""
    return Quantity(max(whole.quantity.thousandths - before.quantity.thousandths, 0))


def refundable(whole: Whole, before: Part, quantity: Quantity) -> int:
    """Return the most that can be paid back for so much more of the line."""
    return _share(whole.total_minor, whole, before, quantity, given=before.refundable_minor)


def take(whole: Whole, before: Part, quantity: Quantity, *, refund_minor: int) -> Part:
    """Return the next part, of which `refund_minor` is paid back: at most what is refundable.

    It fits in what remains. Were an earlier part taken back out of turn, later ones make up for it.
    """
    paid_back = before.total_minor + refund_minor
    total = whole.total_minor
    due = divide(whole.tax_minor * paid_back, total) if total else 0
    # Neither tax nor net is ever given back beyond what was charged of it.
    least = max(0, refund_minor - (whole.net_minor - before.net_minor))
    most = min(refund_minor, whole.tax_minor - before.tax_minor)
    tax = min(max(due - before.tax_minor, least), most)
    return Part(
        quantity=quantity,
        refundable_minor=refundable(whole, before, quantity),
        net_minor=refund_minor - tax,
        tax_minor=tax,
        cost_minor=_cost(whole, before, quantity),
    )


def _cost(whole: Whole, before: Part, quantity: Quantity) -> int | None:
    if whole.cost_minor is None:
        return None
    return _share(whole.cost_minor, whole, before, quantity, given=before.cost_minor or 0)


def _share(minor: int, whole: Whole, before: Part, quantity: Quantity, *, given: int) -> int:
    so_far = (before.quantity + quantity).thousandths
    return max(divide(minor * so_far, whole.quantity.thousandths) - given, 0)
