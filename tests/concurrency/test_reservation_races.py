"""Reservations race each other, sales, and their own orders: nothing is promised twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from app.application.common.retry import retrying
from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId
from app.domain.inventory.locations import MAIN_ID
from app.domain.inventory.stock import InsufficientStock
from app.infrastructure.db.levels import GUARD
from app.infrastructure.db.repositories.reservations import SqlReservationRepository
from app.infrastructure.db.session import write_engine
from tests.fixtures.databases import Database
from tests.fixtures.stock import Stock
from tests.fixtures.till import Json, Till, line

# Stock is received without documents.
pytestmark = pytest.mark.leaves_damage("orphan_movements_adjustment")

CASH = [{"kind": "cash", "amount": "1000.00"}]


@pytest.fixture
async def tills(database: Database) -> AsyncIterator[list[Stock]]:
    """Two engines, as two processes have them: on SQLite two writers that must take turns."""
    engines = [write_engine(database.url, pool_size=10, synchronous="NORMAL") for _ in range(2)]
    yield [Stock(engine) for engine in engines]
    for engine in engines:
        await engine.dispose()


async def drifts(services: Services) -> list[str]:
    # The goods of these tests came in, and went, without a document.
    verification = await services.verifier.verify()
    found = [check.name for check in verification.checks if check.findings]
    return [name for name in found if name != "orphan_movements_adjustment"]


async def kept(till: Stock, product: ProductId, expires_at: datetime | None = None) -> bool:
    try:
        await retrying(lambda: till.keep(till.reservation(product, "1", expires_at=expires_at)))
    except InsufficientStock:
        return False
    return True


async def sold(till: Stock, product: ProductId) -> bool:
    try:
        await retrying(lambda: till.post(till.moves_out(product, "1")))
    except InsufficientStock:
        return False
    return True


async def order(till: Till, product: ProductId, quantity: str) -> Json:
    draft = (await till.draft(line(product, quantity))).json()
    answer = await till.post(f"/{draft['id']}/confirm")
    assert answer.status_code == 200, answer.text
    confirmed: Json = answer.json()
    return confirmed


def part(sale: Json, quantity: str = "1") -> Json:
    return {"lines": [{"line_id": sale["lines"][0]["id"], "quantity": quantity}]}


@pytest.mark.case("INV-01")
async def test_ten_units_are_promised_ten_times(tills: list[Stock], services: Services) -> None:
    tea = await tills[0].product()
    await tills[0].receive(tea, "10", 1000)

    outcomes = await asyncio.gather(*(kept(tills[n % 2], tea) for n in range(20)))

    assert (outcomes.count(True), outcomes.count(False)) == (10, 10)
    assert await tills[0].reserved() == {(tea, MAIN_ID): "10.000"}
    assert len(await tills[0].reservations()) == 10
    assert await drifts(services) == []


@pytest.mark.case("INV-01")
async def test_a_unit_is_promised_or_sold(tills: list[Stock], services: Services) -> None:
    tea = await tills[0].product()
    await tills[0].receive(tea, "10", 1000)

    outcomes = await asyncio.gather(
        *((kept if n % 4 < 2 else sold)(tills[n % 2], tea) for n in range(24))
    )

    promised = len(await tills[0].reservations())
    assert outcomes.count(True) == 10
    assert await tills[0].levels() == {(tea, MAIN_ID): f"{promised}.000"}
    assert sum(outcomes[n] for n in range(24) if n % 4 < 2) == promised
    assert await drifts(services) == []


async def test_what_lapsed_is_given_up_once(tills: list[Stock], services: Services) -> None:
    tea = await tills[0].product()
    await tills[0].receive(tea, "10", 1000)
    past = datetime.now(UTC) - timedelta(minutes=1)
    await tills[0].keep(*(tills[0].reservation(tea, "1", expires_at=past) for _ in range(10)))

    outcomes = await asyncio.gather(
        *((kept if n % 4 < 2 else sold)(tills[n % 2], tea) for n in range(24))
    )

    assert outcomes.count(True) == 10
    ends = Counter(why for _, _, why in await tills[0].reservations())
    assert ends["lapsed"] == 10
    assert await drifts(services) == []


async def test_a_fact_meets_those_who_reserve(tills: list[Stock], services: Services) -> None:
    tea = await tills[0].product()
    await tills[0].receive(tea, "10", 1000)

    async def lose() -> bool:
        till = tills[0]
        await retrying(lambda: till.post(till.moves_out(tea, "4"), overrides_reservations=True))
        return True

    outcomes = await asyncio.gather(*(kept(tills[n % 2], tea) for n in range(10)), lose())

    assert outcomes[-1]
    assert await tills[0].levels() == {(tea, MAIN_ID): "6.000"}
    assert await tills[0].reserved() == {(tea, MAIN_ID): "6.000"}
    assert await drifts(services) == []


class UnguardedReservations(SqlReservationRepository):
    """Promises what is asked, whatever is there: what the guard is for."""

    GUARD = "1 = 1"


async def test_the_guard_is_what_refuses(
    tills: list[Stock], services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the last wall of the database makes faults of refusals."""
    assert SqlReservationRepository.GUARD == GUARD
    monkeypatch.setattr(SqlReservationRepository, "GUARD", UnguardedReservations.GUARD)
    tea = await tills[0].product()
    await tills[0].receive(tea, "10", 1000)

    outcomes = await asyncio.gather(
        *(kept(tills[n % 2], tea) for n in range(20)), return_exceptions=True
    )

    faults = Counter(type(o).__name__ for o in outcomes if isinstance(o, BaseException))
    assert faults == {"IntegrityError": 10}
    assert await drifts(services) == []


