"""Accounts and new passwords that people ask for themselves: by mail, and silently."""

from __future__ import annotations

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import select, update

from app.application.auth.letters import Mail, MailFailed
from app.application.services import Services
from app.domain.auth.registration import Registration
from app.domain.auth.roles import Role
from app.domain.auth.throttle import LIMITS, Counted
from app.domain.auth.user import User
from app.infrastructure.db.tables.auth import users
from app.infrastructure.db.tables.foundation import audit_log, outbox
from tests.fixtures.accounts import (
    EMAIL,
    PASSWORD,
    Mailbox,
    Store,
    bearer,
    log_in,
    send_mail,
)
from tests.fixtures.people import PEOPLE, SignIn

GRACE = "grace@shop.test"
NEWER = "five grey geese at dawn"


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


async def register(client: AsyncClient, email: str = GRACE, name: str = "Grace") -> Response:
    return await client.post("/api/v1/auth/register", json={"email": email, "name": name})


async def forget(client: AsyncClient, email: str = EMAIL) -> Response:
    return await client.post("/api/v1/auth/password-reset", json={"email": email})


async def choose(client: AsyncClient, token: str, password: str = PASSWORD) -> Response:
    body = {"token": token, "password": password}
    return await client.post("/api/v1/auth/password", json=body)


def seen(answer: Response) -> tuple[int, bytes, list[str]]:
    return answer.status_code, answer.content, sorted(answer.headers)


class TestOpen:
    async def test_whoever_asks_becomes_a_viewer_by_mail(
        self, client: AsyncClient, services: Services, box: Mailbox, store: Store
    ) -> None:
        send_mail(client, services, box, registration=Registration.OPEN)

        assert (await register(client)).status_code == 204
        assert (await choose(client, box.token())).status_code == 204

        assert [mail.to for mail in box.mails] == [GRACE]
        answer = await log_in(client, GRACE)
        assert answer.json()["user"]["role"] == "viewer"
        everything = str([await store.rows(select(table)) for table in (audit_log, outbox)])
        assert "user.registered" in everything
        for secret in (GRACE, "Grace", box.token()):
            assert secret not in everything

    async def test_the_answer_tells_nothing_of_an_address(
        self,
        client: AsyncClient,
        services: Services,
        sign_in: SignIn,
        box: Mailbox,
        store: Store,
        admin: User,
    ) -> None:
        send_mail(client, services, box, registration=Registration.OPEN)
        await store.execute(
            update(users).where(users.c.email_key == PEOPLE[Role.CLERK].email).values(active=False)
        )
        before = await store.rows(select(users).where(users.c.email_key != GRACE))

        taken = await register(client, EMAIL.upper())
        closed = await register(client, PEOPLE[Role.CLERK].email)
        free = await register(client)

        assert seen(taken) == seen(closed) == seen(free)
        assert [mail.to for mail in box.mails] == [EMAIL, GRACE]
        assert "one-time token" not in box.mails[0].text
        assert await store.rows(select(users).where(users.c.email_key != GRACE)) == before


class TestInvite:
    async def test_only_who_was_invited_gets_a_token(
        self, client: AsyncClient, services: Services, sign_in: SignIn, box: Mailbox, store: Store
    ) -> None:
        send_mail(client, services, box, registration=Registration.INVITE)
        invited = await client.post(
            "/api/v1/users",
            json={"email": GRACE, "name": "Grace", "role": "clerk"},
            headers=sign_in(),
        )
        first = box.token()

        again, stranger = await register(client), await register(client, "eve@shop.test")

        assert seen(again) == seen(stranger)
        assert [mail.to for mail in box.mails] == [GRACE, GRACE]
        assert (invited.json()["mailed"], invited.json()["token"]) == (True, None)
        assert first not in invited.text
        assert (await choose(client, first)).status_code == 401
        assert (await choose(client, box.token())).status_code == 204
        assert (await log_in(client, GRACE)).json()["user"]["role"] == "clerk"
        assert await store.rows(select(users).where(users.c.email_key == "eve@shop.test")) == []


