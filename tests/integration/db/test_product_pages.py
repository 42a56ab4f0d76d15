"""Walking through products while others come and go: the rest is seen once, each."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from app.application.catalog.queries import ProductFilter, ProductSort
from app.application.common.paging import Key, PageRequest
from app.application.services import Services
from app.domain.common.identifiers import ProductId
from app.domain.common.money import UnitPrice
from app.infrastructure.db.tables.catalog import products
from tests.fixtures.goods import Goods

# Few different values, so that most products tie with others.
prices = st.integers(0, 2)


@dataclass
class Shelf:
    """The products that are there, those that were there all along, and those that were seen."""

    goods: Goods
    present: dict[ProductId, int] = field(default_factory=dict)
    stayed: set[ProductId] = field(default_factory=set)
    seen: list[ProductId] = field(default_factory=list)

    async def add(self, asked: list[int]) -> None:
        if asked:
            made = await self.goods.fill(
                [{"name": f"N{price}", "price_micros": UnitPrice(price)} for price in asked]
            )
            self.present |= dict(zip(made, asked, strict=True))

    async def remove(self, places: list[int]) -> None:
        there = sorted(self.present)
        gone = {there[place % len(there)] for place in places} if there else set()
        for identifier in gone:
            del self.present[identifier]
        self.stayed -= gone
        async with self.goods.engine.begin() as connection:
            await connection.execute(delete(products).where(products.c.id.in_(gone)))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sort=st.sampled_from(ProductSort),
    limit=st.integers(1, 4),
    first=st.lists(prices, max_size=12),
    meanwhile=st.lists(
        st.tuples(st.lists(prices, max_size=3), st.lists(st.integers(0, 20), max_size=3)),
        max_size=6,
    ),
)
async def test_nothing_that_stays_is_lost_and_nothing_is_repeated(
    goods: Goods,
    services: Services,
    sort: ProductSort,
    limit: int,
    first: list[int],
    meanwhile: list[tuple[list[int], list[int]]],
) -> None:
    async with goods.engine.begin() as connection:
        await connection.execute(delete(products))
    shelf = Shelf(goods)
    await shelf.add(first)
    shelf.stayed = set(shelf.present)

    after: Key | None = None
    changes = iter(meanwhile)
    while True:
        page = await services.catalog.products(
            ProductFilter(), sort=sort, page=PageRequest(limit=limit, after=after)
        )
        shelf.seen += [item.id for item in page.items]
        assert len(page.items) <= limit
        if page.next_after is None:
            break
        after = page.next_after
        added, removed = next(changes, ([], []))
        await shelf.add(added)
        await shelf.remove(removed)

    assert len(shelf.seen) == len(set(shelf.seen))
    assert shelf.stayed <= set(shelf.seen)
