"""One request sent fifty times at once under one key, over several server processes, is done once.

The client is a bare one: the bytes of a request are made once, and each of fifty open connections
sends them and reads the answer by its length. A client library would take as long as the servers.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from app.domain.auth.roles import Role
from app.infrastructure.db.tables.foundation import audit_log, idempotency_keys
from app.infrastructure.db.tables.inventory import stock_documents
from tests.fixtures.accounts import Store
from tests.fixtures.databases import Database
from tests.fixtures.people import SignIn
from tests.fixtures.real_servers import serving
from tests.fixtures.stock import Stock

# Each round is fifty requests: about half a minute on two processors with nothing else to do.
ROUNDS = 200
AT_ONCE = 50
SERVERS = 2


@dataclass(frozen=True)
class Told:
    status: int
    replayed: bool
    body: bytes


@dataclass(frozen=True)
class Line:
    """An open connection to a server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: bytes) -> Told:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        body = await self.reader.readexactly(int(headers["content-length"]))
        return Told(int(status.split(" ")[1]), "idempotency-replayed" in headers, body)


@asynccontextmanager
async def lines_to(addresses: list[str]) -> AsyncIterator[list[Line]]:
    lines: list[Line] = []
    try:
        for number in range(AT_ONCE):
            url = urlsplit(addresses[number % len(addresses)])
            lines.append(Line(*await asyncio.open_connection(url.hostname, url.port)))
        yield lines
    finally:
        for line in lines:
            line.writer.close()
            await line.writer.wait_closed()


def request(path: str, body: object, headers: dict[str, str]) -> bytes:
    content = json.dumps(body).encode()
    own = {"Host": "test", "Content-Type": "application/json", "Content-Length": len(content)}
    head = "".join(f"{name}: {value}\r\n" for name, value in (headers | own).items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def assert_one_effect(answers: list[Told]) -> None:
    """One request does it, the others are given its answer or told that it is under way."""
    done = [answer for answer in answers if answer.status == 201]
    assert [answer.replayed for answer in done].count(False) == 1
    assert len({answer.body for answer in done}) == 1
    under_way = [answer for answer in answers if answer.status != 201]
    assert {answer.status for answer in under_way} <= {409}
    assert all(b"idempotency_in_progress" in answer.body for answer in under_way)


@pytest.mark.case("B03")
async def test_fifty_twins_at_once_are_done_once(
    database: Database, sign_in: SignIn, stock: Stock, store: Store, tmp_path: Path
) -> None:
    product = await stock.product("TEA")
    goods = {"lines": [{"product_id": str(product), "quantity": "1", "unit_cost": "2.50"}]}
    told: Counter[int] = Counter()
    with serving(database, tmp_path, processes=SERVERS) as addresses:
        async with lines_to(addresses) as lines:
            for number in range(ROUNDS):
                headers = sign_in(Role.CLERK) | {"Idempotency-Key": f"key-{number}"}
                asked = request("/api/v1/inventory/receipts", goods, headers)
                answers = await asyncio.gather(*(line.ask(asked) for line in lines))
                assert_one_effect(answers)
                told.update(answer.status for answer in answers)

    assert told[201] >= ROUNDS
    assert told.total() == ROUNDS * AT_ONCE
    [level] = (await stock.levels()).values()
    assert level == f"{ROUNDS}.000"
    for table in (stock_documents, audit_log, idempotency_keys):
        [row] = await store.rows(select(func.count().label("n")).select_from(table))
        assert row["n"] == ROUNDS, table.name
