"""Every request is answered by what the database says of the caller at that moment."""

from __future__ import annotations

import pytest
from httpx2 import AsyncClient
from pydantic import SecretStr

from app.application.services import Services
from app.bootstrap import DatabaseFault, open_services
from app.core.settings import Settings
from app.domain.auth.roles import Role
from tests.fixtures.people import PEOPLE, SignIn
from tests.fixtures.statements import recorded_statements


async def test_a_token_tells_whose_it_is(services: Services, sign_in: SignIn) -> None:
    token = sign_in(Role.CLERK)["Authorization"].removeprefix("Bearer ")

    identity = await services.authenticate(token)

    assert identity.user_id == PEOPLE[Role.CLERK].user_id
    assert identity.role is Role.CLERK
    assert identity.session_id == PEOPLE[Role.CLERK].session_id
    assert identity.token_id == PEOPLE[Role.CLERK].token_id


async def test_a_request_reads_two_primary_keys(services: Services, sign_in: SignIn) -> None:
    token = sign_in()["Authorization"].removeprefix("Bearer ")
    with recorded_statements() as sent:
        await services.authenticate(token)

    [statement] = [sql for sql in sent if "signing_keys" not in sql]

    assert statement.startswith("SELECT users.role")
    assert "JOIN users ON sessions.user_id = users.id" in statement.replace("\n", "")
    assert "sessions.id =" in statement


async def test_keys_under_another_secret_are_named_at_the_start(
    services: Services, sign_in: SignIn, settings: Settings
) -> None:
    other = settings.model_copy(update={"secret_key": SecretStr("another secret, " * 3)})

    async with open_services(other) as opened:
        with pytest.raises(DatabaseFault, match="STOCKBOOK_SECRET_KEY"):
            await opened.accounts.published_keys()


async def test_public_keys_are_for_everybody_and_for_a_while(
    client: AsyncClient, sign_in: SignIn
) -> None:
    answer = await client.get("/.well-known/jwks.json")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert len(answer.json()["keys"]) == 2
    for key in answer.json()["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert (key["kty"], key["crv"], key["alg"]) == ("EC", "P-256", "ES256")
