"""Everybody sees and ends their own sessions, an admin those of others."""

from __future__ import annotations

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select

from app.domain.auth.roles import Role
from app.domain.auth.user import User
from app.infrastructure.db.tables.auth import sessions
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import EMAIL, PASSWORD, Store, bearer
from tests.fixtures.people import PEOPLE, SignIn

MINE = "/api/v1/auth/me/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CLERK = PEOPLE[Role.CLERK]
THEIRS = f"/api/v1/users/{CLERK.user_id}/sessions"


async def sign_in_with(client: AsyncClient, agent: str) -> dict[str, str]:
    answer = await client.post(
        "/api/v1/auth/login",
        json={"email": EMAIL, "password": PASSWORD},
        headers={"User-Agent": agent},
    )
    assert answer.status_code == 200
    return bearer(answer)


class TestOwn:
    async def test_are_listed_with_their_devices_the_newest_first(
        self, client: AsyncClient, admin: User, store: Store
    ) -> None:
        await sign_in_with(client, "till/2.4")
        headers = await sign_in_with(client, FIREFOX)

        answer = await client.get(MINE, headers=headers)

        assert answer.status_code == 200
        shown = [
            (item["device"], item["user_agent"], item["address"], item["current"])
            for item in answer.json()["items"]
        ]
        assert shown == [
            ("Firefox on Linux", FIREFOX, "127.0.0.1", True),
            ("till/2.4", "till/2.4", "127.0.0.1", False),
        ]
        [older, _] = await store.rows(select(sessions).order_by(sessions.c.id))
        last = answer.json()["items"][1]
        assert last["id"] == str(older["id"])
        assert last["created_at"] == last["last_used_at"]
        assert "hash" not in answer.text

    async def test_are_read_page_by_page(self, client: AsyncClient, admin: User) -> None:
        for number in range(3):
            headers = await sign_in_with(client, f"till/{number}")

        first = await client.get(MINE, params={"limit": 2}, headers=headers)
        cursor = first.json()["next_cursor"]
        second = await client.get(MINE, params={"limit": 2, "cursor": cursor}, headers=headers)

        devices = [item["device"] for page in (first, second) for item in page.json()["items"]]
        assert devices == ["till/2", "till/1", "till/0"]
        assert second.json()["next_cursor"] is None

    async def test_one_is_ended_from_another_device(
        self, client: AsyncClient, admin: User, store: Store
    ) -> None:
        lost = await sign_in_with(client, "till/2.4")
        here = await sign_in_with(client, FIREFOX)
        [_, other] = (await client.get(MINE, headers=here)).json()["items"]

        for _ in range(2):
            answer = await client.delete(f"{MINE}/{other['id']}", headers=here)
            assert (answer.status_code, answer.content) == (204, b"")

        assert (await client.get("/api/v1/auth/me", headers=lost)).status_code == 401
        left = (await client.get(MINE, headers=here)).json()["items"]
        assert [item["current"] for item in left] == [True]
        [row] = await store.rows(select(audit_log).where(audit_log.c.action == "session.ended"))
        assert (row["user_id"], str(row["object_id"])) == (admin.id, other["id"])
        assert row["note"] == {"ending": "revoked"}

    @pytest.mark.parametrize("identifier", [str(CLERK.session_id), "0" * 26])
    async def test_that_of_somebody_else_is_not_found(
        self, client: AsyncClient, sign_in: SignIn, store: Store, identifier: str
    ) -> None:
        refused = await client.delete(f"{MINE}/{identifier}", headers=sign_in(Role.ADMIN))

        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
        assert [row["ended_at"] for row in await store.rows(select(sessions))] == [None] * 5
        assert await store.rows(select(audit_log)) == []


class TestOfOthers:
    async def test_an_admin_lists_and_ends_them(
        self, client: AsyncClient, sign_in: SignIn, store: Store
    ) -> None:
        clerk, admin = sign_in(Role.CLERK), sign_in(Role.ADMIN)

        [shown] = (await client.get(THEIRS, headers=admin)).json()["items"]
        ended = await client.delete(f"{THEIRS}/{shown['id']}", headers=admin)

        assert (shown["id"], shown["current"]) == (str(CLERK.session_id), False)
        assert ended.status_code == 204
        assert (await client.get("/api/v1/auth/me", headers=clerk)).status_code == 401
        assert (await client.get(THEIRS, headers=admin)).json()["items"] == []
        [row] = await store.rows(select(audit_log))
        assert (row["action"], row["object_id"]) == ("session.ended", CLERK.session_id)
        assert row["user_id"] == PEOPLE[Role.ADMIN].user_id

    async def test_a_session_belongs_to_its_user(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        wrong = f"{THEIRS}/{PEOPLE[Role.VIEWER].session_id}"

        refused = await client.delete(wrong, headers=sign_in(Role.ADMIN))

        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")

    async def test_of_nobody_are_not_found(self, client: AsyncClient, sign_in: SignIn) -> None:
        missing = await client.get(f"/api/v1/users/{'0' * 26}/sessions", headers=sign_in())

        assert missing.status_code == 404
