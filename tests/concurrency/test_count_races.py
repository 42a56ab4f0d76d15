"""Counts race each other and sales: whatever comes first, the books end at what was counted."""

from __future__ import annotations

import asyncio

from app.application.services import Services
from app.domain.common.identifiers import ProductId
from tests.fixtures.counting import Counter, row
from tests.fixtures.till import Json

ROUNDS = 10


async def reviewed(counter: Counter, product: ProductId, counted: str) -> Json:
    count = await counter.open(product)
    await counter.count(count, row(product, counted))
    answer = await counter.step(count, "review")
    assert answer.status_code == 200, answer.text
    return count


async def drifts(services: Services) -> list[str]:
    verification = await services.verifier.verify()
    return [check.name for check in verification.checks if check.findings]


async def test_one_count_is_posted_once(counter: Counter, services: Services) -> None:
    for number in range(ROUNDS):
        tea = await counter.till.product(f"TEA-{number}")
        count = await reviewed(counter, tea, "5")

        answers = await asyncio.gather(
            *(counter.step(count, "post") for _ in range(3)), counter.step(count, "cancel")
        )

        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        posted = (await counter.get(f"/{count['id']}")).json()["status"] == "posted"
        assert await counter.till.on_hand(tea) == ("5.000" if posted else "0.000")
    assert await drifts(services) == []


async def test_sales_go_on_while_a_count_is_posted(counter: Counter, services: Services) -> None:
    """Each sale happens after the count of its row, before or after it is posted."""
    for number in range(ROUNDS):
        tea = await counter.till.product(f"TEA-{number}")
        await counter.receive(tea, "8")
        count = await reviewed(counter, tea, "20")

        sales = [counter.sell(tea, "2") for _ in range(4)]
        answers = await asyncio.gather(*sales[:2], counter.step(count, "post"), *sales[2:])

        assert [answer.status_code for answer in answers] == [201, 201, 200, 201, 201]
        assert await counter.till.on_hand(tea) == "12.000"
    assert await drifts(services) == []


async def test_sales_beyond_the_books_race_the_count_that_clears_them(
    counter: Counter, services: Services
) -> None:
    for number in range(ROUNDS):
        tea = await counter.till.product(f"TEA-{number}")
        before = await counter.sold(tea, "1", oversell=True)
        count = await reviewed(counter, tea, "5")

        answers = await asyncio.gather(
            counter.sell(tea, "2", oversell=True),
            counter.step(count, "post"),
            counter.sell(tea, "1", oversell=True),
            counter.till.get(f"/{before['id']}"),
        )

        assert [answer.status_code for answer in answers] == [201, 200, 201, 200]
        assert await counter.till.on_hand(tea) == "2.000"
        assert (await counter.till.get(needs_attention="true")).json()["items"] == []
    assert await drifts(services) == []


async def test_two_counts_of_one_shelf_end_at_the_later(
    counter: Counter, services: Services
) -> None:
    for number in range(ROUNDS):
        tea = await counter.till.product(f"TEA-{number}")
        await counter.receive(tea, "10")
        counts = [await reviewed(counter, tea, counted) for counted in ("20", "30")]

        answers = await asyncio.gather(
            *(counter.step(count, "post") for count in counts[:: -1 if number % 2 else 1])
        )

        assert [answer.status_code for answer in answers] == [200, 200]
        assert await counter.till.on_hand(tea) == "30.000"
    assert await drifts(services) == []


async def test_of_two_who_set_a_level_one_is_late(counter: Counter, services: Services) -> None:
    for number in range(ROUNDS):
        tea = await counter.till.product(f"TEA-{number}")
        await counter.receive(tea, "10")

        answers = await asyncio.gather(
            *(counter.set_level(tea, counted, "10") for counted in ("7", "8"))
        )

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        refused = next(answer.json() for answer in answers if answer.status_code == 409)
        assert refused["code"] == "level_changed"
    assert await drifts(services) == []
