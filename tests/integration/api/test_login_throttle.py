"""Guessing is slowed down by account and network, and nobody is shut out by a stranger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from sqlalchemy import func, select, update

from app.api.main import create_api
from app.application.services import Services
from app.core.settings import Settings
from app.domain.auth.throttle import FORGOTTEN_AFTER, LIMITS, Counted
from app.domain.auth.user import User
from app.infrastructure.db.tables.auth import login_tries, sessions, users
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import EMAIL, PASSWORD, CountingPasswords, Store, counting, log_in
from tests.fixtures.statements import recorded_statements

WRONG = "four brown ducks at night"
FREE = LIMITS[Counted.PAIR].free
X, Y = "198.51.100.7", "203.0.113.9"
# The answer is the same whatever the account is like.
STATES: dict[str, tuple[str, dict[str, object]]] = {
    "unknown": ("nobody@shop.test", {}),
    "known": (EMAIL, {}),
    "closed": (EMAIL, {"active": False}),
    "invited": (EMAIL, {"password_hash": None}),
}
From = Callable[[str], AsyncClient]


class Instant:
    """A password check that costs nothing: these tests are about counting, not hashing."""

    async def hash(self, password: str) -> str:
        return password

    async def verify(self, hashed: str | None, password: str) -> bool:
        return hashed is not None and password == PASSWORD

    def is_outdated(self, hashed: str) -> bool:
        return False


@pytest.fixture
def passwords() -> CountingPasswords:
    return CountingPasswords(Instant())


@pytest.fixture
def at(services: Services, settings: Settings, passwords: CountingPasswords) -> From:
    """Call it with an address for a client from there."""
    app = create_api(settings, lifespan=None)
    app.state.services = counting(services, passwords)
    return lambda address: AsyncClient(
        transport=ASGITransport(app, client=(address, 1234)), base_url="http://test"
    )


async def fail(client: AsyncClient, times: int, email: str = EMAIL) -> list[int]:
    return [(await log_in(client, email, WRONG)).status_code for _ in range(times)]


async def let_pass(store: Store, by: timedelta) -> None:
    """Let all that was counted lie further back, instead of waiting."""
    for row in await store.rows(select(login_tries)):
        paused = row["paused_until"]
        await store.execute(
            update(login_tries)
            .where(login_tries.c.key == row["key"])
            .values(
                last_at=None if row["last_at"] is None else row["last_at"] - by,
                paused_until=None if paused is None else paused - by,
            )
        )


def seen(answer: Response) -> tuple[int, dict[str, object], str]:
    body = {name: value for name, value in answer.json().items() if name != "trace_id"}
    return answer.status_code, body, answer.headers["Retry-After"]


@pytest.mark.case("AUT-04")
async def test_too_many_tries_are_refused_alike_and_without_hashing(
    at: From, admin: User, store: Store, passwords: CountingPasswords
) -> None:
    answers, statements = [], []
    for number, (email, changes) in enumerate(STATES.values()):
        client = at(f"198.51.{number}.7")
        if changes:
            await store.execute(update(users).values(**changes))
        assert await fail(client, FREE + 1, email) == [401] * (FREE + 1)
        passwords.verified = 0

        with recorded_statements() as sent:
            answers.append(seen(await log_in(client, email, PASSWORD)))

        statements.append(sent)
        assert passwords.verified == 0

    assert answers[0][0] == 429
    assert answers[0][1]["code"] == "too_many_tries"
    assert (answers[0][1]["retry_after"], answers[0][2]) == (1, "1")
    assert answers == [answers[0]] * len(STATES)
    assert statements == [statements[0]] * len(STATES)


@pytest.mark.case("AUT-05", "A11")
async def test_a_stranger_does_not_shut_the_owner_out(
    at: From, admin: User, passwords: CountingPasswords
) -> None:
    answers = await fail(at(X), 100)

    assert answers[: FREE + 1] == [401] * (FREE + 1)
    assert set(answers[FREE + 1 :]) <= {401, 429}
    assert answers.count(401) < 2 * FREE
    assert (await log_in(at(X))).status_code == 429
    assert (await log_in(at(Y))).status_code == 200


@pytest.mark.case("AUT-05")
async def test_tries_during_a_pause_do_not_lengthen_it(at: From, admin: User, store: Store) -> None:
    await fail(at(X), FREE + 1)
    before = await store.rows(select(login_tries).order_by(login_tries.c.key))
    await store.execute(
        update(login_tries)
        .where(login_tries.c.paused_until.is_not(None))
        .values(paused_until=before[0]["last_at"] + timedelta(minutes=5))
    )
    paused = await store.rows(select(login_tries).order_by(login_tries.c.key))

    assert await fail(at(X), 20) == [429] * 20

    assert await store.rows(select(login_tries).order_by(login_tries.c.key)) == paused
    await let_pass(store, timedelta(minutes=6))
    assert (await log_in(at(X))).status_code == 200


async def test_pauses_grow(at: From, admin: User, store: Store) -> None:
    await fail(at(X), FREE)
    waits = []
    for _ in range(4):
        assert (await log_in(at(X), password=WRONG)).status_code == 401
        waits.append(int((await log_in(at(X))).headers["Retry-After"]))
        await let_pass(store, timedelta(minutes=1))

    assert waits == [1, 2, 4, 8]


async def test_the_right_password_begins_anew(at: From, admin: User, store: Store) -> None:
    await fail(at(X), FREE)
    assert (await log_in(at(X))).status_code == 200

    assert await fail(at(X), FREE) == [401] * FREE
    rows = await store.rows(select(login_tries.c.failures).order_by(login_tries.c.failures))
    # The network keeps what was wrong: an account of one's own does not wash it clean.
    assert [row["failures"] for row in rows] == [FREE, FREE, 2 * FREE]


@pytest.mark.case("A11")
async def test_many_accounts_from_one_network_are_counted_together(
    at: From, admin: User, store: Store
) -> None:
    free = LIMITS[Counted.NETWORK].free
    answers = [
        (await log_in(at(f"198.51.100.{number}"), f"user{number}@shop.test")).status_code
        for number in range(free + 1)
    ]

    assert answers == [401] * (free + 1)
    assert (await log_in(at("198.51.100.200"))).status_code == 429
    assert (await log_in(at(Y))).status_code == 200


@pytest.mark.case("A11")
async def test_many_networks_on_one_account_are_stopped_but_not_its_owner_at_home(
    at: From, admin: User, store: Store
) -> None:
    assert (await log_in(at(Y))).status_code == 200
    free = LIMITS[Counted.ACCOUNT].free
    answers = [
        (await log_in(at(f"10.0.{number}.1"), password=WRONG)).status_code
        for number in range(free + 1)
    ]

    assert answers == [401] * (free + 1)
    assert (await log_in(at("10.1.0.1"))).status_code == 429
    assert (await log_in(at("203.0.113.200"))).status_code == 200


async def test_what_was_long_ago_is_forgotten_and_removed(
    at: From, admin: User, store: Store
) -> None:
    await fail(at(X), FREE)
    await let_pass(store, FORGOTTEN_AFTER + timedelta(seconds=1))

    assert await fail(at(X), 1) == [401]
    counted = await store.rows(select(login_tries.c.failures))
    assert [row["failures"] for row in counted] == [1, 1, 1]

    await let_pass(store, FORGOTTEN_AFTER + timedelta(seconds=1))
    assert (await log_in(at(Y))).status_code == 200
    [left] = await store.rows(select(func.count().label("n")).select_from(login_tries))
    assert left["n"] == 3


async def test_nothing_that_was_typed_is_kept(at: From, store: Store) -> None:
    typed = "my password in the wrong box"

    await log_in(at(X), typed, PASSWORD)

    kept = str(await store.rows(select(login_tries))) + str(await store.rows(select(audit_log)))
    assert typed not in kept
    assert await store.rows(select(sessions)) == []
