"""Any sequence of partial returns sums to what was paid, taxed and spent, to the penny."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.quantity import Quantity
from app.domain.returns.proration import NOTHING, Part, Whole, refundable, remaining, take


@st.composite
def wholes(draw: st.DrawFn) -> Whole:
    net = draw(st.integers(0, 10**9))
    return Whole(
        quantity=Quantity(draw(st.integers(1, 10**6))),
        net_minor=net,
        tax_minor=draw(st.integers(0, net)),
        cost_minor=draw(st.none() | st.integers(0, 10**9)),
    )


@st.composite
def cut_up(draw: st.DrawFn) -> tuple[Whole, list[Quantity]]:
    """A line and quantities that make up the whole of it, in any order."""
    whole = draw(wholes())
    cuts = draw(st.lists(st.integers(0, whole.quantity.thousandths), max_size=12))
    edges = sorted({0, *cuts, whole.quantity.thousandths})
    return whole, [Quantity(high - low) for low, high in pairwise(edges)]


@given(cut_up())
def test_parts_sum_to_the_whole(case: tuple[Whole, list[Quantity]]) -> None:
    whole, quantities = case
    before = NOTHING
    for quantity in quantities:
        part = take(whole, before, quantity, refund_minor=refundable(whole, before, quantity))
        assert min(part.net_minor, part.tax_minor, part.total_minor, part.cost_minor or 0) >= 0
        before += part

    assert remaining(whole, before) == Quantity(0)
    assert before == Part(
        quantity=whole.quantity,
        refundable_minor=whole.total_minor,
        net_minor=whole.net_minor,
        tax_minor=whole.tax_minor,
        cost_minor=whole.cost_minor or 0,
    )


@given(cut_up(), st.data())
def test_less_than_what_is_refundable_never_becomes_more_later(
    case: tuple[Whole, list[Quantity]], data: st.DataObject
) -> None:
    whole, quantities = case
    before, kept = NOTHING, 0
    for quantity in quantities:
        most = refundable(whole, before, quantity)
        refund = data.draw(st.integers(0, most))
        kept += most - refund
        part = take(whole, before, quantity, refund_minor=refund)
        assert (part.total_minor, part.refundable_minor) == (refund, most)
        assert min(part.net_minor, part.tax_minor) >= 0
        before += part

    assert before.total_minor + kept == whole.total_minor
    assert before.net_minor <= whole.net_minor
    assert before.tax_minor <= whole.tax_minor


@given(cut_up(), st.data())
def test_parts_taken_back_out_of_turn_are_made_up_for(
    case: tuple[Whole, list[Quantity]], data: st.DataObject
) -> None:
    """Some returns are cancelled in between; those after them still end at the whole."""
    whole, quantities = case
    parts: list[Part] = []
    open_quantities = list(quantities)
    while open_quantities:
        quantity = open_quantities.pop()
        before = sum(parts, start=NOTHING)
        parts.append(
            take(whole, before, quantity, refund_minor=refundable(whole, before, quantity))
        )
        if len(parts) > 1 and data.draw(st.booleans()) and data.draw(st.booleans()):
            cancelled = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
            open_quantities.append(cancelled.quantity)

    assert sum(parts, start=NOTHING) == Part(
        quantity=whole.quantity,
        refundable_minor=whole.total_minor,
        net_minor=whole.net_minor,
        tax_minor=whole.tax_minor,
        cost_minor=whole.cost_minor or 0,
    )