@pytest.mark.case("INV-05")
async def test_a_sale_is_confirmed_once(till: Till, services: Services) -> None:
    tea = await till.product("TEA", on_hand="10")
    draft = (await till.draft(line(tea, "4"))).json()

    answers = await asyncio.gather(*(till.post(f"/{draft['id']}/confirm") for _ in range(10)))

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["version"] for answer in answers} == {2}
    assert await till.stock.reserved() == {(tea, MAIN_ID): "4.000"}
    assert await drifts(services) == []


async def test_orders_of_the_same_goods_in_opposite_order(till: Till, services: Services) -> None:
    tea, rice = await till.product("TEA", on_hand="5"), await till.product("RICE", on_hand="5")
    drafts = [
        (await till.draft(*[line(tea), line(rice)][:: 1 if n % 2 else -1])).json()
        for n in range(10)
    ]

    answers = await asyncio.gather(*(till.post(f"/{draft['id']}/confirm") for draft in drafts))

    assert Counter(answer.status_code for answer in answers) == {200: 5, 409: 5}
    assert set((await till.stock.reserved()).values()) == {"5.000"}
    assert await drifts(services) == []


@pytest.mark.case("INV-05", "INV-15")
async def test_no_part_leaves_twice(till: Till, services: Services) -> None:
    tea = await till.product("TEA", on_hand="10", value_minor=1000)
    sale = await order(till, tea, "3")

    answers = await asyncio.gather(
        *(till.post(f"/{sale['id']}/fulfil", part(sale)) for _ in range(10))
    )

    refused = [answer.json() for answer in answers if answer.status_code != 200]
    assert len(refused) == 7
    assert {each["code"] for each in refused} == {"fulfilment_exceeds_order"}
    assert await till.stock.levels() == {(tea, MAIN_ID): "7.000"}
    assert len(await till.stock.movements()) == 4
    assert await drifts(services) == []


@pytest.mark.case("INV-05", "INV-15")
async def test_parts_race_completion_and_the_end(till: Till, services: Services) -> None:
    for number in range(6):
        tea = await till.product(f"TEA-{number}", on_hand="4", value_minor=401)
        sale = await order(till, tea, "4")
        path = f"/{sale['id']}"
        manager = Role.MANAGER
        asking = [
            till.post(f"{path}/fulfil", part(sale, "2")),
            till.post(f"{path}/complete", {"tenders": CASH}, role=manager),
            till.post(f"{path}/void", role=manager),
            till.post(f"{path}/reopen"),
            till.post(f"{path}/fulfil", part(sale, "3")),
        ]

        answers = await asyncio.gather(*asking[:: 1 if number % 2 else -1])

        assert {answer.status_code for answer in answers} <= {200, 409}
        now = (await till.get(path)).json()
        left = {"completed": "0.000", "voided": "4.000"}[now["status"]]
        assert (await till.stock.levels())[tea, MAIN_ID] == left
        assert await till.stock.reserved() == {}
    assert await drifts(services) == []
