"""Every request is answered by what the database says of the caller at that moment."""

from __future__ import annotations

from app.application.services import Services
from app.domain.auth.roles import Role
from tests.fixtures.people import PEOPLE, SignIn


async def test_a_token_tells_whose_it_is(services: Services, sign_in: SignIn) -> None:
    token = sign_in(Role.CLERK)["Authorization"].removeprefix("Bearer ")

    identity = await services.authenticate(token)

    assert identity.user_id == PEOPLE[Role.CLERK].user_id
    assert identity.role is Role.CLERK
    assert identity.session_id == PEOPLE[Role.CLERK].session_id
    assert identity.token_id == PEOPLE[Role.CLERK].token_id
