"""`Idempotency-Key`, retries and `If-Match` over HTTP, shown on units."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from app.api.main import create_api
from app.application.common.answers import Ticket
from app.application.common.retry import ATTEMPTS, TransactionAborted
from app.application.services import Services, Work
from app.core.settings import Settings
from app.domain.auth.roles import Role
from tests.fixtures.people import SignIn

UNITS = "/api/v1/units"
CRATE = {"code": "crate", "name": "Crate", "decimals": 0}


@pytest.fixture
def admin(sign_in: SignIn) -> dict[str, str]:
    return sign_in(Role.ADMIN)


async def codes(client: AsyncClient, headers: dict[str, str]) -> list[str]:
    answer = await client.get(UNITS, headers=headers)
    return [item["code"] for item in answer.json()["items"]]


def refused(answer: Response, status: int, code: str) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)


class TestIdempotencyKey:
    async def test_a_repeated_request_gets_the_same_answer(
        self, client: AsyncClient, admin: dict[str, str]
    ) -> None:
        keyed = admin | {"Idempotency-Key": "5f1c"}

        first = await client.post(UNITS, json=CRATE, headers=keyed)
        again = await client.post(UNITS, json=CRATE, headers=keyed)

        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        for name in ("ETag", "Location"):
            assert again.headers[name] == first.headers[name]
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        assert (await codes(client, admin)).count("crate") == 1

    async def test_without_a_key_it_is_done_again(
        self, client: AsyncClient, admin: dict[str, str]
    ) -> None:
        await client.post(UNITS, json=CRATE, headers=admin)

        assert refused(await client.post(UNITS, json=CRATE, headers=admin), 409, "already_exists")

    async def test_another_body_under_the_key_is_refused(
        self, client: AsyncClient, admin: dict[str, str]
    ) -> None:
        keyed = admin | {"Idempotency-Key": "5f1c"}
        await client.post(UNITS, json=CRATE, headers=keyed)
        before = await codes(client, admin)

        answer = await client.post(UNITS, json=CRATE | {"code": "box"}, headers=keyed)

        assert refused(answer, 422, "idempotency_mismatch")
        assert await codes(client, admin) == before

    async def test_each_caller_has_keys_of_their_own(
        self, client: AsyncClient, sign_in: SignIn
    ) -> None:
        key = {"Idempotency-Key": "5f1c"}
        await client.post(UNITS, json=CRATE, headers=sign_in(Role.ADMIN) | key)

        box = CRATE | {"code": "box"}
        answer = await client.post(UNITS, json=box, headers=sign_in(Role.MANAGER) | key)

        assert answer.status_code == 201

    async def test_a_refused_request_is_not_kept(
        self, client: AsyncClient, admin: dict[str, str]
    ) -> None:
        keyed = admin | {"Idempotency-Key": "5f1c"}
        await client.post(UNITS, json=CRATE, headers=admin)
        assert (await client.post(UNITS, json=CRATE, headers=keyed)).status_code == 409

        answer = await client.post(UNITS, json=CRATE | {"code": "box"}, headers=keyed)

        assert answer.status_code == 201

    async def test_twins_at_once(self, client: AsyncClient, admin: dict[str, str]) -> None:
        keyed = admin | {"Idempotency-Key": "5f1c"}

        answers = await asyncio.gather(
            *(client.post(UNITS, json=CRATE, headers=keyed) for _ in range(6))
        )

        assert [answer.status_code for answer in answers] == [201] * 6
        assert len({answer.content for answer in answers}) == 1
        assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 5

    @pytest.mark.parametrize(
        ("key", "status", "code"),
        [
            ("", 422, "invalid_request"),
            ("k" * 256, 422, "invalid_request"),
            ("ключ".encode().decode("latin-1"), 400, "invalid_header"),
        ],
    )
    async def test_a_key_that_cannot_be_kept(
        self, client: AsyncClient, admin: dict[str, str], key: str, status: int, code: str
    ) -> None:
        headers = [*admin.items(), ("Idempotency-Key", key.encode("latin-1"))]

        answer = await client.post(UNITS, json=CRATE, headers=headers)

        assert refused(answer, status, code)
        assert "crate" not in await codes(client, admin)


class TestRequiredKey:
    @pytest.fixture
    async def strict(self, settings: Settings, services: Services) -> AsyncIterator[AsyncClient]:
        app = create_api(
            settings.model_copy(update={"require_idempotency_key": True}), lifespan=None
        )
        app.state.services = services
        async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as http:
            yield http

    async def test_a_post_without_a_key_is_refused(
        self, strict: AsyncClient, admin: dict[str, str]
    ) -> None:
        answer = await strict.post(UNITS, json=CRATE, headers=admin)

        assert refused(answer, 400, "idempotency_key_required")
        assert "crate" not in await codes(strict, admin)
        keyed = admin | {"Idempotency-Key": "5f1c"}
        assert (await strict.post(UNITS, json=CRATE, headers=keyed)).status_code == 201


class TestAbortedTransactions:
    """What the database undoes through no fault of the request is done again, five times."""

    @pytest.mark.parametrize(("aborts", "status"), [(ATTEMPTS - 1, 201), (ATTEMPTS, 503)])
    async def test_they_are_tried_again(
        self,
        settings: Settings,
        services: Services,
        admin: dict[str, str],
        aborts: int,
        status: int,
    ) -> None:
        opened: list[Work] = []
        app = create_api(settings, lifespan=None)
        app.state.services = replace(services, work=aborting(services.work, aborts, opened))
        async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as http:
            answer = await http.post(UNITS, json=CRATE, headers=admin)

            assert answer.status_code == status
            assert len(opened) == ATTEMPTS
            assert ("crate" in await codes(http, admin)) is (status == 201)
        if status == 503:
            assert answer.headers["Retry-After"] == "1"


def aborting(
    make: Callable[[Ticket | None], Work], times: int, opened: list[Work]
) -> Callable[[Ticket | None], Work]:
    """Make units of work of which the first ones are undone at their commit."""

    def work(ticket: Ticket | None) -> Work:
        made = make(ticket)
        opened.append(made)
        if len(opened) <= times:
            made.commit = _abort  # type: ignore[method-assign]
        return made

    return work


async def _abort(_result: object = None) -> None:
    raise TransactionAborted


class TestIfMatch:
    async def test_a_change_names_the_version_it_was_made_from(
        self, client: AsyncClient, admin: dict[str, str]
    ) -> None:
        made = await client.post(UNITS, json=CRATE, headers=admin)
        address = made.headers["Location"]

        changed = await client.patch(
            address, json={"name": "Box"}, headers=admin | {"If-Match": made.headers["ETag"]}
        )

        assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
        assert (await client.get(address, headers=admin)).headers["ETag"] == '"2"'

    @pytest.mark.parametrize(
        ("if_match", "status", "code"),
        [
            (None, 428, "precondition_required"),
            ('"7"', 412, "version_conflict"),
            ("*", 400, "invalid_header"),
            ('W/"1"', 400, "invalid_header"),
            ("1", 400, "invalid_header"),
            ('"1", "2"', 400, "invalid_header"),
        ],
    )
    async def test_it_is_refused_otherwise(
        self,
        client: AsyncClient,
        admin: dict[str, str],
        if_match: str | None,
        status: int,
        code: str,
    ) -> None:
        made = await client.post(UNITS, json=CRATE, headers=admin)
        headers = admin | ({} if if_match is None else {"If-Match": if_match})

        answer = await client.patch(made.headers["Location"], json={"name": "Box"}, headers=headers)

        assert refused(answer, status, code)
        kept = await client.get(made.headers["Location"], headers=admin)
        assert (kept.json()["name"], kept.headers["ETag"]) == ("Crate", '"1"')
