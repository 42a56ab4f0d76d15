"""A sale that is stored comes back equal in every field, on both databases."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings

from app.application.services import Services
from app.domain.common.identifiers import CustomerId, ProductId
from app.domain.inventory.locations import MAIN_ID
from app.domain.sales.sale import Buyer, Sale
from tests.fixtures.parties import Parties
from tests.fixtures.sale_examples import any_sale
from tests.fixtures.till import Till


def values(sale: Sale) -> dict[str, object]:
    """Return all fields: as entities, two of the same sale are equal by identity only."""
    return {field.name: getattr(sale, field.name) for field in fields(sale)}


GOODS = [ProductId(int=1), ProductId(int=2)]


ANN = Buyer(id=CustomerId(int=1), name="Ann")


@pytest.fixture
async def goods(till: Till, parties: Parties) -> None:
    await parties.fill_customers([{"id": ANN.id, "name": ANN.name}])
    for identifier in GOODS:
        await till.product(str(identifier), id=identifier)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sale=any_sale(products=GOODS, location_id=MAIN_ID, customer=ANN))
async def test_comes_back_as_it_was_stored(goods: None, services: Services, sale: Sale) -> None:
    # Nothing is committed: identifiers and numbers of the examples may repeat.
    async with services.work(None) as work:
        await work.sales.add(sale)
        stored = await work.sales.get(sale.id)

    assert values(stored) == values(sale)
