"""Users: invitation, roles, closing and reopening accounts, and that it bites at once."""

from __future__ import annotations

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import select, update

from app.application.services import Services
from app.domain.auth.roles import Role
from app.infrastructure.db.tables.auth import sessions, users
from app.infrastructure.db.tables.catalog import categories
from app.infrastructure.db.tables.foundation import audit_log, outbox
from tests.fixtures.accounts import PASSWORD, Store, bearer, log_in
from tests.fixtures.people import PEOPLE, SignIn

GRACE = {"email": "Grace@Shop.test", "name": "Grace", "role": "cashier"}
CLERK = f"/api/v1/users/{PEOPLE[Role.CLERK].user_id}"
ADMIN = f"/api/v1/users/{PEOPLE[Role.ADMIN].user_id}"


def at(version: int, headers: dict[str, str]) -> dict[str, str]:
    return headers | {"If-Match": f'"{version}"'}


async def invite(client: AsyncClient, headers: dict[str, str], **changes: object) -> Response:
    return await client.post("/api/v1/users", json=GRACE | changes, headers=headers)


async def choose(client: AsyncClient, token: str, password: str = PASSWORD) -> Response:
    body = {"token": token, "password": password}
    return await client.post("/api/v1/auth/password", json=body)


async def write(client: AsyncClient, headers: dict[str, str], name: str) -> Response:
    """Make a category, which viewers may not."""
    return await client.post("/api/v1/categories", json={"name": name}, headers=headers)


