"""The ledger: levels, values and movements change together or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.common.identifiers import AdjustmentId, LineId, LocationId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.locations import (
    CUSTOMER_ID,
    DISCREPANCY_ID,
    MAIN_ID,
    SUPPLIER_ID,
)
from app.domain.inventory.movement import AlreadyApplied, Move, MovementKind
from app.domain.inventory.plan import InvalidMove
from app.domain.inventory.stock import InsufficientStock
from app.domain.inventory.valuation import StockTooLarge
from tests.fixtures.statements import recorded_statements
from tests.fixtures.stock import Stock


async def everything(stock: Stock) -> tuple[object, object, object]:
    return await stock.levels(), await stock.holdings(), await stock.movements()


def between(stock: Stock, product: ProductId, quantity: str, *, to: LocationId) -> Move:
    return Move(
        product_id=product,
        source=MAIN_ID,
        target=to,
        quantity=Quantity.parse(quantity),
        kind=MovementKind.TRANSFER,
        line_id=stock.ids.new(LineId),
    )


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

    async def test_the_last_unit_takes_the_rest(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "3", 100)

        movements = await stock.post(*(stock.moves_out(tea, "1") for _ in range(3)))

        assert [movement.value_minor for movement in movements] == [33, 34, 33]
        assert await stock.holdings() == {tea: ("0.000", 0)}

    async def test_movements_come_back_in_the_order_of_the_moves(self, stock: Stock) -> None:
        tea, rice = await stock.product("TEA"), await stock.product("RICE")

        movements = await stock.post(
            stock.moves_in(rice, "1", 10), stock.moves_in(tea, "2", 20), stock.found(rice, "3")
        )

        assert [(m.product_id, str(m.quantity), m.value_minor) for m in movements] == [
            (rice, "1.000", 10),
            (tea, "2.000", 20),
            (rice, "3.000", 30),
        ]

    async def test_goods_that_pass_through_in_one_document_arrive_first(self, stock: Stock) -> None:
        tea = await stock.product()

        movements = await stock.post(stock.moves_out(tea, "2"), stock.moves_in(tea, "2", 77))

        assert [movement.value_minor for movement in movements] == [77, 77]
        assert await stock.holdings() == {tea: ("0.000", 0)}

    async def test_a_transfer_keeps_quantity_and_value(self, stock: Stock) -> None:
        tea, cellar = await stock.product(), await stock.location("cellar")
        await stock.receive(tea, "3", 100)

        (movement,) = await stock.post(between(stock, tea, "2", to=cellar))

        assert movement.value_minor == 67
        assert await stock.levels() == {(tea, MAIN_ID): "1.000", (tea, cellar): "2.000"}
        assert await stock.holdings() == {tea: ("3.000", 100)}

    async def test_value_is_shared_by_all_places(self, stock: Stock) -> None:
        tea, cellar = await stock.product(), await stock.location("cellar")
        await stock.post(stock.moves_in(tea, "1", 100), stock.moves_in(tea, "1", 300, to=cellar))

        (movement,) = await stock.post(stock.moves_out(tea, "1", of=cellar))

        assert movement.value_minor == 200
        assert await stock.holdings() == {tea: ("1.000", 200)}

    async def test_nothing_to_move_is_nothing(self, stock: Stock) -> None:
        assert await stock.post() == []
        assert await everything(stock) == ({}, {}, [])


class TestShortages:
    @pytest.mark.case("INV-01")
    async def test_lines_of_one_product_are_taken_together(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "3", 300)
        before = await everything(stock)

        with pytest.raises(InsufficientStock) as refusal:
            await stock.post(stock.moves_out(tea, "2"), stock.moves_out(tea, "2"))

        (shortage,) = refusal.value.shortages
        assert (str(shortage.requested), str(shortage.available)) == ("4.000", "3.000")
        assert await everything(stock) == before

    async def test_all_are_reported_at_once_in_order_and_nothing_happens(
        self, stock: Stock
    ) -> None:
        tea, rice, salt = [await stock.product(sku) for sku in ("TEA", "RICE", "SALT")]
        await stock.receive(tea, "1", 100)
        await stock.receive(rice, "5", 100)
        before = await everything(stock)

        with pytest.raises(InsufficientStock) as refusal:
            await stock.post(
                stock.moves_out(salt, "1"), stock.moves_out(rice, "5"), stock.moves_out(tea, "2")
            )

        assert [(s.product_id, str(s.available)) for s in refusal.value.shortages] == [
            (tea, "1.000"),
            (salt, "0.000"),
        ]
        assert await everything(stock) == before

    async def test_the_rest_of_the_transaction_finds_stock_untouched(self, stock: Stock) -> None:
        tea, rice = await stock.product("TEA"), await stock.product("RICE")
        await stock.receive(tea, "5", 100)

        async with stock.work() as work:
            with pytest.raises(InsufficientStock):
                await work.ledger.post(
                    stock.posting(stock.moves_out(tea, "1"), stock.moves_out(rice, "1"))
                )
            held = await work.ledger.around({(tea, MAIN_ID): 0}, occurred_at=work.started_at)
            await work.commit()

        assert held == {(tea, MAIN_ID): (Quantity.of(5), Quantity.of(5))}
        assert await stock.levels() == {(tea, MAIN_ID): "5.000"}

    async def test_goods_elsewhere_do_not_help(self, stock: Stock) -> None:
        tea, cellar = await stock.product(), await stock.location("cellar")
        await stock.post(stock.moves_in(tea, "5", 100, to=cellar))

        with pytest.raises(InsufficientStock) as refusal:
            await stock.post(stock.moves_out(tea, "1"))

        assert refusal.value.shortages[0].location_id == MAIN_ID
        assert await stock.levels() == {(tea, cellar): "5.000"}


class TestOversell:
    async def test_the_shortfall_is_drawn_from_the_discrepancy_location(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "2", 250)

        movements = await stock.post(stock.moves_out(tea, "5"), oversell=True)

        assert [(m.source, str(m.quantity), m.value_minor) for m in movements] == [
            (MAIN_ID, "2.000", 250),
            (DISCREPANCY_ID, "3.000", 375),
        ]
        assert len({movement.line_id for movement in movements}) == 1
        assert await stock.levels() == {(tea, MAIN_ID): "0.000"}
        assert await stock.holdings() == {tea: ("0.000", 0)}

    async def test_the_first_lines_are_served_first(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "3", 300)
        first, second = stock.moves_out(tea, "2"), stock.moves_out(tea, "2")

        movements = await stock.post(first, second, oversell=True)

        assert [(m.line_id, m.source, str(m.quantity)) for m in movements] == [
            (first.line_id, MAIN_ID, "2.000"),
            (second.line_id, MAIN_ID, "1.000"),
            (second.line_id, DISCREPANCY_ID, "1.000"),
        ]

    async def test_with_enough_on_hand_nothing_is_drawn(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "3", 300)

        (movement,) = await stock.post(stock.moves_out(tea, "3"), oversell=True)

        assert movement.source == MAIN_ID

    async def test_with_nothing_on_hand_the_last_cost_counts(self, stock: Stock) -> None:
        tea = await stock.product(cost=UnitPrice.parse("9"))
        await stock.receive(tea, "2", 250)
        await stock.post(stock.moves_out(tea, "2"))

        (movement,) = await stock.post(stock.moves_out(tea, "4"), oversell=True)

        assert (movement.source, movement.value_minor) == (DISCREPANCY_ID, 500)

    async def test_without_any_movement_the_cost_of_the_catalog_counts(self, stock: Stock) -> None:
        tea = await stock.product("TEA", cost=UnitPrice.parse("1.333333"))
        rice = await stock.product("RICE")

        movements = await stock.post(
            stock.moves_out(tea, "3"), stock.moves_out(rice, "3"), oversell=True
        )

        assert [movement.value_minor for movement in movements] == [400, 0]
        # Sold here, so a count has to look here.
        assert await stock.levels() == {(tea, MAIN_ID): "0.000", (rice, MAIN_ID): "0.000"}
        assert await stock.holdings() == {}

    async def test_it_is_reversed_place_by_place(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "2", 250)
        document = stock.ids.new(AdjustmentId)
        movements = await stock.post(stock.moves_out(tea, "5"), document_id=document, oversell=True)

        await stock.post(
            *(stock.reversal(movement) for movement in movements),
            document_id=document,
            generation=1,
        )

        assert await stock.levels() == {(tea, MAIN_ID): "2.000"}
        assert await stock.holdings() == {tea: ("2.000", 250)}


class TestReversal:
    @pytest.mark.case("PUR-08")
    async def test_goods_come_back_at_the_cost_they_left_at(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "10", 6000)
        document = stock.ids.new(AdjustmentId)
        (sold,) = await stock.post(stock.moves_out(tea, "4"), document_id=document)
        assert sold.value_minor == 2400

        (back,) = await stock.post(stock.reversal(sold), document_id=document, generation=1)

        assert (back.value_minor, back.reverses) == (2400, sold.id)
        assert await stock.levels() == {(tea, MAIN_ID): "10.000"}
        assert await stock.holdings() == {tea: ("10.000", 6000)}

    @pytest.mark.case("PUR-08")
    async def test_even_when_the_average_has_moved_on(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "10", 6000)
        document = stock.ids.new(AdjustmentId)
        (sold,) = await stock.post(stock.moves_out(tea, "4"), document_id=document)
        await stock.receive(tea, "6", 6000)

        await stock.post(stock.reversal(sold), document_id=document, generation=1)

        assert await stock.holdings() == {tea: ("16.000", 12000)}


class TestOnce:
    async def test_an_effect_is_never_applied_twice(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "5", 500)
        document, move = stock.ids.new(AdjustmentId), stock.moves_out(tea, "1")
        await stock.post(move, document_id=document)
        before = await everything(stock)

        with pytest.raises(AlreadyApplied):
            await stock.post(move, document_id=document)

        assert await everything(stock) == before

    async def test_a_movement_is_reversed_once(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "5", 500)
        document = stock.ids.new(AdjustmentId)
        (sold,) = await stock.post(stock.moves_out(tea, "1"), document_id=document)
        await stock.post(stock.reversal(sold), document_id=document, generation=1)
        before = await everything(stock)

        with pytest.raises(AlreadyApplied):
            await stock.post(stock.reversal(sold), document_id=document, generation=2)

        assert await everything(stock) == before


class TestImpossibleMoves:
    async def test_are_refused(self, stock: Stock) -> None:
        tea = await stock.product()
        good = stock.moves_out(tea, "1")
        for move in (
            replace(good, quantity=Quantity(0)),
            replace(good, target=MAIN_ID),
            replace(good, value_minor=1),
            replace(stock.moves_in(tea, "1", 0), value_minor=-1),
        ):
            with pytest.raises(InvalidMove):
                await stock.post(move)
        assert await everything(stock) == ({}, {}, [])

    async def test_what_cannot_be_counted_is_refused(self, stock: Stock) -> None:
        tea = await stock.product()
        await stock.receive(tea, "1", 10**17)
        before = await everything(stock)

        with pytest.raises(StockTooLarge):
            await stock.receive(tea, "1", 1)

        assert await everything(stock) == before


class TestBudget:
    """The same few statements for one line and for two hundred."""

    @pytest.mark.parametrize("lines", [1, 200])
    async def test_of_goods_that_leave(self, stock: Stock, lines: int) -> None:
        products = [await stock.product(f"P{number}") for number in range(lines)]
        await stock.post(*(stock.moves_in(product, "2", 100) for product in products))

        with recorded_statements() as statements:
            await stock.post(*(stock.moves_out(product, "1") for product in products))

        # Levels locked and changed, valuations locked and changed, movements written.
        assert len(statements) == 5, statements

    @pytest.mark.parametrize("lines", [1, 200])
    async def test_of_goods_that_come_in(self, stock: Stock, lines: int) -> None:
        products = [await stock.product(f"P{number}") for number in range(lines)]

        with recorded_statements() as statements:
            await stock.post(*(stock.moves_in(product, "2", 100) for product in products))

        # As above, after missing levels and valuations were opened.
        assert len(statements) == 7, statements

    @pytest.mark.parametrize("lines", [1, 200])
    async def test_of_what_was_never_there(self, stock: Stock, lines: int) -> None:
        products = [await stock.product(f"P{number}") for number in range(lines)]

        with recorded_statements() as statements:
            await stock.post(
                *(stock.moves_out(product, "1") for product in products), oversell=True
            )

        # Levels opened, they and valuations looked for, last costs asked, movements written.
        assert len(statements) == 5, statements
