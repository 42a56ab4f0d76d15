"""Counts that a program posts at once, in a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from app.application.common.actor import Actor
from app.application.inventory.count_posting import post_counts
from app.application.inventory.posting import LocationClosed
from app.application.inventory.stocktakes import CountedRow
from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.errors import Conflict, InvalidValue, UnknownReference
from app.domain.common.identifiers import LocationId, ProductId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.inventory.counting import Settled
from app.domain.inventory.locations import MAIN_ID, SUPPLIER_ID
from app.domain.shop.books import PeriodClosed
from app.infrastructure.db.tables.foundation import audit_log, outbox
from app.infrastructure.db.tables.inventory import locations
from app.infrastructure.db.tables.stocktakes import stocktakes
from tests.fixtures.counting import Counter
from tests.fixtures.people import MakeActor
from tests.fixtures.statements import recorded_statements

DAY = datetime(2026, 3, 2, tzinfo=UTC)
MORNING, NOON = DAY.replace(hour=8), DAY.replace(hour=12)
MINUTE = timedelta(minutes=1)


class Program:
    """Posts counts as a manager, and commits unless told otherwise."""

    def __init__(self, services: Services, actor: Actor) -> None:
        self._services = services
        self._actor = actor

    async def post(
        self,
        *rows: CountedRow,
        to: LocationId = MAIN_ID,
        counted_at: datetime = NOON,
        note: str | None = None,
        commit: bool = True,
    ) -> Sequence[Settled]:
        async with self._services.work(None) as work:
            settled = await post_counts(
                work,
                to,
                rows,
                counted_at=counted_at,
                note=note,
                ids=self._services.ids,
                actor=self._actor,
            )
            if commit:
                await work.commit()
        return settled


@pytest.fixture
def program(services: Services, actor: MakeActor) -> Program:
    return Program(services, actor(Role.MANAGER))


def counted(product: ProductId, quantity: str, **members: object) -> CountedRow:
    return CountedRow(product_id=product, counted=Quantity.parse(quantity), **members)  # type: ignore[arg-type]


async def drifts(services: Services) -> list[str]:
    verification = await services.verifier.verify()
    return [check.name for check in verification.checks if check.findings]


async def test_it_leaves_what_moved_after_the_instant_and_takes_in_what_is_told_late(
    program: Program, counter: Counter, services: Services
) -> None:
    tea, cup = await counter.till.product("TEA"), await counter.till.product("CUP")
    await counter.receive(tea, "10", at=MORNING)
    await counter.sold(tea, "4", at=NOON + MINUTE)

    settled = await program.post(counted(tea, "9"), counted(cup, "0"), note="Spring")

    came_to = {one.fact.product_id: one for one in settled}
    assert (str(came_to[tea].variance), came_to[tea].changes_books) == ("-1.000", True)
    assert (str(came_to[cup].variance), came_to[cup].changes_books) == ("0.000", False)
    assert await counter.till.on_hand(tea) == "5.000"
    await counter.sold(tea, "2", at=NOON - MINUTE)
    assert await counter.till.on_hand(tea) == "5.000"
    [count] = (await counter.get()).json()["items"]
    assert (count["status"], count["note"]) == ("posted", "Spring")
    assert [(row["sku"], row["variance"], row["variance_now"]) for row in (
        await counter.lines(count)
    )] == [("CUP", "0.000", "0.000"), ("TEA", "-1.000", "1.000")]  # fmt: skip
    assert await drifts(services) == []


async def test_rows_have_instants_and_costs_of_their_own(
    program: Program, counter: Counter, services: Services
) -> None:
    tea, cup = await counter.till.product("TEA"), await counter.till.product("CUP")
    cost = UnitPrice.parse("2.50")

    await program.post(
        counted(tea, "2", counted_at=MORNING, unit_cost=cost), counted(cup, "1", unit_cost=cost)
    )

    [count] = (await counter.get()).json()["items"]
    lines = await counter.lines(count)
    assert [(row["sku"], datetime.fromisoformat(row["counted_at"])) for row in lines] == [
        ("CUP", NOON),
        ("TEA", MORNING),
    ]
    assert [row["value"]["amount"] for row in lines] == ["2.50", "5.00"]
    assert await drifts(services) == []


async def test_it_clears_what_was_sold_beyond_the_books(
    program: Program, counter: Counter, services: Services
) -> None:
    tea = await counter.till.product("TEA")
    await counter.receive(tea, "1", at=MORNING)
    sale = await counter.sold(tea, "3", oversell=True)

    [settled] = await program.post(counted(tea, "4"), counted_at=services.clock.now())

    assert (str(settled.book), str(settled.after)) == ("-2.000", "4.000")
    assert await counter.till.on_hand(tea) == "4.000"
    assert (await counter.till.get(f"/{sale['id']}")).json()["needs_attention"] is False
    assert await drifts(services) == []


async def test_what_is_posted_is_written_down_with_the_callers_transaction(
    program: Program, counter: Counter
) -> None:
    tea = await counter.till.product("TEA")
    before = await counter.footprint()

    await program.post(counted(tea, "4"), commit=False)
    assert await counter.footprint() == before

    await program.post(counted(tea, "4"))
    [count] = await counter.till.rows(stocktakes)
    audited = [row for row in await counter.till.rows(audit_log) if row["object_id"] == count["id"]]
    assert [(row["action"], row["changes"]) for row in audited] == [
        ("stocktake.posted", {"TEA": {"before": "0.000", "after": "4.000"}})
    ]
    told = [row["name"] for row in await counter.till.rows(outbox) if "stocktake" in row["name"]]
    assert sorted(told) == [
        "stocktake.levels_changed",
        "stocktake.opened",
        "stocktake.posted",
        "stocktake.reviewed",
    ]


async def test_what_cannot_be_counted_is_refused_with_the_callers_transaction(
    program: Program, counter: Counter, services: Services
) -> None:
    till = counter.till
    tea, fee = await till.product("TEA"), await till.product("FEE", tracks_stock=False)
    shut = await till.stock.location("shut")
    async with till.stock.engine.begin() as connection:
        await connection.execute(
            update(locations).where(locations.c.id == shut).values(active=False)
        )
    await till.set_shop(closed_through=MORNING.date() - timedelta(days=1))
    unknown, nowhere = services.ids.new(ProductId), services.ids.new(LocationId)
    before = await counter.footprint()

    async def refused(
        error: type[InvalidValue | Conflict], *rows: CountedRow, **at: object
    ) -> list[tuple[str, str]]:
        with pytest.raises(error) as caught:
            await program.post(*rows, **at)  # type: ignore[arg-type]
        return [(fault.pointer, fault.code) for fault in caught.value.errors]

    one = counted(tea, "1")
    assert await refused(UnknownReference, one, counted(unknown, "1")) == [
        ("/product_ids/1", "unknown_reference")
    ]
    assert await refused(InvalidValue, counted(fee, "1")) == [("/product_ids/0", "not_stocked")]
    assert await refused(InvalidValue, one, counted(tea, "1.5")) == [
        ("/lines/1/counted", "invalid_value")
    ]
    ahead = services.clock.now() + timedelta(hours=1)
    assert await refused(InvalidValue, one, counted_at=ahead) == [
        ("/lines/0/counted_at", "invalid_value")
    ]
    await refused(PeriodClosed, one, counted_at=MORNING - timedelta(days=2))
    assert await refused(UnknownReference, one, to=nowhere) == [
        ("/location_id", "unknown_reference")
    ]
    assert await refused(InvalidValue, one, to=SUPPLIER_ID) == [("/location_id", "invalid_value")]
    await refused(LocationClosed, one, to=shut)
    assert await counter.footprint() == before


async def test_any_number_of_rows_takes_the_same_statements(
    program: Program, counter: Counter
) -> None:
    products = [await counter.till.product(f"P-{number}") for number in range(60)]

    async def statements(*chosen: ProductId) -> int:
        with recorded_statements() as executed:
            await program.post(*(counted(product, "3") for product in chosen))
        return len(executed)

    assert await statements(*products[:2]) == await statements(*products[2:])
