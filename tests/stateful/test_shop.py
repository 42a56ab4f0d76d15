"""A shop is traded with at random and compared with a model of it at every step.

Each machine has rules of its own beside those that all share; the last has all of them, so that
counts meet late sales, reservations, transfers and deliveries in one shop. Each makes 25 runs of
forty steps on SQLite and ten on Postgres. A machine's name and the database's seed it, so that all
runs differ.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from app.bootstrap import open_services
from app.domain.auth.roles import Role
from app.infrastructure.clock import SystemClock
from app.infrastructure.db.session import read_engine
from tests.fixtures.app import application, settings_for
from tests.fixtures.databases import Database, PostgresServer, on_sqlite
from tests.fixtures.people import PEOPLE, add_people
from tests.fixtures.sound_books import question_for
from tests.stateful.books import Books
from tests.stateful.counting import CountingMachine
from tests.stateful.machine import Opened, ShopMachine, Standing
from tests.stateful.purchasing import PurchasingMachine
from tests.stateful.reserving import ReservingMachine
from tests.stateful.returning import ReturningMachine
from tests.stateful.telling import TellingMachine
from tests.stateful.transferring import TransferringMachine

STEPS = 40


class MovingMachine(TransferringMachine, ReturningMachine):
    """Goods move between places, and some of what was sold comes back."""


class EverythingMachine(
    CountingMachine, ReservingMachine, TellingMachine, TransferringMachine, PurchasingMachine
):
    """All of it in one shop, so that each rule meets what the others left behind."""


RUNS = {"sqlite": 25, "postgres": 10}
MACHINES: dict[str, type[ShopMachine]] = {
    "counting": CountingMachine,
    "reserving": ReservingMachine,
    "telling": TellingMachine,
    "moving": MovingMachine,
    "purchasing": PurchasingMachine,
    "everything": EverythingMachine,
}

OpenShop = Callable[[], AbstractAsyncContextManager[Opened]]


@asynccontextmanager
async def opened(database: Database, files: Path, headers: dict[str, str]) -> AsyncIterator[Opened]:
    chosen = settings_for(database, files, database_pool_size=1)
    engine = read_engine(database.url, pool_size=1)
    clock = Standing(SystemClock().now())
    async with open_services(chosen, clock=clock) as services, engine.connect() as connection:
        # Each statement sees its own moment: no transaction is left open between two steps.
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        app = application(chosen)
        app.state.services = services
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://test") as http:
            books = Books(services, connection, question_for(engine.dialect.name))
            yield Opened(http, headers, books, clock)
    await engine.dispose()


async def people_and_token(database: Database, files: Path) -> dict[str, str]:
    """Let an admin into the database; return what proves it."""
    async with open_services(settings_for(database, files)) as services:
        await add_people(services, database.url)
        claims = PEOPLE[Role.ADMIN].claims
        token = await services.accounts.access.issue(claims, at=services.clock.now())
    return {"Authorization": f"Bearer {token.text}"}


@contextmanager
def sqlite_shops(folder: Path, template: Path) -> Iterator[OpenShop]:
    """Open each shop on a file of its own, copied from one that holds the people."""
    ready = folder / "ready.db"
    shutil.copyfile(template, ready)
    headers = asyncio.run(people_and_token(on_sqlite(ready), folder))
    with closing(sqlite3.connect(ready)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    numbers = count()

    @asynccontextmanager
    async def open_shop() -> AsyncIterator[Opened]:
        path = folder / f"shop_{next(numbers)}.db"
        shutil.copyfile(ready, path)
        async with opened(on_sqlite(path), folder, headers) as shop:
            yield shop

    yield open_shop


@contextmanager
def postgres_shops(folder: Path, server: PostgresServer, template: str) -> Iterator[OpenShop]:
    ready = server.create(template=template)
    database = Database("postgres", server.url_of(ready))
    headers = asyncio.run(people_and_token(database, folder))

    @asynccontextmanager
    async def open_shop() -> AsyncIterator[Opened]:
        name = await asyncio.to_thread(server.create, template=ready)
        async with opened(Database("postgres", server.url_of(name)), folder, headers) as shop:
            yield shop
        await asyncio.to_thread(server.drop, name)

    yield open_shop
    server.drop(ready)


def play(open_shop: OpenShop, *, kind: type[ShopMachine], name: str, runs: int) -> None:
    """Run machines of their own until so many runs took all their steps.

    The name is what the examples derive from. Some are short: the first is the least there is, and
    later ones vary what came before.
    """
    full_runs = 0
    for round_ in count():
        if full_runs >= runs:
            break
        parts = {"open_shop": staticmethod(open_shop), "steps": STEPS}
        machine = type(f"{name}_{round_}", (kind,), parts)
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=runs - full_runs + 1,
                stateful_step_count=STEPS,
                derandomize=True,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        full_runs += machine.full_runs
        assert full_runs > round_ // 4, "no run takes all its steps"


def run_name(config: pytest.Config, dialect: str, machine: str) -> str:
    """Tell runs apart, and with the random profile also runs with another seed."""
    return f"{machine}_{dialect}_{config.option.hypothesis_seed or 'fixed'}"


@pytest.mark.parametrize("machine", MACHINES)
def test_shop_and_model_agree_on_sqlite(
    machine: str, pytestconfig: pytest.Config, tmp_path: Path, sqlite_template: Path
) -> None:
    with sqlite_shops(tmp_path, sqlite_template) as open_shop:
        name = run_name(pytestconfig, "sqlite", machine)
        play(open_shop, kind=MACHINES[machine], name=name, runs=RUNS["sqlite"])


@pytest.mark.parametrize("machine", MACHINES)
def test_shop_and_model_agree_on_postgres(
    machine: str,
    pytestconfig: pytest.Config,
    tmp_path: Path,
    postgres_server: PostgresServer,
    postgres_template: str,
) -> None:
    with postgres_shops(tmp_path, postgres_server, postgres_template) as open_shop:
        name = run_name(pytestconfig, "postgres", machine)
        play(open_shop, kind=MACHINES[machine], name=name, runs=RUNS["postgres"])
