"""The first admin comes by a one-time token, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import select, update

from app.application.auth.use_cases.setup import IssueSetupToken
from app.application.services import Services
from app.domain.auth.user import User
from app.infrastructure.db.tables.auth import sessions, setup_tokens, users
from app.infrastructure.db.tables.foundation import audit_log, outbox
from tests.fixtures.accounts import EMAIL, PASSWORD, Store, bearer, log_in


async def issue(services: Services) -> str:
    issued = await IssueSetupToken(services.work(None))()
    assert issued is not None
    return issued.text


async def set_up(client: AsyncClient, token: str, **changes: object) -> Response:
    body = {"token": token, "email": EMAIL, "name": "Ada", "password": PASSWORD}
    return await client.post("/api/v1/auth/setup", json=body | changes)


@pytest.mark.case("A13")
class TestSetup:
    async def test_makes_the_first_admin_and_signs_them_in(
        self, client: AsyncClient, services: Services, store: Store
    ) -> None:
        answer = await set_up(client, await issue(services))

        assert answer.status_code == 201
        assert answer.json()["user"]["role"] == "admin"
        assert (await client.get("/api/v1/users", headers=bearer(answer))).status_code == 200
        assert (await log_in(client)).status_code == 200
        assert await store.rows(select(setup_tokens)) == []

    async def test_is_audited_and_told_without_anything_personal(
        self, client: AsyncClient, services: Services, store: Store
    ) -> None:
        answer = await set_up(client, await issue(services))

        [created, started] = await store.rows(select(audit_log).order_by(audit_log.c.id))
        assert (created["action"], started["action"]) == ("user.created", "session.started")
        assert created["redacted"] == ["email", "name", "password"]
        assert created["changes"]["role"] == {"before": None, "after": "admin"}
        [event] = await store.rows(select(outbox))
        assert event["name"] == "user.created"
        told = str(await store.rows(select(audit_log))) + str(event)
        for secret in (EMAIL, "Ada", PASSWORD, answer.json()["refresh_token"]):
            assert secret not in told

    async def test_the_token_is_kept_as_a_hash_only(self, services: Services, store: Store) -> None:
        token = await issue(services)

        [row] = await store.rows(select(setup_tokens))
        assert len(row["token_hash"]) == 32
        assert token not in str(row)
        assert row["expires_at"] - row["created_at"] == timedelta(hours=24)

    async def test_is_refused_once_there_is_a_user(
        self, client: AsyncClient, services: Services, store: Store
    ) -> None:
        token, other = await issue(services), await issue(services)
        await set_up(client, token)

        for again in (token, other, "made up"):
            refused = await set_up(client, again, email="eve@shop.test")
            assert (refused.status_code, refused.json()["code"]) == (409, "setup_done")
        assert len(await store.rows(select(users))) == 1

    async def test_no_token_is_issued_once_there_is_a_user(
        self, services: Services, admin: User, store: Store
    ) -> None:
        assert await IssueSetupToken(services.work(None))() is None
        assert await store.rows(select(setup_tokens)) == []

    async def test_an_admin_made_on_the_command_line_voids_the_tokens(
        self, client: AsyncClient, services: Services, store: Store, admin: User
    ) -> None:
        assert await store.rows(select(setup_tokens)) == []
        assert (await set_up(client, "made up")).json()["code"] == "setup_done"

    @pytest.mark.parametrize("made_up", ["x", "\x00", "ä" * 40])
    async def test_a_made_up_token_is_refused(
        self, client: AsyncClient, services: Services, store: Store, made_up: str
    ) -> None:
        await issue(services)

        refused = await set_up(client, made_up)

        assert (refused.status_code, refused.json()["code"]) == (401, "one_time_token_refused")
        assert await store.rows(select(users)) == []
        assert len(await store.rows(select(setup_tokens))) == 1

    async def test_an_expired_token_is_refused_and_cleared_by_the_next(
        self, client: AsyncClient, services: Services, store: Store
    ) -> None:
        token = await issue(services)
        await store.execute(update(setup_tokens).values(expires_at=services.clock.now()))

        refused = await set_up(client, token)

        assert (refused.status_code, refused.json()["code"]) == (401, "one_time_token_refused")
        assert await store.rows(select(users)) == []
        await issue(services)
        assert len(await store.rows(select(setup_tokens))) == 1

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"password": "too short"}, "/password"),
            ({"password": "stockbookstockbook"}, "/password"),
            ({"password": "ada@shop.test1234"}, "/password"),
            ({"email": "ada"}, "/email"),
            ({"email": "a\x00@shop.test"}, "/email"),
            ({"name": "  "}, "/name"),
            ({"name": "A\x00da"}, "/name"),
            ({"role": "viewer"}, "/role"),
        ],
    )
    async def test_bad_input_names_the_field_and_leaves_the_token(
        self,
        client: AsyncClient,
        services: Services,
        store: Store,
        changes: dict[str, object],
        pointer: str,
    ) -> None:
        token = await issue(services)

        refused = await set_up(client, token, **changes)

        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
        assert await store.rows(select(users)) == []
        assert await store.rows(select(sessions)) == []
        assert (await set_up(client, token)).status_code == 201
