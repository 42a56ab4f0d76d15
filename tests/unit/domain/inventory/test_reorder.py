"""How much to order: up to the reorder point on arrival, in whole packs, not less than agreed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.common.quantity import Quantity
from app.domain.inventory.reorder import Pace, Proposal, Terms, propose


def proposed(
    *, lacking: str = "0", own: str | None = None, sold: str = "0", days: int = 28,
    pack: str | None = None, minimum: str | None = None, lead: int | None = None,
) -> tuple[str, int | None]:  # fmt: skip
    found = propose(
        lacking=Quantity.parse(lacking).thousandths,
        reorder_quantity=None if own is None else Quantity.parse(own),
        pace=Pace(sold=Quantity.parse(sold).thousandths, days=days),
        terms=None
        if pack is None
        else Terms(
            pack_size=Quantity.parse(pack),
            minimum=None if minimum is None else Quantity.parse(minimum),
            lead_time_days=lead,
        ),
    )
    return str(found.quantity), found.packs


@pytest.mark.parametrize(("case", "expected"), [
    ({}, ("1.000", None)),
    ({"lacking": "4"}, ("4.000", None)),
    ({"lacking": "3.2"}, ("4.000", None)),
    ({"lacking": "4", "own": "10"}, ("10.000", None)),
    ({"lacking": "14", "own": "10"}, ("14.000", None)),
    ({"lacking": "4", "pack": "12"}, ("12.000", 1)),
    ({"lacking": "13", "pack": "12"}, ("24.000", 2)),
    ({"lacking": "4", "pack": "12", "minimum": "3"}, ("36.000", 3)),
    ({"lacking": "4", "sold": "28", "pack": "1", "lead": 7}, ("11.000", 11)),
    ({"lacking": "4", "sold": "29", "pack": "1", "lead": 7}, ("12.000", 12)),
    ({"sold": "280", "pack": "0.5", "lead": 1}, ("10.000", 20)),
    # What came back more than was sold is no reason to order less.
    ({"lacking": "4", "pack": "1", "lead": 7}, ("4.000", 4)),
])  # fmt: skip
def test_by_hand(case: dict[str, str], expected: tuple[str, int | None]) -> None:
    assert proposed(**case) == expected  # type: ignore[arg-type]


@given(
    lacking=st.integers(0, 10**9),
    own=st.one_of(st.none(), st.integers(0, 10**9)),
    sold=st.integers(-(10**9), 10**9),
    pack=st.integers(1, 10**6),
    minimum=st.one_of(st.none(), st.integers(1, 10**6)),
    lead=st.one_of(st.none(), st.integers(0, 365)),
)
def test_it_is_enough_and_not_a_pack_too_much(
    lacking: int, own: int | None, sold: int, pack: int, minimum: int | None, lead: int | None
) -> None:
    terms = Terms(
        pack_size=Quantity(pack),
        minimum=None if minimum is None else Quantity(minimum),
        lead_time_days=lead,
    )
    found: Proposal = propose(
        lacking=lacking,
        reorder_quantity=None if own is None else Quantity(own),
        pace=Pace(sold=sold, days=28),
        terms=terms,
    )

    assert found.packs is not None
    assert found.quantity.thousandths == found.packs * pack
    used = max(sold, 0) * (lead or 0)
    assert (found.quantity.thousandths - lacking) * 28 >= used
    assert found.quantity.thousandths >= (own or 0)
    assert found.packs * 1000 >= (minimum or 0)
    fewer = (found.packs - 1) * pack
    at_least = (minimum or 0) > (found.packs - 1) * 1000
    assert at_least or fewer < max((own or 0), 1000, lacking + -(-used // 28) + 1000)
