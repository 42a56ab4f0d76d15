from __future__ import annotations

import pytest

from app.domain.common.errors import InvalidValue
from app.domain.sales.discount import AmountOff, PercentOff


@pytest.mark.case("SAL-03")
@pytest.mark.parametrize("ppm", [-1, 1_000_001, 1_000_100, 1_010_000])
def test_percentage_is_between_nothing_and_all(ppm: int) -> None:
    with pytest.raises(InvalidValue):
        PercentOff(ppm)


def test_amount_is_not_negative() -> None:
    with pytest.raises(InvalidValue):
        AmountOff(-1)
