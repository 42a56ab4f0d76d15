"""Lists that are walked while they change: what was there all the time is seen exactly once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, update

from app.application.services import Services
from app.domain.common.identifiers import ProductId, SaleId
from app.domain.common.money import UnitPrice
from app.domain.inventory.locations import MAIN_ID
from app.infrastructure.db.tables.catalog import products
from app.infrastructure.db.tables.sales import sales
from tests.fixtures.goods import API, Goods
from tests.fixtures.people import MakeActor
from tests.fixtures.sound import Json
from tests.fixtures.stock import AT, Stock
from tests.fixtures.writes import Writes

STABLE = 400
CHANGES = 1_000
PAGE = 10
WRITERS = 2
# So many changes while a page is read that all are made before the last stable row is.
SHARE = CHANGES * PAGE // STABLE

Change = Callable[[], Awaitable[object]]


async def walked(goods: Goods, path: str, changes: list[Change], **params: str) -> Counter[str]:
    """Walk the list while writers make the changes; returns how often each row was seen."""
    seen: Counter[str] = Counter()
    left = iter(changes)
    cursor: dict[str, str] = {}
    while True:
        share = [change for _, change in zip(range(SHARE), left, strict=False)]
        page, *_ = await asyncio.gather(
            goods.get(path, limit=PAGE, **params, **cursor),
            *(one_after_another(share[n::WRITERS]) for n in range(WRITERS)),
        )
        assert page.status_code == 200, page.text
        seen.update(item["id"] for item in page.json()["items"])
        if page.json()["next_cursor"] is None:
            break
        cursor = {"cursor": page.json()["next_cursor"]}
    assert list(left) == []
    return seen


async def one_after_another(changes: list[Change]) -> None:
    for change in changes:
        await change()


def assert_each_once(seen: Counter[str], stable: list[str]) -> None:
    assert {seen[row] for row in stable} == {1}
    assert set(seen.values()) == {1}


@pytest.mark.case("B07")
@pytest.mark.parametrize("sort", ["name", "-price"])
async def test_products_that_come_and_go(goods: Goods, sort: str) -> None:
    """Half of the changes are products that come, a quarter are removed, a quarter deactivated."""
    chooser = random.Random(STABLE)

    def rows(many: int, what: str) -> list[Json]:
        return [
            {
                "sku": f"{chooser.random()}-{what}",
                "name": f"{chooser.random()}",
                "price_micros": UnitPrice(chooser.randrange(50) * 1_000_000),
            }
            for _ in range(many)
        ]

    stable = await goods.fill(rows(STABLE, "stays"))
    going = await goods.fill(rows(CHANGES // 2, "goes"))

    def come(row: Json) -> Change:
        return lambda: goods.fill([row])

    def go(identifier: ProductId, number: int) -> Change:
        own = products.c.id == identifier
        off = update(products).values(active=False).where(own)
        return lambda: run(goods, off if number % 2 else delete(products).where(own))

    changes = [come(row) for row in rows(CHANGES // 2, "comes")]
    changes += [go(identifier, number) for number, identifier in enumerate(going)]
    chooser.shuffle(changes)

    seen = await walked(goods, "/products", changes, sort=sort, active="true")

    assert_each_once(seen, [str(identifier) for identifier in stable])


async def run(goods: Goods, statement: object) -> None:
    async with goods.engine.begin() as connection:
        await connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.case("B07")
@pytest.mark.leaves_damage("sale_steps")
async def test_drafts_that_are_rung_up_and_cancelled(goods: Goods) -> None:
    """Also back-dated ones, which come in the middle of what is being walked."""
    chooser = random.Random(STABLE)
    stable = [draft(goods, chooser) for _ in range(STABLE)]
    going = [draft(goods, chooser) for _ in range(CHANGES // 2)]
    await run(goods, insert(sales).values(stable + going))

    def come(row: Json) -> Change:
        return lambda: run(goods, insert(sales).values(row))

    def go(row: Json) -> Change:
        voided = {"status": "voided", "voided_at": AT, "version": 2}
        return lambda: run(goods, update(sales).values(voided).where(sales.c.id == row["id"]))

    changes = [come(draft(goods, chooser)) for _ in range(CHANGES // 2)] + list(map(go, going))
    chooser.shuffle(changes)

    seen = await walked(goods, "/sales", changes, status="draft")

    assert_each_once(seen, [str(row["id"]) for row in stable])


def draft(goods: Goods, chooser: random.Random) -> Json:
    at = AT + timedelta(seconds=chooser.randrange(100))
    amounts = dict.fromkeys(("discount_minor", "net_minor", "tax_minor", "total_minor"), 0)
    return amounts | {
        "id": goods.ids.new(SaleId),
        "status": "draft",
        "currency": "EUR",
        "prices_include_tax": True,
        "location_id": MAIN_ID,
        "needs_attention": False,
        "occurred_at": at,
        "created_at": at,
        "version": 1,
    }


@pytest.mark.case("B07")
async def test_the_audit_log_that_grows(goods: Goods, services: Services, actor: MakeActor) -> None:
    async def note() -> None:
        async with services.work(None) as work:
            work.audit(actor(), "product.noted", services.ids.new(ProductId))
            await work.flush()
            await work.commit()

    await one_after_another([note] * STABLE)
    stable = [item["id"] async for page in goods.walk("/audit", limit=200) for item in page]

    seen = await walked(goods, "/audit", [note] * CHANGES)

    assert len(stable) == STABLE
    assert_each_once(seen, stable)


@pytest.mark.case("B07")
async def test_movements_that_go_on(goods: Goods, stock: Stock) -> None:
    product = await stock.product("TEA")
    batch = 10

    async def receive() -> None:
        await stock.post(*(stock.moves_in(product, "1", 100) for _ in range(batch)))

    await one_after_another([receive] * (STABLE // batch))
    path = "/inventory/movements"
    stable = [item["id"] async for page in goods.walk(path, limit=200) for item in page]
    postings = [receive if number % batch == 0 else nothing for number in range(CHANGES)]

    seen = await walked(goods, path, postings)

    assert len(stable) == STABLE
    assert_each_once(seen, stable)
    assert len(await stock.movements()) == STABLE + CHANGES


async def nothing() -> None:
    """Keep the pace: a posting moves ten things at once."""


@pytest.mark.case("B07")
async def test_a_cursor_that_no_list_gave_out_is_refused_by_every_list(writes: Writes) -> None:
    lists = await writes.lists()
    for name in ("TEA", "JAM"):
        await writes.http.post(f"{API}/categories", json={"name": name}, headers=writes.headers())
    genuine: dict[str, str] = {}
    for route, address in lists.items():
        answer = await writes.http.get(with_(address, limit="1"), headers=writes.headers())
        assert answer.status_code == 200, (route, answer.text)
        if answer.json()["next_cursor"] is not None:
            genuine[route] = answer.json()["next_cursor"]
    assert len(genuine) >= 5, genuine

    for route, address in lists.items():
        others = {cursor for owner, cursor in genuine.items() if owner != route}
        own = genuine.get(route)
        for forged in others | set(forgeries(own or next(iter(genuine.values())))):
            answer = await writes.http.get(with_(address, cursor=forged), headers=writes.headers())
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), (
                route,
                forged,
            )
        if own is not None:
            again = await writes.http.get(with_(address, cursor=own), headers=writes.headers())
            assert again.status_code == 200, route


def forgeries(cursor: str) -> Iterator[str]:
    """Yield what somebody might make of a cursor, or make up."""
    yield from ("x", "made-up", "eyJpZCI6MX0", "0" * 100, "\u00e9", "=", "AAAA" * 20)
    yield from (cursor[:-1], cursor + "A", cursor + "=", cursor[1:], cursor.swapcase())
    for place in range(0, len(cursor), 11):
        yield cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]


def with_(address: str, **params: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return f"{address}{'&' if '?' in address else '?'}{query}"
