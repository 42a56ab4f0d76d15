"""Ringing up a sale: prices, tenders, stock and number in one call."""

from __future__ import annotations

import pytest

from app.domain.auth.roles import Role
from tests.fixtures.till import Till, line


class TestRingUp:
    async def test_sells_goods_and_services_in_one_call(self, till: Till) -> None:
        tea = await till.product("TEA", price="4.50", on_hand="10", value_minor=20_00)
        postage = await till.product("POST", price="3.90", tracks_stock=False)

        answer = await till.sell(line(tea, "2"), line(postage), cash="20.00")

        assert answer.status_code == 201, answer.text
        sale = answer.json()
        assert answer.headers["ETag"] == '"1"'
        assert answer.headers["Location"] == f"/api/v1/sales/{sale['id']}"
        assert sale["status"] == "completed"
        assert sale["total"] == {"amount": "12.90", "currency": "EUR"}
        assert sale["change"] == {"amount": "7.10", "currency": "EUR"}
        assert await till.on_hand(tea) == "8.000"
