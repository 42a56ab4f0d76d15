"""Sign in, refresh, sign out; what a stolen or repeated refresh token does."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from httpx2 import AsyncClient, Response
from sqlalchemy import select, update

from app.application.services import Services
from app.domain.auth.roles import PERMISSIONS, Role
from app.domain.auth.user import User
from app.infrastructure.db.tables.auth import sessions, users
from app.infrastructure.db.tables.foundation import audit_log
from tests.fixtures.accounts import EMAIL, PASSWORD, Store, bearer, log_in
from tests.fixtures.people import SignIn
from tests.fixtures.statements import recorded_statements


async def refresh(client: AsyncClient, token: str) -> Response:
    return await client.post("/api/v1/auth/refresh", json={"refresh_token": token})


async def backdate(store: Store, by: timedelta) -> None:
    """Let the last rotation lie further back, instead of waiting."""
    [session] = await store.rows(select(sessions))
    await store.execute(update(sessions).values(rotated_at=session["rotated_at"] - by))


class TestLogin:
    async def test_answers_tokens_and_who_one_is(self, client: AsyncClient, admin: User) -> None:
        answer = await log_in(client)

        body = answer.json()
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert body["token_type"] == "Bearer"
        assert body["user"]["id"] == str(admin.id)
        assert body["user"]["permissions"] == sorted(PERMISSIONS[Role.ADMIN])
        me = await client.get("/api/v1/auth/me", headers=bearer(answer))
        assert me.json() == body["user"]

    @pytest.mark.parametrize("spelling", ["ADA@shop.test", "  Ada@Shop.Test "])
    async def test_takes_the_address_in_any_spelling(
        self, client: AsyncClient, admin: User, spelling: str
    ) -> None:
        assert (await log_in(client, email=spelling)).status_code == 200

    async def test_takes_the_password_however_its_letters_are_composed(
        self, client: AsyncClient, admin: User, store: Store, services: Services
    ) -> None:
        hashed = await services.accounts.passwords.hash("caf\u00e9 cr\u00e8me for four")
        await store.execute(update(users).values(password_hash=hashed))

        answer = await log_in(client, password="cafe\u0301 cre\u0300me for four")

        assert answer.status_code == 200

    async def test_is_audited_with_session_and_token_but_no_secret(
        self, client: AsyncClient, admin: User, store: Store
    ) -> None:
        answer = await log_in(client)

        [row] = await store.rows(select(audit_log).where(audit_log.c.action == "session.started"))
        assert row["user_id"] == admin.id
        assert str(row["session_id"]) == answer.json()["user"]["session_id"]
        assert row["object_id"] == row["session_id"]
        assert row["token_id"] is not None
        assert row["route"] == "POST /api/v1/auth/login"
        everything = str(await store.rows(select(audit_log)))
        for secret in (PASSWORD, EMAIL, answer.json()["refresh_token"], "argon2"):
            assert secret not in everything

    async def test_keeps_only_the_hash_of_the_refresh_token(
        self, client: AsyncClient, admin: User, store: Store
    ) -> None:
        token = (await log_in(client)).json()["refresh_token"]

        [session] = await store.rows(select(sessions))
        assert token.encode() not in session["refresh_hash"]
        assert token not in str(session)

    async def test_hashes_again_when_the_parameters_have_grown(
        self, client: AsyncClient, admin: User, store: Store
    ) -> None:
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        await store.execute(update(users).values(password_hash=weak))

        assert (await log_in(client)).status_code == 200

        [user] = await store.rows(select(users))
        assert user["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert (await log_in(client)).status_code == 200


class TestRefresh:
    async def test_gives_the_next_tokens(self, client: AsyncClient, admin: User) -> None:
        first = (await log_in(client)).json()

        second = await refresh(client, first["refresh_token"])

        assert second.status_code == 200
        assert second.json()["refresh_token"] != first["refresh_token"]
        assert second.json()["user"] == first["user"]
        assert (await client.get("/api/v1/auth/me", headers=bearer(second))).status_code == 200

    @pytest.mark.case("AUT-01")
    async def test_two_tabs_at_once_both_end_with_the_same_working_session(
        self, client: AsyncClient, admin: User, store: Store
    ) -> None:
        token = (await log_in(client)).json()["refresh_token"]

        answers = await asyncio.gather(*(refresh(client, token) for _ in range(5)))

        assert [answer.status_code for answer in answers] == [200] * 5
        successors = {answer.json()["refresh_token"] for answer in answers}
        assert len(successors) == 1
        for answer in answers:
            me = await client.get("/api/v1/auth/me", headers=bearer(answer))
            assert me.status_code == 200
        assert (await refresh(client, successors.pop())).status_code == 200
        assert len(await store.rows(select(sessions))) == 1

    @pytest.mark.case("AUT-01", "A03")
    async def test_reuse_after_the_grace_ends_the_session_and_is_audited(
        self, client: AsyncClient, admin: User, store: Store
    ) -> None:
        stolen = (await log_in(client)).json()["refresh_token"]
        kept = await refresh(client, stolen)
        await backdate(store, timedelta(seconds=11))

        reuse = await refresh(client, stolen)

        assert (reuse.status_code, reuse.json()["code"]) == (401, "refresh_refused")
        assert (await client.get("/api/v1/auth/me", headers=bearer(kept))).status_code == 401
        after = await refresh(client, kept.json()["refresh_token"])
        assert (after.status_code, after.json()["code"]) == (401, "refresh_refused")
        [session] = await store.rows(select(sessions))
        assert session["ending"] == "refresh_reuse"
        [row] = await store.rows(
            select(audit_log).where(audit_log.c.action == "session.refresh_reused")
        )
        assert (row["user_id"], row["session_id"]) == (admin.id, session["id"])

    @pytest.mark.case("AUT-01", "A03")
    async def test_a_grandparent_is_reuse_even_inside_the_grace(
        self, client: AsyncClient, admin: User
    ) -> None:
        first = (await log_in(client)).json()["refresh_token"]
        second = (await refresh(client, first)).json()["refresh_token"]
        third = (await refresh(client, second)).json()["refresh_token"]

        assert (await refresh(client, first)).status_code == 401
        assert (await refresh(client, third)).status_code == 401

    @pytest.mark.parametrize("text", ["x", "sbr_", "sbr_AAAA", "sbr_" + "A" * 88, "sbr_é", "\x00"])
    async def test_a_made_up_token_is_refused_and_harms_nobody(
        self, client: AsyncClient, admin: User, store: Store, text: str
    ) -> None:
        good = (await log_in(client)).json()["refresh_token"]
        before = await store.rows(select(sessions))

        refused = await refresh(client, text)

        assert (refused.status_code, refused.json()["code"]) == (401, "refresh_refused")
        assert await store.rows(select(sessions)) == before
        assert (await refresh(client, good)).status_code == 200

    async def test_knowing_the_session_is_not_enough_to_accuse_it(
        self, client: AsyncClient, admin: User, store: Store
    ) -> None:
        good = (await log_in(client)).json()["refresh_token"]
        forged = good[:30] + ("A" if good[30] != "A" else "B") + good[31:]

        assert (await refresh(client, forged)).status_code == 401
        assert (await refresh(client, good)).status_code == 200

    async def test_an_unused_session_runs_out(
        self, client: AsyncClient, admin: User, store: Store, services: Services
    ) -> None:
        answer = await log_in(client)
        await store.execute(update(sessions).values(expires_at=services.clock.now()))

        me = await client.get("/api/v1/auth/me", headers=bearer(answer))

        assert (me.status_code, me.json()["code"]) == (401, "session_ended")
        assert (await refresh(client, answer.json()["refresh_token"])).status_code == 401


class TestLogout:
    async def test_ends_this_session_only(
        self, client: AsyncClient, admin: User, store: Store
    ) -> None:
        here, there = await log_in(client), await log_in(client)

        out = await client.post("/api/v1/auth/logout", headers=bearer(here))

        assert (out.status_code, out.content) == (204, b"")
        assert (await client.get("/api/v1/auth/me", headers=bearer(here))).status_code == 401
        assert (await refresh(client, here.json()["refresh_token"])).status_code == 401
        assert (await client.get("/api/v1/auth/me", headers=bearer(there))).status_code == 200
        [row] = await store.rows(select(audit_log).where(audit_log.c.action == "session.ended"))
        assert row["note"] == {"ending": "logout"}

    async def test_ends_all_sessions(self, client: AsyncClient, admin: User, store: Store) -> None:
        here, there = await log_in(client), await log_in(client)

        out = await client.post("/api/v1/auth/logout-all", headers=bearer(here))

        assert out.status_code == 204
        for session in (here, there):
            me = await client.get("/api/v1/auth/me", headers=bearer(session))
            assert me.status_code == 401
        [row] = await store.rows(select(audit_log).where(audit_log.c.action == "user.logged_out"))
        assert row["note"] == {"sessions": 2}


class TestBudget:
    async def test_to_know_the_caller_takes_one_indexed_statement(
        self, services: Services, sign_in: SignIn
    ) -> None:
        token = sign_in(Role.CASHIER)["Authorization"].removeprefix("Bearer ")
        await services.authenticate(token)

        with recorded_statements() as sent:
            await services.authenticate(token)

        assert len(sent) == 1

    async def test_a_refresh_takes_three(self, client: AsyncClient, admin: User) -> None:
        token = (await log_in(client)).json()["refresh_token"]

        with recorded_statements() as sent:
            await refresh(client, token)

        assert len(sent) == 3, sent
