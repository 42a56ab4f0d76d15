"""What is secret stands in no log line, no refusal, no audit row, no event and no document."""

from __future__ import annotations

import json
import logging

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select

from app.application.services import Services
from app.domain.auth.user import User
from app.infrastructure.db.tables.auth import login_tries, sessions, users
from app.infrastructure.db.tables.foundation import audit_log, idempotency_keys, outbox
from scripts.permissions_table import application
from tests.fixtures.accounts import EMAIL, PASSWORD, Mailbox, Store, bearer, log_in, send_mail

CANARY = "canary-4471-in-a-gilded-cage"
NEWER = "canary-4472-on-a-wire-fence"
TABLES = (audit_log, outbox, idempotency_keys, sessions, users, login_tries)


@pytest.mark.case("A08")
async def test_secrets_are_nowhere_to_be_found(
    client: AsyncClient,
    services: Services,
    admin: User,
    store: Store,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # DEBUG shows the parameters of statements; production refuses it.
    caplog.set_level(logging.INFO)
    box = Mailbox()
    send_mail(client, services, box)
    login = await log_in(client)
    headers = bearer(login) | {"Idempotency-Key": "canary"}
    refused = [
        await log_in(client, password=CANARY),
        await log_in(client, CANARY, CANARY),
        await client.post("/api/v1/auth/login", json={"email": EMAIL, "password": [CANARY]}),
        await client.post("/api/v1/auth/login", json={"email": EMAIL, CANARY: CANARY}),
        await client.post("/api/v1/auth/refresh", json={"refresh_token": CANARY}),
        await client.post("/api/v1/auth/password", json={"token": CANARY, "password": CANARY}),
        await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {CANARY}"}),
        await client.post(
            "/api/v1/auth/me/password",
            json={"password": CANARY, "new_password": NEWER},
            headers=headers,
        ),
        await client.post("/api/v1/sales", json={"note": CANARY}),
    ]
    await client.post("/api/v1/auth/password-reset", json={"email": EMAIL})
    changed = await client.post(
        "/api/v1/auth/me/password",
        json={"password": PASSWORD, "new_password": NEWER},
        headers=headers,
    )
    assert changed.status_code == 204
    assert {answer.status_code for answer in refused} == {401, 422}

    secrets = [PASSWORD, CANARY, NEWER, box.token(), login.json()["refresh_token"]]
    secrets.append(login.json()["access_token"])
    kept = [str(await store.rows(select(table))) for table in TABLES]
    # A field that is unknown is named by its own name, which is not a value.
    answers = [answer.text.replace(f"/{CANARY}", "") for answer in refused]
    document = json.dumps(application().openapi())
    for secret in secrets:
        assert not any(secret in text for text in kept)
        assert not any(secret in text for text in answers)
        assert secret not in caplog.text
        assert secret == PASSWORD or secret not in document
