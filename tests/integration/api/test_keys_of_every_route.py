"""`Idempotency-Key` on every route that takes one: a key stands for one request of one user."""

from __future__ import annotations

from dataclasses import replace

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select

from app.domain.auth.user import User
from app.infrastructure.db.tables.foundation import idempotency_keys
from tests.fixtures.accounts import Store, bearer, log_in
from tests.fixtures.sound import WRITING, Sound, takes
from tests.fixtures.writes import Writes

KEYED = [route for route in WRITING if takes(route, "Idempotency-Key")]
KEY = {"Idempotency-Key": "5f1c"}
# Reviewed: their answers hold a token that is stored nowhere, so none could be given again; or
# they sign somebody in or out, which a second time harms nobody.
WITHOUT = {
    *(f"POST /api/v1/auth/{name}" for name in ("setup", "login", "refresh", "password")),
    *(f"POST /api/v1/auth/{name}" for name in ("register", "password-reset", "me/password")),
    *(f"POST /api/v1/auth/{name}" for name in ("logout", "logout-all")),
    "POST /api/v1/users",
    "POST /api/v1/users/{user_id}/password-reset",
}


def test_every_post_but_the_reviewed_takes_a_key() -> None:
    assert {route for route in WRITING if route.startswith("POST")} - set(KEYED) == WITHOUT


@pytest.mark.case("B04")
async def test_a_key_stands_for_one_request_of_one_user(
    writes: Writes, client: AsyncClient, store: Store, admin: User
) -> None:
    mine = writes.headers() | KEY
    other_admin = bearer(await log_in(client)) | KEY

    for route in KEYED:
        sound, another = await writes.sound(route), await writes.sound(route)
        fixed = sound.fixed()
        first = await fixed.send(client, mine)
        assert first.is_success, (route, first.text)
        before = await writes.state()

        for wrong in _other_requests(sound, another):
            refused = await wrong.send(client, mine)
            assert refused.status_code == 422, (route, refused.text)
            assert refused.json()["code"] == "idempotency_mismatch", route
        again = await fixed.send(client, mine)
        assert again.headers["Idempotency-Replayed"] == "true", route
        assert (again.status_code, again.content) == (first.status_code, first.content), route
        assert await writes.state() == before, route

        theirs = await (await writes.sound(route)).send(client, other_admin)
        assert theirs.is_success, (route, theirs.text)
        assert "Idempotency-Replayed" not in theirs.headers
        # Who removes something is told nothing.
        assert theirs.content != first.content or first.status_code == 204

    kept = await store.rows(select(idempotency_keys.c.scope))
    assert len(kept) == 2 * len(KEYED)


def _other_requests(sound: Sound, another: Sound) -> list[Sound]:
    """Return what differs from the sound request by its body, its address or its version alone."""
    found = [another]
    if sound.body is not None or sound.files is not None:
        # Each body is made anew, and unlike any other.
        found.append(sound)
    if sound.match is not None:
        found.append(replace(sound, match='"7"'))
    return found
