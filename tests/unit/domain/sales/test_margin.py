from __future__ import annotations

import pytest

from app.domain.sales.margin import Margin


@pytest.mark.parametrize(
    ("net", "cost", "margin", "ppm"),
    [
        (10_00, 4_00, 6_00, 600_000),
        (3, 1, 2, 666_667),
        (10_00, 12_50, -2_50, -250_000),
        (10_00, 0, 10_00, 1_000_000),
        (0, 4_00, -4_00, None),
        (10_00, None, None, None),
    ],
)
def test_is_what_the_cost_leaves_of_the_revenue(
    net: int, cost: int | None, margin: int | None, ppm: int | None
) -> None:
    found = Margin(net, cost)

    assert (found.margin_minor, found.margin_ppm) == (margin, ppm)
