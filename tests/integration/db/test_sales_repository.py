"""A sale that is stored comes back equal in every field, on both databases."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings

from app.application.services import Services
from app.domain.common.identifiers import ProductId
from app.domain.inventory.locations import MAIN_ID
from app.domain.sales.sale import Sale
from tests.fixtures.sale_examples import any_sale
from tests.fixtures.till import Till


def values(sale: Sale) -> dict[str, object]:
    """Return all fields: as entities, two of the same sale are equal by identity only."""
    return {field.name: getattr(sale, field.name) for field in fields(sale)}


GOODS = [ProductId(int=1), ProductId(int=2)]


@pytest.fixture
async def goods(till: Till) -> None:
    for identifier in GOODS:
        await till.product(str(identifier), id=identifier)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sale=any_sale(products=GOODS, location_id=MAIN_ID))
async def test_comes_back_as_it_was_stored(goods: None, services: Services, sale: Sale) -> None:
    # Nothing is committed: identifiers and numbers of the examples may repeat.
    async with services.work(None) as work:
        await work.sales.add(sale)
        stored = await work.sales.get(sale.id)

    assert values(stored) == values(sale)