class TestClosed:
    async def test_nobody_registers(
        self, client: AsyncClient, services: Services, box: Mailbox, store: Store
    ) -> None:
        for mailing in (False, True):
            if mailing:
                send_mail(client, services, box)
            refused = await register(client)
            assert (refused.status_code, refused.json()["code"]) == (403, "registration_closed")

        assert box.mails == []
        assert await store.rows(select(users)) == []


class TestReset:
    async def test_comes_by_mail_and_ends_the_sessions(
        self, client: AsyncClient, services: Services, admin: User, box: Mailbox, store: Store
    ) -> None:
        send_mail(client, services, box)
        session = await log_in(client)

        known, unknown = await forget(client), await forget(client, "nobody@shop.test")

        assert seen(known) == seen(unknown)
        assert known.status_code == 204
        assert [mail.to for mail in box.mails] == [EMAIL]
        assert (await log_in(client)).status_code == 200
        assert (await choose(client, box.token(), NEWER)).status_code == 204
        assert (await client.get("/api/v1/auth/me", headers=bearer(session))).status_code == 401
        assert (await log_in(client, password=NEWER)).status_code == 200
        actions = [row["action"] for row in await store.rows(select(audit_log.c.action))]
        assert actions.count("user.password_reset_requested") == 1

    async def test_a_closed_account_gets_none(
        self, client: AsyncClient, services: Services, admin: User, box: Mailbox, store: Store
    ) -> None:
        send_mail(client, services, box)
        await store.execute(update(users).values(active=False))

        assert (await forget(client)).status_code == 204

        assert box.mails == []
        [row] = await store.rows(select(users))
        assert row["token_hash"] is None

    async def test_a_shop_without_mail_says_so(self, client: AsyncClient, admin: User) -> None:
        refused = await forget(client)

        assert (refused.status_code, refused.json()["code"]) == (409, "mail_off")

    async def test_nobody_floods_a_mailbox(
        self, client: AsyncClient, services: Services, admin: User, box: Mailbox
    ) -> None:
        send_mail(client, services, box)
        free = LIMITS[Counted.PAIR].free
        answers = [(await forget(client)).status_code for _ in range(free + 1)]

        refused = await forget(client)

        assert answers == [204] * (free + 1)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert len(box.mails) == free + 1
        assert (await log_in(client)).status_code == 200

    async def test_an_admins_reset_goes_by_mail_too(
        self, client: AsyncClient, services: Services, sign_in: SignIn, box: Mailbox
    ) -> None:
        send_mail(client, services, box)
        clerk = PEOPLE[Role.CLERK]

        answer = await client.post(
            f"/api/v1/users/{clerk.user_id}/password-reset", headers=sign_in()
        )

        assert (answer.json()["mailed"], answer.json()["token"]) == (True, None)
        assert [mail.to for mail in box.mails] == [clerk.email]
        assert box.token() not in answer.text


class Broken:
    async def send(self, mail: Mail) -> None:
        raise MailFailed


class TestBrokenMail:
    async def test_an_admin_is_told_and_sends_it_again(
        self, client: AsyncClient, services: Services, sign_in: SignIn, box: Mailbox, store: Store
    ) -> None:
        send_mail(client, services, Broken())
        body = {"email": GRACE, "name": "Grace", "role": "clerk"}
        failed = await client.post("/api/v1/users", json=body, headers=sign_in())

        assert (failed.status_code, failed.json()["code"]) == (503, "mail_failed")
        [row] = await store.rows(select(users).where(users.c.email_key == GRACE))
        send_mail(client, services, box)
        again = await client.post(f"/api/v1/users/{row['id']}/password-reset", headers=sign_in())
        assert again.status_code == 200
        assert (await choose(client, box.token())).status_code == 204

    async def test_a_stranger_is_told_nothing(
        self, client: AsyncClient, services: Services, admin: User
    ) -> None:
        send_mail(client, services, Broken())

        assert (await forget(client)).status_code == 204
