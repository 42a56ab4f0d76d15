"""Reports on stock against the same figures reckoned in plain Python, to the minor unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from app.application.common.paging import PageRequest
from app.application.inventory.queries import Basis
from app.application.reports.stock import Held, StockMoment
from app.application.services import Services
from app.domain.common.identifiers import (
    AdjustmentId,
    CategoryId,
    LineId,
    LocationId,
    MovementId,
    ProductId,
)
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import CUSTOMER_ID, MAIN_ID, SUPPLIER_ID, VIRTUAL_IDS
from app.infrastructure.db.tables.inventory import stock_movements
from tests.fixtures.goods import Goods
from tests.fixtures.plans import seen_statements
from tests.fixtures.stock import Stock
from tests.fixtures.till import Till

# Movements are written without levels.
pytestmark = pytest.mark.leaves_damage

PRODUCTS = [ProductId(int=number) for number in range(1, 4)]
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Moved:
    product: ProductId
    source: LocationId
    target: LocationId
    quantity: int
    value: int
    occurred: int
    recorded: int


@dataclass
class Ledger:
    stock: Stock
    shelf: LocationId
    category: CategoryId
    moved: list[Moved] = field(default_factory=list)

    async def post(self, moves: Sequence[Moved]) -> None:
        self.moved += moves
        rows = [
            {
                "id": self.stock.ids.new(MovementId),
                "product_id": move.product,
                "source_id": move.source,
                "target_id": move.target,
                "quantity": Quantity(move.quantity),
                "kind": "adjustment",
                "value_minor": move.value,
                "document_kind": "adjustment",
                "document_id": self.stock.ids.new(AdjustmentId),
                "line_id": self.stock.ids.new(LineId),
                "generation": 0,
                "occurred_at": FIRST + timedelta(hours=move.occurred),
                "recorded_at": FIRST + timedelta(hours=move.recorded),
            }
            for move in moves
        ]
        if rows:
            async with self.stock.engine.begin() as connection:
                await connection.execute(insert(stock_movements), rows)

    def counted(self, hour: int, basis: Basis) -> list[Moved]:
        name = "recorded" if basis is Basis.RECORDED else "occurred"
        return [move for move in self.moved if getattr(move, name) <= hour]


def changes(move: Moved) -> list[tuple[LocationId, int]]:
    """Return where how much of the direction of the move lies on the shop's own side."""
    ends = ((move.source, -1), (move.target, 1))
    return [(place, sign) for place, sign in ends if place not in VIRTUAL_IDS]


@pytest.fixture
async def ledger(till: Till, goods: Goods) -> Ledger:
    food = await goods.category("Food")
    category = CategoryId.parse(food["id"])
    for product in PRODUCTS:
        mine = category if product.int > 1 else None
        await till.product(f"P{product.int}", id=product, category_id=mine)
    return Ledger(till.stock, await till.stock.location("shelf"), category)


PLACES = ("supplier", "customer", "main", "shelf")
MOVES = st.tuples(
    st.sampled_from(PRODUCTS),
    st.sampled_from([(a, b) for a in PLACES for b in PLACES if a != b]),
    st.integers(1, 10**7),
    st.integers(0, 10**9),
    st.integers(0, 50),
    st.integers(0, 50),
)


@settings(max_examples=25, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    drawn=st.lists(MOVES, max_size=15),
    hour=st.integers(0, 50),
    basis=st.sampled_from(Basis),
)
async def test_every_report_comes_to_what_its_movements_do(
    ledger: Ledger,
    services: Services,
    drawn: list[tuple[ProductId, tuple[str, str], int, int, int, int]],
    hour: int,
    basis: Basis,
) -> None:
    place = {"supplier": SUPPLIER_ID, "customer": CUSTOMER_ID, "main": MAIN_ID,
             "shelf": ledger.shelf}  # fmt: skip
    await ledger.post([Moved(p, place[a], place[b], *rest) for p, (a, b), *rest in drawn])
    at = StockMoment(before=FIRST + timedelta(hours=hour, microseconds=1), basis=basis)
    reports, counted = services.stock_reports, ledger.counted(hour, basis)

    quantities: Counter[ProductId] = Counter()
    values: Counter[ProductId] = Counter()
    lying: Counter[LocationId] = Counter()
    for move in counted:
        for location, sign in changes(move):
            quantities[move.product] += sign * move.quantity
            values[move.product] += sign * move.value
            lying[location] += sign * move.quantity
    total = Held(quantity=sum(quantities.values()), value=sum(values.values()))

    assert await reports.total(at) == total
    by_product = await reports.by_product(at, page=PageRequest(limit=10))
    assert [(row.by.id, row.held) for row in by_product.rows] == [
        (product, Held(quantity=quantities[product], value=values[product]))
        for product in PRODUCTS
        if any(move.product == product for move in counted)
    ]

    by_location = await reports.by_location(at)
    assert by_location.total == total
    assert {row.by.id: row.held.quantity for row in by_location.holdings} == {
        location: lying[location]
        for location in {place for move in counted for place, _ in changes(move)}
    }
    assert sum(row.held.value for row in by_location.holdings) == total.value

    for whole_branch in (True, False):
        by_category = await reports.by_category(at, whole_branch=whole_branch)
        assert by_category.total == total
        assert sum(row.held.value for row in by_category.holdings) == total.value
        assert sum(row.held.quantity for row in by_category.holdings) == total.quantity
        for row in by_category.holdings:
            expected = values[PRODUCTS[0]]
            if row.by is not None:
                assert row.by.id == ledger.category
                expected = total.value - expected
            assert row.held.value == expected


async def test_places_have_their_share_by_quantity_to_the_cent(
    ledger: Ledger, services: Services
) -> None:
    tea, sugar = PRODUCTS[:2]
    await ledger.post([
        Moved(tea, SUPPLIER_ID, MAIN_ID, 3000, 100, 1, 1),
        Moved(tea, MAIN_ID, ledger.shelf, 1000, 33, 2, 2),
        Moved(sugar, SUPPLIER_ID, ledger.shelf, 10**13, 10**15, 3, 3),
    ])  # fmt: skip

    async def shared(hour: int) -> dict[str, tuple[int, int]]:
        at = StockMoment(before=FIRST + timedelta(hours=hour, microseconds=1))
        report = await services.stock_reports.by_location(at)
        return {row.by.code: (row.held.quantity, row.held.value) for row in report.holdings}

    assert await shared(0) == {}
    assert await shared(1) == {"main": (3000, 100)}
    assert await shared(2) == {"main": (2000, 66), "shelf": (1000, 34)}
    assert await shared(3) == {"main": (2000, 66), "shelf": (10**13 + 1000, 10**15 + 34)}


async def test_a_page_of_products_reads_their_movements_alone(
    ledger: Ledger, till: Till, services: Services, goods: Goods
) -> None:
    products = [await till.product(f"X{number:03}") for number in range(300)]
    await ledger.post([
        Moved(product, SUPPLIER_ID, MAIN_ID, 1000, 10, hour, hour)
        for product in products for hour in range(20)
    ])  # fmt: skip
    await goods.analyze()
    at = StockMoment(before=FIRST + timedelta(hours=10))

    with seen_statements("stock_movements") as statements:
        await services.stock_reports.by_product(at, page=PageRequest(limit=5))

    assert len(statements) == 2
    for statement in statements:
        plan = await statement.plan(goods.engine)
        assert "Seq Scan on stock_movements" not in plan, plan
        assert "SCAN stock_movements\n" not in plan + "\n", plan
