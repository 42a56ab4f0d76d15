"""Postings that meet: nothing is oversold, nothing waits in a circle, every figure adds up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from app.application.common.retry import retrying
from app.domain.inventory.locations import MAIN_ID
from app.domain.inventory.movement import Move
from app.domain.inventory.stock import InsufficientStock
from app.infrastructure.db.checks.check import SqlVerifier
from app.infrastructure.db.checks.inventory import INVENTORY_CHECKS
from app.infrastructure.db.checks.reservations import RESERVATION_CHECKS
from app.infrastructure.db.ledger import SqlStockLedger
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.session import read_engine, write_engine
from tests.fixtures.databases import Database
from tests.fixtures.stock import Stock

# Stock is received without documents.
pytestmark = pytest.mark.leaves_damage("orphan_movements_adjustment")

# Movements of these tests belong to no document.
BOOKS = tuple(
    check
    for check in (*INVENTORY_CHECKS, *RESERVATION_CHECKS)
    if not check.name.startswith("orphan")
)


@pytest.fixture
async def tills(database: Database) -> AsyncIterator[list[Stock]]:
    """Two engines, as two processes have them: on SQLite two writers that must take turns."""
    engines = [write_engine(database.url, pool_size=10, synchronous="NORMAL") for _ in range(2)]
    yield [Stock(engine) for engine in engines]
    for engine in engines:
        await engine.dispose()


async def drifts(database: Database) -> list[str]:
    engine = read_engine(database.url, pool_size=1)
    verification = await SqlVerifier(Reads(engine), checks=BOOKS).verify()
    await engine.dispose()
    return [check.name for check in verification.checks if check.findings]


async def sold(till: Stock, *moves: Move) -> bool:
    try:
        await retrying(lambda: till.post(*moves))
    except InsufficientStock:
        return False
    return True


async def assert_ten_are_sold_once(database: Database, tills: list[Stock]) -> None:
    """Forty buyers ask for one unit each of ten; a cellar full of the same goods is no help."""
    till = tills[0]
    tea, cellar = await till.product(), await till.location("cellar")
    await till.post(till.moves_in(tea, "10", 1001), till.moves_in(tea, "100", 99, to=cellar))
    buyers = [tills[number % 2] for number in range(40)]

    outcomes = await asyncio.gather(
        *(sold(buyer, buyer.moves_out(tea, "1")) for buyer in buyers), return_exceptions=True
    )

    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
    assert (outcomes.count(True), outcomes.count(False)) == (10, 30)
    assert await till.levels() == {(tea, MAIN_ID): "0.000", (tea, cellar): "100.000"}
    assert len(await till.movements()) == 12
    assert await drifts(database) == []


class TestRaces:
    @pytest.mark.case("INV-01")
    async def test_the_last_units_are_sold_once(
        self, database: Database, tills: list[Stock]
    ) -> None:
        await assert_ten_are_sold_once(database, tills)

    async def test_carts_in_opposite_order_do_not_wait_in_a_circle(
        self, database: Database, tills: list[Stock]
    ) -> None:
        tea, rice = await tills[0].product("TEA"), await tills[0].product("RICE")
        await tills[0].post(tills[0].moves_in(tea, "10", 999), tills[0].moves_in(rice, "30", 1))

        def cart(number: int) -> tuple[Stock, list[Move]]:
            till = tills[number % 2]
            moves = [
                till.moves_out(tea, "0.5"),
                till.moves_out(rice, "1"),
                till.moves_out(tea, "0.5"),
            ]
            return till, moves[:: 1 if number % 4 < 2 else -1]

        # Without `retrying`: a deadlock would show as an error.
        outcomes = await asyncio.gather(
            *(till.post(*moves) for till, moves in map(cart, range(40))), return_exceptions=True
        )

        faults = {type(o).__name__ for o in outcomes if isinstance(o, BaseException)}
        assert faults == {"InsufficientStock"}
        assert sum(isinstance(outcome, list) for outcome in outcomes) == 10
        assert await tills[0].levels() == {(tea, MAIN_ID): "0.000", (rice, MAIN_ID): "20.000"}
        assert await drifts(database) == []

    async def test_first_receipts_at_once_make_one_level(
        self, database: Database, tills: list[Stock]
    ) -> None:
        products = [await tills[0].product(f"P{number}") for number in range(5)]

        async def receive(number: int) -> None:
            till = tills[number % 2]
            order = products if number % 4 < 2 else products[::-1]
            await till.post(*(till.moves_in(product, "1", 10) for product in order))

        await asyncio.gather(*(receive(number) for number in range(20)))

        assert set((await tills[0].levels()).values()) == {"20.000"}
        assert set((await tills[0].holdings()).values()) == {("20.000", 200)}
        assert await drifts(database) == []

    async def test_oversell_draws_each_missing_unit_once(
        self, database: Database, tills: list[Stock]
    ) -> None:
        tea = await tills[0].product()
        await tills[0].receive(tea, "10", 1000)

        await asyncio.gather(
            *(tills[n % 2].post(tills[n % 2].moves_out(tea, "1"), oversell=True) for n in range(16))
        )

        sources = [movement[1] for movement in (await tills[0].movements())[1:]]
        assert sources.count(MAIN_ID) == 10
        assert len(sources) == 16
        assert await drifts(database) == []


class UnguardedLedger(SqlStockLedger):
    """Takes what is asked, whatever is there: what the guard is for."""

    GUARD = "1 = 1"


async def remove_last_wall(tills: list[Stock]) -> None:
    """Take away the CHECKs, which stop what the guard lets through."""
    on_sqlite = tills[0].engine.dialect.name == "sqlite"
    drop = "DROP CONSTRAINT IF EXISTS ck_stock_levels"
    removal = f"ALTER TABLE stock_levels {drop}_on_hand, {drop}_reserved"
    for till in tills:
        async with till.engine.connect() as connection:
            statement = "PRAGMA ignore_check_constraints=ON" if on_sqlite else removal
            await connection.execute(text(statement))
            await connection.commit()


class TestGuard:
    """The race above fails when the guard is taken away, so it does test the guard."""

    async def test_without_it_the_last_wall_makes_faults_of_refusals(
        self, database: Database, tills: list[Stock]
    ) -> None:
        for till in tills:
            till.ledger_class = UnguardedLedger

        with pytest.raises(AssertionError, match="IntegrityError"):
            await assert_ten_are_sold_once(database, tills)

        assert await drifts(database) == []

    @pytest.mark.leaves_damage("stock_levels_negative")
    async def test_without_the_last_wall_too_more_is_sold_than_there_is(
        self, database: Database, tills: list[Stock]
    ) -> None:
        for till in tills:
            till.ledger_class = UnguardedLedger
        await remove_last_wall(tills)

        with pytest.raises(AssertionError):
            await assert_ten_are_sold_once(database, tills)

        assert await drifts(database) == ["stock_levels_negative"]
