"""The ledger: levels, values and movements change together or not at all."""

from __future__ import annotations

import pytest

from app.domain.inventory.locations import CUSTOMER_ID, DISCREPANCY_ID, MAIN_ID, SUPPLIER_ID
from app.domain.inventory.stock import InsufficientStock
from tests.fixtures.stock import Stock


class TestPosting:
    async def test_goods_come_in_at_their_cost_and_leave_at_the_average(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "3", 1000)
        await stock.receive(tea, "1", 501)

        (movement,) = await stock.post(stock.moves_out(tea, "2"))

        assert movement.value_minor == 751  # 1501 × 2 / 4, half away from zero
        assert await stock.levels() == {(tea, MAIN_ID): "2.000"}
        assert await stock.holdings() == {tea: ("2.000", 750)}
        assert await stock.movements() == [
            (tea, SUPPLIER_ID, MAIN_ID, "3.000", 1000),
            (tea, SUPPLIER_ID, MAIN_ID, "1.000", 501),
            (tea, MAIN_ID, CUSTOMER_ID, "2.000", 751),
        ]
