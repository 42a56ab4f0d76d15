"""Every way to be refused that all routes share, on each of them: always a problem document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from structlog.testing import capture_logs

from app.api.access import Access, Open
from app.api.errors import RETRY_AFTER_SECONDS
from app.application.services import Services
from app.core.settings import Settings
from app.domain.auth.roles import Role
from app.domain.auth.user import User
from app.domain.common.errors import Busy
from tests.fixtures.accounts import log_in
from tests.fixtures.app import application
from tests.fixtures.sound import DOCUMENT, READING, ROUTES, Sound, described, takes
from tests.fixtures.writes import Writes

JSON = {"Content-Type": "application/json"}
UNKNOWN = "7" * 26
# What a walk over all routes can bring about; a conflict (409) and too many tries (429) are
# stories of single routes, each with tests of its own.
GENERIC = {400, 401, 403, 404, 412, 413, 415, 422, 428, 503}


def name_of(route: Access) -> str:
    return f"{route.method} {route.path}"


def path_of(route: Access, identifier: str = UNKNOWN) -> str:
    return re.sub(r"\{[a-z_]+\}", identifier, route.path)


@dataclass
class Refusals:
    """Asks to be refused, checks the answer, and remembers what each route was seen to refuse."""

    http: AsyncClient
    seen: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    async def ask(self, route: Access, status: int, code: str | None = None, **asked: Any) -> None:
        path = asked.pop("path", path_of(route))
        answer = await self.http.request(route.method, path, **asked)
        self.note(name_of(route), answer, status, code)

    def note(self, route: str, answer: Response, status: int, code: str | None = None) -> None:
        assert answer.status_code == status, (route, answer.text)
        assert_problem(answer)
        assert code is None or answer.json()["code"] == code, (route, answer.text)
        self.seen[route].add(status)


def assert_problem(answer: Response) -> None:
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert re.fullmatch("[a-z_]+", body["code"])
    assert body["type"] == f"urn:stockbook:problem:{body['code']}"
    assert body["trace_id"] == answer.headers["X-Trace-Id"]
    assert {"title", "detail", "errors"} <= body.keys()


@pytest.mark.case("B01")
async def test_every_route_refuses_with_a_problem(
    writes: Writes, settings: Settings, services: Services, sign_in: Callable[..., dict[str, str]]
) -> None:
    refusals = Refusals(writes.http)
    routes = [route for route in ROUTES if route.path.startswith("/api/v1/")]
    for route in routes:
        await _refuse_callers(refusals, route, sign_in)
        await _refuse_requests(refusals, route, sign_in())
    for route in routes:
        if "404" in described(name_of(route))["responses"]:
            await _refuse_unknown(refusals, writes, route)
        if takes(name_of(route), "If-Match"):
            await _refuse_versions(refusals, writes, name_of(route))
    for name, address in (await writes.lists()).items():
        forged = address + "&?"["?" not in address] + "cursor=made-up"
        answer = await writes.http.get(forged, headers=sign_in())
        refusals.note(name, answer, 400, "invalid_cursor")
    async with _failing(settings, services, Busy("The database is busy.")) as http:
        for route in routes:
            answer = await http.request(route.method, path_of(route), headers=sign_in())
            if answer.status_code == 503:
                refusals.note(name_of(route), answer, 503, "busy")
                assert answer.headers["Retry-After"] == RETRY_AFTER_SECONDS

    expected = {name_of(route): _provokable(route) for route in routes}
    missing = {name: want - refusals.seen[name] for name, want in expected.items()}
    assert {name: statuses for name, statuses in missing.items() if statuses} == {}


def _provokable(route: Access) -> set[int]:
    """Return what the document says that the route refuses, without what no caller can reach."""
    operation = described(name_of(route))
    documented = {int(status) for status in operation["responses"]} & GENERIC
    unreachable = set()
    if isinstance(route.needs, Open):
        unreachable |= {403} if route.needs is Open.SIGNED_IN else {401, 403}
    if all(route.allows(role) for role in Role):
        unreachable.add(403)
    reads_body = "requestBody" in operation
    parameters = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    if not reads_body and not parameters & {"cursor", "if-match", "idempotency-key"}:
        unreachable.add(400)
    if not reads_body and not parameters:
        unreachable.add(422)
    if route.needs is Open.ANYONE:
        unreachable.add(503)
    return documented - unreachable


async def _refuse_callers(
    refusals: Refusals, route: Access, sign_in: Callable[..., dict[str, str]]
) -> None:
    if route.needs is not Open.ANYONE:
        await refusals.ask(route, 401, "unauthenticated")
        bad = {"Authorization": "Bearer a.b.c"}
        await refusals.ask(route, 401, "invalid_token", headers=bad)
    for role in Role:
        if not route.allows(role):
            await refusals.ask(route, 403, "permission_denied", headers=sign_in(role))


async def _refuse_requests(refusals: Refusals, route: Access, headers: dict[str, str]) -> None:
    operation = described(name_of(route))
    parameters = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    if "if-match" in parameters:
        headers = headers | {"If-Match": '"1"'}
    media_types = operation.get("requestBody", {}).get("content", {})

    typed = headers | {"Content-Type": "application/xml"}
    await refusals.ask(route, 415, "unsupported_media_type", content=b"<a/>", headers=typed)
    large = b" " * (2**20 + 1)
    await refusals.ask(route, 413, "body_too_large", content=large, headers=headers | JSON)
    if "application/json" in media_types:
        bad = headers | JSON
        await refusals.ask(route, 400, "malformed_body", content=b"{", headers=bad)
        await refusals.ask(route, 422, "invalid_request", json={"unheard_of": 1}, headers=headers)
    elif media_types:
        await refusals.ask(route, 400, content=b"x", headers=headers | JSON | _MULTIPART)
        fileless = {"note": b"x"}
        await refusals.ask(route, 422, "invalid_request", files=fileless, headers=headers)
    if "cursor" in parameters:
        params = {"limit": "0"}
        await refusals.ask(route, 422, "invalid_request", params=params, headers=headers)
    elif parameters and "{" not in route.path and not media_types:
        params = dict.fromkeys(("format", "kind"), "none of ours")
        await refusals.ask(route, 422, "invalid_request", params=params, headers=headers)
    if "idempotency-key" in parameters and not media_types:
        bad = headers | {"Idempotency-Key": "\xe9"}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in bad.items()]
        await refusals.ask(route, 400, "invalid_header", headers=raw)
    if "{" in route.path:
        path = path_of(route, "x")
        await refusals.ask(route, 422, "invalid_request", path=path, headers=headers)


_MULTIPART = {"Content-Type": "multipart/form-data"}


async def _refuse_versions(refusals: Refusals, writes: Writes, route: str) -> None:
    sound = await writes.sound(route)
    for match, status in (('"7"', 412), ("7", 400), (None, 428)):
        asked = Sound(route=route, path=sound.path, body=sound.body, match=match)
        if str(status) in described(route)["responses"]:
            answer = await asked.send(writes.http, writes.headers())
            refusals.note(route, answer, status)


async def _refuse_unknown(refusals: Refusals, writes: Writes, route: Access) -> None:
    asked: dict[str, Any] = {"headers": writes.headers()}
    if route.method not in READING:
        sound = await writes.sound(name_of(route))
        asked = {"headers": writes.headers() | sound.matching}
        asked |= {} if sound.body is None else {"json": sound.body()}
    elif route.path.endswith("/lookup"):
        asked["params"] = {"code": "no-such-code"}
    elif route.path.endswith("/explain"):
        asked["params"] = {"location_id": UNKNOWN}
    await refusals.ask(route, 404, "not_found", **asked)


@pytest.mark.case("B01")
async def test_a_method_or_an_address_that_no_route_has_is_a_problem(writes: Writes) -> None:
    headers = writes.headers()
    for path in DOCUMENT["paths"]:
        address = re.sub(r"\{[a-z_]+\}", UNKNOWN, path)
        for method in sorted(
            {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - _methods(address)
        ):
            answer = await writes.http.request(method, address, headers=headers)
            assert answer.status_code == 405, (method, path)
            assert_problem(answer)
    assert_problem(await writes.http.get("/no/such/route", headers=headers))


def _methods(address: str) -> set[str]:
    """Return the methods of all routes with this address: `/products/export` may be a product."""
    return {
        route.method
        for route in ROUTES
        if re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", route.path), address)
    }


@pytest.mark.case("B01")
async def test_too_many_tries_are_a_problem(client: AsyncClient, admin: User) -> None:
    answers = [await log_in(client, password="a guess that is wrong") for _ in range(12)]

    assert {answer.status_code for answer in answers} == {401, 429}
    for answer in answers:
        assert_problem(answer)
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.case("B01")
async def test_a_fault_is_a_problem_on_every_route(
    settings: Settings, services: Services, sign_in: Callable[..., dict[str, str]], writes: Writes
) -> None:
    """Whoever asks the database meets something that nobody foresaw."""
    fault = RuntimeError("the password is hunter2")
    async with _failing(settings, services, fault) as http:
        unharmed = set()
        for route in ROUTES:
            answer = await http.request(route.method, path_of(route), headers=sign_in())
            if answer.status_code < 400 or answer.status_code == 422:
                unharmed.add(name_of(route))
                continue
            assert answer.status_code == 500, (name_of(route), answer.text)
            assert_problem(answer)
            assert answer.json()["code"] == "internal_error"
            assert "hunter2" not in answer.text
    # These ask for nothing, or refuse an empty body before they would.
    assert {name for name in unharmed if described(name).get("requestBody") is None} == {
        "GET /health",
        "GET /.well-known/jwks.json",
    }


@asynccontextmanager
async def _failing(
    settings: Settings, services: Services, error: Exception
) -> AsyncIterator[AsyncClient]:
    """Serve with services that all raise the error as soon as they are asked for anything."""

    async def fail(*_: object) -> Any:
        raise error

    app = application(settings)
    app.state.services = replace(services, authenticate=fail, ping=fail)
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as http:
        # To print each of so many faults would take longer than all the rest.
        with capture_logs():
            yield http
    app.state.services = services