class TestInvitation:
    async def test_the_user_chooses_the_password_and_signs_in(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        invited = await invite(client, sign_in())

        assert invited.status_code == 201
        user = invited.json()["user"]
        assert (user["email"], user["role"], user["active"]) == ("Grace@Shop.test", "cashier", True)
        assert user["has_password"] is False
        assert invited.headers["ETag"] == '"1"'
        read = await client.get(invited.headers["Location"], headers=sign_in())
        assert read.json() == user
        assert (await log_in(client, "grace@shop.test")).status_code == 401

        chosen = await choose(client, invited.json()["token"])

        assert chosen.status_code == 204
        answer = await log_in(client, "grace@shop.test")
        assert answer.json()["user"]["role"] == "cashier"

    async def test_the_token_counts_once(self, client: AsyncClient, sign_in: SignIn) -> None:
        token = (await invite(client, sign_in())).json()["token"]
        await choose(client, token)

        again = await choose(client, token, "another password of mine")

        assert (again.status_code, again.json()["code"]) == (401, "one_time_token_refused")
        assert (await log_in(client, "grace@shop.test")).status_code == 200

    async def test_an_expired_or_closed_invitation_is_refused(
        self, client: AsyncClient, sign_in: SignIn, store: Store, services: Services
    ) -> None:
        invited = (await invite(client, sign_in())).json()
        late = (await invite(client, sign_in(), email="late@shop.test")).json()
        await store.execute(
            update(users)
            .where(users.c.email_key == "late@shop.test")
            .values(token_expires_at=services.clock.now())
        )
        closed = await client.post(
            f"/api/v1/users/{invited['user']['id']}/deactivate", headers=at(1, sign_in())
        )
        assert closed.status_code == 200

        for token in (invited["token"], late["token"]):
            assert (await choose(client, token)).status_code == 401

    async def test_a_weak_password_leaves_the_invitation_open(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        token = (await invite(client, sign_in())).json()["token"]

        refused = await choose(client, token, "graceGRACEgrace")

        assert refused.status_code == 422
        assert refused.json()["errors"][0]["code"] == "password_too_easy"
        assert (await choose(client, token)).status_code == 204

    @pytest.mark.parametrize("email", ["grace@shop.test", "GRACE@SHOP.TEST", " grace@shop.test "])
    async def test_an_address_has_one_user(
        self, client: AsyncClient, sign_in: SignIn, store: Store, email: str
    ) -> None:
        await invite(client, sign_in())
        before = await store.rows(select(users)), await store.rows(select(audit_log))

        refused = await invite(client, sign_in(), email=email)

        assert (refused.status_code, refused.json()["code"]) == (409, "already_exists")
        assert refused.json()["errors"][0]["pointer"] == "/email"
        assert (await store.rows(select(users)), await store.rows(select(audit_log))) == before

    async def test_nothing_secret_or_personal_is_kept(
        self, client: AsyncClient, sign_in: SignIn, store: Store
    ) -> None:
        token = (await invite(client, sign_in())).json()["token"]
        await choose(client, token)

        everything = str([await store.rows(select(table)) for table in (audit_log, outbox)]) + str(
            await store.rows(select(users.c.token_hash, users.c.password_hash))
        )
        for secret in (token, PASSWORD, "Grace", "grace@"):
            assert secret not in everything


class TestPasswordReset:
    async def test_replaces_the_password_and_ends_the_sessions(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        invited = (await invite(client, sign_in())).json()
        await choose(client, invited["token"])
        session = await log_in(client, "grace@shop.test")

        reset = await client.post(
            f"/api/v1/users/{invited['user']['id']}/password-reset", headers=sign_in()
        )

        assert reset.status_code == 200
        assert (await log_in(client, "grace@shop.test")).status_code == 200
        assert (
            await choose(client, reset.json()["token"], "a new one, much longer")
        ).status_code == 204
        assert (await client.get("/api/v1/auth/me", headers=bearer(session))).status_code == 401
        assert (await log_in(client, "grace@shop.test")).status_code == 401
        after = await log_in(client, "grace@shop.test", "a new one, much longer")
        assert after.status_code == 200

    async def test_a_closed_account_gets_none(self, client: AsyncClient, sign_in: SignIn) -> None:
        await client.post(f"{CLERK}/deactivate", headers=at(1, sign_in()))

        refused = await client.post(f"{CLERK}/password-reset", headers=sign_in())

        assert (refused.status_code, refused.json()["code"]) == (409, "account_closed")


class TestRoles:
    @pytest.mark.case("AUT-06", "AUT-07", "A09")
    async def test_a_lowered_role_and_a_closed_account_bite_on_the_next_request(
        self, client: AsyncClient, sign_in: SignIn, store: Store
    ) -> None:
        manager = f"/api/v1/users/{PEOPLE[Role.MANAGER].user_id}"
        old_token = sign_in(Role.MANAGER)
        assert (await client.get("/api/v1/audit", headers=old_token)).status_code == 200
        assert (await write(client, old_token, "Before")).status_code == 201

        lowered = await client.patch(manager, json={"role": "viewer"}, headers=at(1, sign_in()))

        assert (lowered.status_code, lowered.json()["role"]) == (200, "viewer")
        assert (await client.get("/api/v1/audit", headers=old_token)).status_code == 403
        assert (await write(client, old_token, "After")).status_code == 403
        me = await client.get("/api/v1/auth/me", headers=old_token)
        assert (me.status_code, me.json()["role"]) == (200, "viewer")
        [row] = await store.rows(select(users).where(users.c.id == PEOPLE[Role.MANAGER].user_id))
        assert row["role"] is Role.VIEWER

        closed = await client.post(f"{manager}/deactivate", headers=at(2, sign_in()))

        assert (closed.status_code, closed.json()["active"]) == (200, False)
        refused = await client.get("/api/v1/auth/me", headers=old_token)
        assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
        assert (await write(client, old_token, "Later")).status_code == 401
        assert [row["name"] for row in await store.rows(select(categories))] == ["Before"]
        [session] = await store.rows(
            select(sessions).where(sessions.c.user_id == PEOPLE[Role.MANAGER].user_id)
        )
        assert session["ending"] == "deactivated"

    @pytest.mark.case("AUT-06")
    async def test_the_refresh_token_of_a_closed_account_is_dead_also_after_reopening(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        invited = (await invite(client, sign_in())).json()
        await choose(client, invited["token"])
        token = (await log_in(client, "grace@shop.test")).json()["refresh_token"]
        address = f"/api/v1/users/{invited['user']['id']}"
        await client.post(f"{address}/deactivate", headers=at(2, sign_in()))

        refused = await client.post("/api/v1/auth/refresh", json={"refresh_token": token})
        opened = await client.post(f"{address}/activate", headers=at(3, sign_in()))

        assert refused.status_code == 401
        assert (opened.status_code, opened.json()["active"]) == (200, True)
        refused = await client.post("/api/v1/auth/refresh", json={"refresh_token": token})
        assert refused.status_code == 401
        assert (await log_in(client, "grace@shop.test")).status_code == 200

    async def test_changes_are_audited_with_before_and_after(
        self, client: AsyncClient, sign_in: SignIn, store: Store
    ) -> None:
        body = {"role": "cashier", "name": "Carl"}
        await client.patch(CLERK, json=body, headers=at(1, sign_in()))

        [row] = await store.rows(select(audit_log).where(audit_log.c.action == "user.updated"))
        assert row["changes"] == {"role": {"before": "clerk", "after": "cashier"}}
        assert row["redacted"] == ["name"]
        assert row["user_id"] == PEOPLE[Role.ADMIN].user_id
        assert row["session_id"] == PEOPLE[Role.ADMIN].session_id
        assert row["object_id"] == PEOPLE[Role.CLERK].user_id
        assert row["route"] == "PATCH /api/v1/users/{user_id}"
        assert "Carl" not in str(row)

    async def test_what_changes_nothing_leaves_no_trace(
        self, client: AsyncClient, sign_in: SignIn, store: Store
    ) -> None:
        same = await client.patch(CLERK, json={"role": "clerk"}, headers=at(1, sign_in()))
        open_already = await client.post(f"{CLERK}/activate", headers=at(1, sign_in()))

        assert (same.status_code, same.headers["ETag"]) == (200, '"1"')
        assert (open_already.status_code, open_already.headers["ETag"]) == (200, '"1"')
        assert await store.rows(select(audit_log)) == []

    async def test_nobody_changes_or_closes_their_own_account(
        self, client: AsyncClient, sign_in: SignIn, store: Store
    ) -> None:
        role = await client.patch(ADMIN, json={"role": "viewer"}, headers=at(1, sign_in()))
        closed = await client.post(f"{ADMIN}/deactivate", headers=at(1, sign_in()))

        for refused in (role, closed):
            assert (refused.status_code, refused.json()["code"]) == (403, "own_account")
        denied = await store.rows(select(audit_log))
        assert [(row["action"], row["note"]) for row in denied] == [
            ("access.denied", {"code": "own_account"})
        ] * 2
        name = await client.patch(ADMIN, json={"name": "Ada L."}, headers=at(1, sign_in()))
        assert name.json()["name"] == "Ada L."
        [row] = await store.rows(select(users).where(users.c.id == PEOPLE[Role.ADMIN].user_id))
        assert (row["role"], row["active"]) == (Role.ADMIN, True)

    @pytest.mark.parametrize(
        ("headers", "status", "code"),
        [
            ({}, 428, "precondition_required"),
            ({"If-Match": '"7"'}, 412, "version_conflict"),
            ({"If-Match": "7"}, 400, "invalid_header"),
        ],
    )
    async def test_a_change_names_the_version_it_was_made_from(
        self,
        client: AsyncClient,
        sign_in: SignIn,
        headers: dict[str, str],
        status: int,
        code: str,
    ) -> None:
        for method, path, body in (
            ("PATCH", CLERK, {"name": "x"}),
            ("POST", f"{CLERK}/deactivate", None),
            ("POST", f"{CLERK}/activate", None),
        ):
            refused = await client.request(method, path, json=body, headers=sign_in() | headers)
            assert (refused.status_code, refused.json()["code"]) == (status, code)


class TestList:
    async def test_walks_all_users_in_the_order_they_came(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = await client.get(
                "/api/v1/users", params={"limit": 2} | cursor, headers=sign_in()
            )
            seen += [user["role"] for user in page.json()["items"]]
            if page.json()["next_cursor"] is None:
                break
            cursor = {"cursor": page.json()["next_cursor"]}

        assert seen == [str(role) for role in Role]

    async def test_filters(self, client: AsyncClient, sign_in: SignIn) -> None:
        await client.post(f"{CLERK}/deactivate", headers=at(1, sign_in()))

        closed = await client.get("/api/v1/users?active=false", headers=sign_in())
        managers = await client.get("/api/v1/users?role=manager", headers=sign_in())

        assert [user["role"] for user in closed.json()["items"]] == ["clerk"]
        assert [user["role"] for user in managers.json()["items"]] == ["manager"]
        assert "password" not in closed.text.replace("has_password", "")

    async def test_an_unknown_user_is_not_found(self, client: AsyncClient, sign_in: SignIn) -> None:
        missing = await client.get(f"/api/v1/users/{'0' * 26}", headers=sign_in())

        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
