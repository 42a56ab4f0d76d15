"""How much of a product to order again."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.common.quantity import THOUSAND, Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What was sold, less what came back, over so many days."""

    sold: int
    days: int

    def over(self, days: int) -> int:
        """Return what is sold in so many days at this pace, in thousandths, rounded up."""
        return -(-max(self.sold, 0) * days // self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a supplier sells the product; `minimum` counts packs."""

    pack_size: Quantity
    minimum: Quantity | None
    lead_time_days: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """So much of the product, in so many packs where it is bought by the pack."""

    quantity: Quantity
    packs: int | None


def propose(
    *,
    lacking: int,
    reorder_quantity: Quantity | None,
    pace: Pace,
    terms: Terms | None,
) -> Proposal:
    """Return what brings stock up to the reorder point again by the time that it arrives.

    `lacking` is what stock is below that point now, in thousandths. It is never less than the
    product's own reorder quantity, one unit, or the supplier's minimum, and always whole packs.
    """
    lead = (terms.lead_time_days if terms else None) or 0
    needed = max(lacking, 0) + pace.over(lead)
    least = reorder_quantity.thousandths if reorder_quantity else 0
    needed = max(_up(needed, THOUSAND), least, THOUSAND)
    if terms is None:
        return Proposal(Quantity(needed), None)
    packs = -(-needed // terms.pack_size.thousandths)
    if terms.minimum is not None:
        packs = max(packs, -(-terms.minimum.thousandths // THOUSAND))
    return Proposal(Quantity(packs * terms.pack_size.thousandths), packs)


def _up(amount: int, step: int) -> int:
    return -(-amount // step) * step
