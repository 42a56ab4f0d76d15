"""Whoever may not sign in learns nothing: same answer, and the same work behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import select, update

from app.api.main import create_api
from app.application.services import Services
from app.core.settings import Settings
from app.domain.auth.user import User
from app.infrastructure.db.tables.auth import sessions, users
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import (
    EMAIL,
    PASSWORD,
    CountingPasswords,
    Store,
    counting,
    log_in,
)
from tests.fixtures.statements import recorded_statements

WRONG = "four brown ducks at night"
# What is wrong, the address and the password that are sent, and how the account is changed first.
REFUSALS = {
    "unknown_address": ("nobody@shop.test", PASSWORD, {}),
    "wrong_password": (EMAIL, WRONG, {}),
    "deactivated": (EMAIL, PASSWORD, {"active": False}),
    "deactivated_and_wrong": (EMAIL, WRONG, {"active": False}),
    "invited": (EMAIL, PASSWORD, {"password_hash": None}),
}
REASONS = {"deactivated_and_wrong": "deactivated", "invited": "wrong_password"}


@pytest.fixture
def passwords(services: Services) -> CountingPasswords:
    return CountingPasswords(services.accounts.passwords)


@pytest.fixture
async def counted(
    services: Services, settings: Settings, passwords: CountingPasswords
) -> AsyncIterator[AsyncClient]:
    """A client of an application that counts each run of the hash function."""
    app = create_api(settings, lifespan=None)
    app.state.services = counting(services, passwords)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as http:
        yield http


@pytest.mark.case("AUT-03", "AUT-04")
@pytest.mark.parametrize("kind", REFUSALS)
async def test_every_refusal_costs_the_same_and_says_the_same(
    kind: str, counted: AsyncClient, passwords: CountingPasswords, admin: User, store: Store
) -> None:
    email, password, changes = REFUSALS[kind]
    with recorded_statements() as for_wrong_password:
        wrong = await log_in(counted, EMAIL, WRONG)
    if changes:
        await store.execute(update(users).values(**changes))
    passwords.verified = 0

    with recorded_statements() as sent:
        refused = await log_in(counted, email, password)

    assert passwords.verified == 1
    assert passwords.hashed == 0
    assert sent == for_wrong_password
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert _without_trace(refused.headers) == _without_trace(wrong.headers)
    assert _without_trace(refused.json()) == _without_trace(wrong.json())
    assert refused.json()["code"] == "login_refused"
    assert await store.rows(select(sessions)) == []


@pytest.mark.parametrize("kind", REFUSALS)
async def test_every_refusal_is_audited_with_its_reason_but_without_the_address(
    kind: str, counted: AsyncClient, admin: User, store: Store
) -> None:
    email, password, changes = REFUSALS[kind]
    if changes:
        await store.execute(update(users).values(**changes))

    await log_in(counted, email, password)

    [row] = await store.rows(select(audit_log).where(audit_log.c.action == "user.login_refused"))
    assert row["note"] == {"reason": REASONS.get(kind, kind)}
    assert row["object_id"] == (None if kind == "unknown_address" else admin.id)
    assert (row["user_id"], row["session_id"]) == (None, None)
    assert row["address"] == "127.0.0.1"
    assert email not in str(row)
    assert password not in str(row)


async def test_the_right_password_costs_one_verification_too(
    counted: AsyncClient, passwords: CountingPasswords, admin: User
) -> None:
    assert (await log_in(counted)).status_code == 200

    assert (passwords.verified, passwords.hashed) == (1, 0)


async def test_an_account_closed_while_the_password_is_hashed_stays_closed(
    services: Services, settings: Settings, passwords: CountingPasswords, admin: User, store: Store
) -> None:
    async def close() -> None:
        await store.execute(update(users).values(active=False))

    passwords.meanwhile = close
    app = create_api(settings, lifespan=None)
    app.state.services = counting(services, passwords)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as http:
        assert (await log_in(http)).status_code == 401

    assert await store.rows(select(sessions)) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": EMAIL},
        {"email": EMAIL, "password": 5},
        {"email": EMAIL, "password": "x" * 1025},
        {"email": "x" * 255, "password": PASSWORD},
        {"email": EMAIL, "password": PASSWORD, "role": "admin"},
    ],
)
async def test_what_is_no_login_is_never_hashed(
    body: dict[str, object], counted: AsyncClient, passwords: CountingPasswords
) -> None:
    answer = await counted.post("/api/v1/auth/login", json=body)

    assert answer.status_code == 422
    assert passwords.verified == 0
    assert PASSWORD not in answer.text


def _without_trace(told: Mapping[str, object]) -> dict[str, object]:
    """Return a body or headers without what is another for every request."""
    return {name: told[name] for name in told if name not in {"trace_id", "x-trace-id"}}
