"""What is reserved is not there for others, and levels count it to the last thousandth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.application.services import Services
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ProductId, ReservationId
from app.domain.inventory.locations import DISCREPANCY_ID, MAIN_ID
from app.domain.inventory.stock import InsufficientStock
from tests.fixtures.statements import recorded_statements
from tests.fixtures.stock import Stock

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


async def drifts(services: Services) -> set[str]:
    found = await services.verifier.verify()
    # The goods of these tests came in without a document.
    return {
        check.name
        for check in found.checks
        if check.findings and not check.name.startswith("orphan")
    }


async def everything(stock: Stock) -> tuple[object, ...]:
    return (
        await stock.levels(),
        await stock.reserved(),
        await stock.reservations(),
        await stock.movements(),
    )


async def full(stock: Stock, quantity: str = "10", sku: str = "A1") -> ProductId:
    product = await stock.product(sku)
    await stock.receive(product, quantity, 1000)
    return product


class TestKeeping:
    async def test_what_is_kept_is_not_there_for_others(
        self, stock: Stock, services: Services
    ) -> None:
        tea = await full(stock)
        kept = stock.reservation(tea, "7")
        await stock.keep(kept)
        before = await everything(stock)

        with pytest.raises(InsufficientStock) as refusal:
            await stock.post(stock.moves_out(tea, "4"))

        (shortage,) = refusal.value.shortages
        assert (str(shortage.requested), str(shortage.available)) == ("4.000", "3.000")
        assert await everything(stock) == before
        await stock.post(stock.moves_out(tea, "3"))
        assert await stock.levels() == {(tea, MAIN_ID): "7.000"}
        assert await stock.reserved() == {(tea, MAIN_ID): "7.000"}
        assert await stock.reservations() == [(kept.id, "7.000", None)]
        assert await drifts(services) == set()

    async def test_all_or_nothing_with_every_shortage_and_lines_taken_together(
        self, stock: Stock
    ) -> None:
        tea, rice = await full(stock, "5", "TEA"), await full(stock, "5", "RICE")
        salt = await stock.product("SALT")
        await stock.keep(stock.reservation(tea, "1"))
        before = await everything(stock)

        with pytest.raises(InsufficientStock) as refusal:
            await stock.keep(
                stock.reservation(salt, "1"),
                stock.reservation(rice, "5"),
                stock.reservation(tea, "2"),
                stock.reservation(tea, "3"),
            )

        assert [
            (s.product_id, str(s.requested), str(s.available)) for s in refusal.value.shortages
        ] == [(tea, "5.000", "4.000"), (salt, "1.000", "0.000")]
        assert await everything(stock) == before

    async def test_what_is_let_go_is_there_again(self, stock: Stock, services: Services) -> None:
        tea = await full(stock)
        kept = stock.reservation(tea, "7")
        await stock.keep(kept)

        async with stock.work() as work:
            found = await work.reservations.get(kept.id)
            await work.reservations.release(found, at=work.started_at)
            await work.commit()

        assert await stock.reserved() == {}
        assert await stock.reservations() == [(kept.id, "7.000", "released")]
        await stock.post(stock.moves_out(tea, "10"))
        assert await drifts(services) == set()

    async def test_there_is_none_such(self, stock: Stock) -> None:
        async with stock.work() as work:
            with pytest.raises(NotFound):
                await work.reservations.get(stock.ids.new(ReservationId))

    async def test_the_last_wall(self, stock: Stock) -> None:
        tea = await full(stock)
        await stock.keep(stock.reservation(tea, "7"))

        for statement in ("on_hand = 6999", "reserved = 10001", "reserved = -1"):
            with pytest.raises(IntegrityError):
                async with stock.engine.begin() as connection:
                    await connection.execute(text(f"UPDATE stock_levels SET {statement}"))


class TestLapsing:
    async def test_who_takes_gives_up_first_what_is_past_its_time(
        self, stock: Stock, services: Services
    ) -> None:
        tea = await full(stock)
        now = datetime.now(UTC)
        over = stock.reservation(tea, "4", expires_at=now - timedelta(seconds=1))
        still = stock.reservation(tea, "2", expires_at=now + timedelta(days=1))
        await stock.keep(over, still)

        await stock.post(stock.moves_out(tea, "8"))

        assert await stock.levels() == {(tea, MAIN_ID): "2.000"}
        assert await stock.reserved() == {(tea, MAIN_ID): "2.000"}
        assert await stock.reservations() == [
            (over.id, "4.000", "lapsed"),
            (still.id, "2.000", None),
        ]
        assert await drifts(services) == set()

    async def test_so_does_who_reserves(self, stock: Stock, services: Services) -> None:
        tea = await full(stock)
        over = stock.reservation(tea, "10", expires_at=LONG_AGO)
        await stock.keep(over)
        mine = stock.reservation(tea, "10")

        await stock.keep(mine)

        assert await stock.reservations() == [
            (over.id, "10.000", "lapsed"),
            (mine.id, "10.000", None),
        ]
        assert await stock.reserved() == {(tea, MAIN_ID): "10.000"}
        assert await drifts(services) == set()

    async def test_a_refusal_gives_up_nothing(self, stock: Stock, services: Services) -> None:
        """The rest of the transaction finds levels and reservations in step."""
        tea = await full(stock)
        await stock.keep(stock.reservation(tea, "4", expires_at=LONG_AGO))
        before = await everything(stock)

        async with stock.work() as work:
            with pytest.raises(InsufficientStock) as refusal:
                await work.ledger.post(stock.posting(stock.moves_out(tea, "11")))
            with pytest.raises(InsufficientStock):
                await work.reservations.keep([stock.reservation(tea, "11")], at=work.started_at)
            await work.commit()

        assert str(refusal.value.shortages[0].available) == "10.000"
        assert await everything(stock) == before
        assert await drifts(services) == set()


class TestFacts:
    async def test_goods_that_are_gone_are_gone_and_the_newest_go_without(
        self, stock: Stock, services: Services
    ) -> None:
        tea = await full(stock)
        first, second, third = (stock.reservation(tea, "3") for _ in range(3))
        await stock.keep(first)
        await stock.keep(second)
        await stock.keep(third)

        await stock.post(stock.moves_out(tea, "6"), overrides_reservations=True)

        assert await stock.levels() == {(tea, MAIN_ID): "4.000"}
        assert await stock.reserved() == {(tea, MAIN_ID): "4.000"}
        assert await stock.reservations() == [
            (first.id, "3.000", None),
            (second.id, "1.000", None),
            (third.id, "0.000", "shrunk"),
        ]
        assert await drifts(services) == set()

    async def test_what_lapsed_goes_before_what_is_kept(
        self, stock: Stock, services: Services
    ) -> None:
        tea = await full(stock)
        kept = stock.reservation(tea, "5")
        over = stock.reservation(tea, "5", expires_at=LONG_AGO)
        await stock.keep(kept, over)

        await stock.post(stock.moves_out(tea, "5"), overrides_reservations=True)

        assert await stock.reservations() == [
            (kept.id, "5.000", None),
            (over.id, "5.000", "lapsed"),
        ]
        assert await drifts(services) == set()

    async def test_more_than_lies_there_is_refused_all_the_same(self, stock: Stock) -> None:
        tea = await full(stock)
        await stock.keep(stock.reservation(tea, "5"))
        before = await everything(stock)

        with pytest.raises(InsufficientStock) as refusal:
            await stock.post(stock.moves_out(tea, "11"), overrides_reservations=True)

        assert str(refusal.value.shortages[0].available) == "10.000"
        assert await everything(stock) == before


class TestOversell:
    async def test_what_is_kept_for_others_stays(self, stock: Stock, services: Services) -> None:
        tea = await full(stock)
        await stock.keep(stock.reservation(tea, "7"))

        movements = await stock.post(stock.moves_out(tea, "5"), oversell=True)

        assert [(m.source, str(m.quantity)) for m in movements] == [
            (MAIN_ID, "3.000"),
            (DISCREPANCY_ID, "2.000"),
        ]
        assert await stock.reserved() == {(tea, MAIN_ID): "7.000"}
        assert await drifts(services) == set()

    async def test_where_all_is_drawn_what_lapsed_is_given_up_still(
        self, stock: Stock, services: Services
    ) -> None:
        tea = await full(stock, "2")
        kept = stock.reservation(tea, "2")
        await stock.keep(kept)

        await stock.post(stock.moves_out(tea, "5"), oversell=True)

        assert await stock.reservations() == [(kept.id, "2.000", None)]
        assert await stock.levels() == {(tea, MAIN_ID): "2.000"}
        assert await drifts(services) == set()


class TestBudget:
    """The same few statements for one line and for two hundred."""

    @pytest.mark.parametrize("lines", [1, 200])
    async def test_of_keeping(self, stock: Stock, lines: int) -> None:
        products = [await stock.product(f"P{number}") for number in range(lines)]
        await stock.post(*(stock.moves_in(product, "2", 100) for product in products))

        with recorded_statements() as statements:
            await stock.keep(*(stock.reservation(product, "1") for product in products))
        with recorded_statements() as more:
            await stock.keep(*(stock.reservation(product, "1") for product in products))

        # Levels locked and changed, reservations written.
        assert len(statements) == 3, statements
        # Where something is kept it is asked what of it lapsed.
        assert len(more) == 4, more

    @pytest.mark.parametrize("lines", [1, 200])
    async def test_of_taking_beside_what_is_kept(self, stock: Stock, lines: int) -> None:
        products = [await stock.product(f"P{number}") for number in range(lines)]
        await stock.post(*(stock.moves_in(product, "4", 100) for product in products))
        await stock.keep(
            *(stock.reservation(product, "1", expires_at=LONG_AGO) for product in products),
            *(stock.reservation(product, "2") for product in products),
        )

        with recorded_statements() as statements:
            await stock.post(*(stock.moves_out(product, "1") for product in products))
        with recorded_statements() as fact:
            await stock.post(
                *(stock.moves_out(product, "2") for product in products),
                overrides_reservations=True,
            )

        # Beside the five of every posting: what lapsed is asked for and ended.
        assert len(statements) == 7, statements
        # Nothing lapsed; the newest reservations are read and shrunk, and it is told once.
        assert len(fact) == 9, fact
