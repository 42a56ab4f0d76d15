"""Whoever knows the present password may choose another."""

from __future__ import annotations

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import select

from app.domain.auth.throttle import LIMITS, Counted
from app.domain.auth.user import User
from app.infrastructure.db.tables.auth import sessions, users
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import PASSWORD, Store, bearer, log_in

NEWER = "five grey geese at dawn"
WRONG = "four brown ducks at night"


async def change(
    client: AsyncClient, headers: dict[str, str], present: str = PASSWORD, new: str = NEWER
) -> Response:
    body = {"password": present, "new_password": new}
    return await client.post("/api/v1/auth/me/password", json=body, headers=headers)


async def actions(store: Store) -> list[str]:
    return [row["action"] for row in await store.rows(select(audit_log).order_by(audit_log.c.id))]


@pytest.mark.case("A09")
async def test_the_new_one_counts_and_only_this_session_goes_on(
    client: AsyncClient, admin: User, store: Store
) -> None:
    here, there = await log_in(client), await log_in(client)

    answer = await change(client, bearer(here))

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get("/api/v1/auth/me", headers=bearer(here))).status_code == 200
    assert (await client.get("/api/v1/auth/me", headers=bearer(there))).status_code == 401
    assert (await log_in(client)).status_code == 401
    assert (await log_in(client, password=NEWER)).status_code == 200
    endings = await store.rows(select(sessions.c.ending).order_by(sessions.c.id))
    assert [row["ending"] for row in endings] == [None, "password_changed", None]


async def test_is_audited_without_either_password(
    client: AsyncClient, admin: User, store: Store
) -> None:
    headers = bearer(await log_in(client))
    await change(client, headers)

    [row] = await store.rows(select(audit_log).where(audit_log.c.action == "user.password_changed"))
    assert (row["user_id"], row["object_id"]) == (admin.id, admin.id)
    assert (row["redacted"], row["note"]) == (["password"], {"sessions_ended": 0})
    everything = str(await store.rows(select(audit_log)))
    assert PASSWORD not in everything
    assert NEWER not in everything


async def test_a_wrong_present_one_changes_nothing_and_is_audited(
    client: AsyncClient, admin: User, store: Store
) -> None:
    here, there = await log_in(client), await log_in(client)
    before = await store.rows(select(users))

    refused = await change(client, bearer(here), present=WRONG)

    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_password")
    assert refused.json()["errors"][0]["pointer"] == "/password"
    assert await store.rows(select(users)) == before
    assert (await client.get("/api/v1/auth/me", headers=bearer(there))).status_code == 200
    assert (await actions(store))[-1] == "user.password_refused"


@pytest.mark.case("A12")
@pytest.mark.parametrize(
    ("new", "code"),
    [
        (PASSWORD, "password_unchanged"),
        ("fourteen chars", "too_short"),
        ("x" * 129, "too_long"),
        ("dragon dragon dragon", "password_too_common"),
        ("My shop 1234567890", "password_too_easy"),
        ("ada@shop.test/2026", "password_too_easy"),
        ("stockbook stockbook", "password_too_easy"),
    ],
)
async def test_a_new_one_that_is_no_good_is_named(
    client: AsyncClient, admin: User, store: Store, new: str, code: str
) -> None:
    headers = bearer(await log_in(client))

    refused = await change(client, headers, new=new)

    assert refused.status_code == 422
    [fault] = refused.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/new_password", code)
    assert (await log_in(client)).status_code == 200
    assert "user.password_changed" not in await actions(store)


@pytest.mark.case("A12")
@pytest.mark.parametrize("new", ["\U0001f986" * 4 + " and eleven others", "long " * 25 + "end"])
async def test_emoji_and_128_characters_are_taken(
    client: AsyncClient, admin: User, new: str
) -> None:
    assert (await change(client, bearer(await log_in(client)), new=new)).status_code == 204
    assert (await log_in(client, password=new)).status_code == 200


@pytest.mark.case("A12")
async def test_nothing_is_cut_off_at_72_bytes(client: AsyncClient, admin: User) -> None:
    long = "nine herons and ten storks on the roof of the old mill by the river bank" + " today"
    assert len(long.encode()) > 72
    await change(client, bearer(await log_in(client)), new=long)

    assert (await log_in(client, password=long[:-1] + "z")).status_code == 401
    assert (await log_in(client, password=long)).status_code == 200


async def test_guessing_in_an_open_session_is_slowed_down(
    client: AsyncClient, admin: User, store: Store
) -> None:
    headers = bearer(await log_in(client))
    for _ in range(LIMITS[Counted.PAIR].free + 1):
        assert (await change(client, headers, present=WRONG)).status_code == 422
    before = await actions(store)

    refused = await change(client, headers)

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
    assert refused.headers["Retry-After"] == "1"
    assert await actions(store) == before
