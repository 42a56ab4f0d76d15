"""Fifty buyers race for ten units over HTTP against several server processes.

Every cart takes one of each of two articles, so exactly ten carts can be served. Carts name the
articles in opposite orders, or one of them on two lines; half of the buyers send their request
twice at once, to two servers, with the same key.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx2 import AsyncClient, Limits, Response
from sqlalchemy import BigInteger, select, text, type_coerce

from app.application.services import Services
from app.domain.auth.roles import Role
from app.domain.common.identifiers import ProductId
from app.domain.inventory.locations import MAIN_ID
from app.infrastructure.db.tables.inventory import stock_levels
from tests.fixtures.databases import Database
from tests.fixtures.real_servers import serving
from tests.fixtures.till import KILOGRAM, SALES, Json, Till, line

ROUNDS = 20
BUYERS = 50
UNITS = 10
SERVERS = 3
RETRIES = 20
# What a client that follows Retry-After sends again; anything else is an outcome.
TRY_AGAIN = {(503, "busy"), (409, "idempotency_in_progress")}


@dataclass(frozen=True)
class Outcome:
    """What each buyer was answered (one answer, or two for the same key), and what is left."""

    answers: list[list[Response]]
    left: list[int]
    drifts: list[str]

    @property
    def statuses(self) -> Counter[tuple[int, str]]:
        return Counter(outcome_of(answers[0]) for answers in self.answers)


def outcome_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def substance(answer: Response) -> tuple[int, Json]:
    """Return all but the trace of the request, which a refusal names and each request has."""
    return answer.status_code, {k: v for k, v in answer.json().items() if k != "trace_id"}


class Shop:
    """The servers of one shop, and everything that buyers do there."""

    def __init__(self, till: Till, services: Services, clients: list[AsyncClient]) -> None:
        self._till = till
        self._services = services
        self._clients = clients
        self._sellers = till.headers(Role.CASHIER)

    async def race(self, number: int) -> Outcome:
        goods = [await self._article(f"{name}-{number}") for name in ("TEA", "JAM")]
        answers = await asyncio.gather(
            *(self._buy(f"{number}-{buyer}", buyer, goods) for buyer in range(BUYERS))
        )
        verification = await self._services.verifier.verify()
        return Outcome(
            answers=list(answers),
            left=[await self._left(article) for article in goods],
            drifts=[check.name for check in verification.checks if check.findings],
        )

    async def _article(self, sku: str) -> ProductId:
        """Ten units on the shelf; what lies in the cellar is no help."""
        article = await self._till.product(sku, price="10.00", unit=KILOGRAM)
        for location, quantity in ((MAIN_ID, UNITS), (self.cellar, 1000)):
            received = await self._clients[0].post(
                "/api/v1/inventory/receipts",
                json={
                    "location_id": str(location),
                    "lines": [line(article, str(quantity), unit_cost="3.33")],
                },
                headers=self._till.headers(Role.MANAGER),
            )
            assert received.status_code == 201, received.text
        return article

    async def _left(self, article: ProductId) -> int:
        """Return the thousandths on the shelf; plain, for a quantity cannot be negative."""
        level = stock_levels.c
        query = select(type_coerce(level.on_hand, BigInteger)).where(
            level.product_id == article, level.location_id == MAIN_ID
        )
        async with self._till.stock.engine.connect() as connection:
            return int(await connection.scalar(query) or 0)

    async def open_cellar(self) -> None:
        self.cellar = await self._till.stock.location("cellar")

    async def _buy(self, key: str, buyer: int, goods: list[ProductId]) -> list[Response]:
        times = 1 + buyer % 2
        return list(
            await asyncio.gather(
                *(
                    self._send(self._clients[(buyer + twin) % len(self._clients)], key,
                               cart(buyer, *goods))
                    for twin in range(times)
                )
            )
        )  # fmt: skip

    async def _send(self, server: AsyncClient, key: str, body: Json) -> Response:
        headers = self._sellers | {"Idempotency-Key": key}
        for _ in range(RETRIES):
            answer = await server.post(SALES, json=body, headers=headers)
            if outcome_of(answer) not in TRY_AGAIN:
                break
            await asyncio.sleep(int(answer.headers["Retry-After"]))
        return answer


def cart(buyer: int, tea: ProductId, jam: ProductId) -> Json:
    lines = [
        [line(tea), line(jam)],
        [line(jam), line(tea)],
        [line(jam, "0.4"), line(tea), line(jam, "0.6")],
    ][buyer % 3]
    return {"lines": lines, "complete": {"tenders": [{"kind": "card", "amount": "20.00"}]}}


def assert_ten_are_sold_once(outcome: Outcome) -> None:
    assert outcome.statuses == {(201, ""): UNITS, (409, "insufficient_stock"): BUYERS - UNITS}
    for first, *twins in outcome.answers:
        assert [substance(twin) for twin in twins] == [substance(first)] * len(twins)
    assert outcome.left == [0, 0]
    assert outcome.drifts == []


async def open_shop(
    stack: AsyncExitStack, till: Till, services: Services, addresses: list[str]
) -> Shop:
    limits = Limits(max_connections=BUYERS)
    clients = [
        await stack.enter_async_context(
            AsyncClient(base_url=address, timeout=60, limits=limits, trust_env=False)
        )
        for address in addresses
    ]
    shop = Shop(till, services, clients)
    await shop.open_cellar()
    return shop


@pytest.mark.case("INV-01", "INV-05", "SAL-05")
async def test_ten_units_are_sold_to_ten_of_fifty_buyers(
    till: Till, services: Services, database: Database, tmp_path: Path
) -> None:
    with serving(database, tmp_path, processes=SERVERS) as addresses:
        async with AsyncExitStack() as stack:
            shop = await open_shop(stack, till, services, addresses)
            for number in range(ROUNDS):
                assert_ten_are_sold_once(await shop.race(number))


@pytest.mark.leaves_damage("stock_levels_negative")
async def test_race_is_lost_without_the_guard(
    till: Till, services: Services, database: Database, tmp_path: Path
) -> None:
    """The same race, judged by the same rule, fails when the guard is taken away."""
    if database.dialect == "postgres":
        async with till.stock.engine.begin() as connection:
            for wall in ("on_hand", "reserved"):
                await connection.execute(
                    text(f"ALTER TABLE stock_levels DROP CONSTRAINT ck_stock_levels_{wall}")
                )
    with serving(database, tmp_path, processes=2, arguments=("--unguarded",)) as addresses:
        async with AsyncExitStack() as stack:
            outcome = await (await open_shop(stack, till, services, addresses)).race(0)

    with pytest.raises(AssertionError):
        assert_ten_are_sold_once(outcome)
    assert outcome.statuses[201, ""] > UNITS
    assert min(outcome.left) < 0
    assert "stock_levels_negative" in outcome.drifts
