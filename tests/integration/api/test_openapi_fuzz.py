"""Requests drawn from the OpenAPI document, against a real server: none is answered unexpectedly.

No server error, no status that is not documented, every body as documented. Requests as the
document has them must also mostly succeed for each role where it may call at all, or the document
describes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.api.access import accesses
from app.domain.auth.roles import Role
from scripts.permissions_table import application
from tests.fixtures.commands import PATIENCE_SECONDS, Server, serving, variables
from tests.fixtures.databases import Database
from tests.fixtures.fuzzing import Shop

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DRAWN = settings(
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


ALLOWED = {f"{access.method} {access.path}": access for access in accesses(application())}


@pytest.fixture
def server(database: Database, tmp_path: Path) -> Iterator[Server]:
    # No worker, so that a job that was started can still be cancelled.
    with serving(variables(database.url, tmp_path, EMBEDDED_WORKER="false"), tmp_path) as started:
        yield started


@pytest.fixture
def shop(server: Server) -> Iterator[Shop]:
    opened = Shop(server)
    yield opened
    opened.close()


@pytest.mark.case("B01", "B02")
def test_an_admin_gets_what_is_documented_and_mostly_succeeds(shop: Shop, server: Server) -> None:
    _fuzz(shop, server, examples=4)


@pytest.mark.case("B01", "B02")
def test_every_other_role_succeeds_where_it_may_and_is_refused_elsewhere(
    shop: Shop, server: Server
) -> None:
    """One server and one shop for all of them, and few examples: an admin has tried most."""
    for role in Role:
        if role is not Role.ADMIN:
            shop.join(role)
            _fuzz(shop, server, examples=2)


def _fuzz(shop: Shop, server: Server, *, examples: int) -> None:
    """Send what the document allows as the caller of the shop; at least half of it must succeed.

    That is counted in each group of routes, without the routes that the caller may not use.
    """
    answered: dict[str, list[int]] = defaultdict(list)
    denied: list[str] = []

    def send(case: Case) -> None:
        shop.fit(case)
        status = _send(case, server, headers=shop.headers(case.path))
        answered[_group(case.operation)].append(status)

    def be_denied(case: Case) -> None:
        if _send(case, server, headers=shop.headers(case.path)) != 403:
            denied.append(case.operation.label)

    for operation in _operations():
        if ALLOWED[operation.label].allows(shop.role):
            _draw(operation, GenerationMode.POSITIVE, send, examples=examples)
        else:
            _draw(operation, GenerationMode.POSITIVE, be_denied, examples=1)

    shares = {
        group: sum(200 <= status < 300 for status in statuses) / len(statuses)
        for group, statuses in answered.items()
    }
    assert {group: share for group, share in shares.items() if share < 0.5} == {}, shop.role
    assert denied == [], shop.role


@pytest.mark.case("B01", "B02")
def test_bad_requests_of_an_admin_are_answered_as_documented(shop: Shop, server: Server) -> None:
    def send(case: Case) -> None:
        _send(case, server, headers=shop.headers(case.path))

    for operation in _operations():
        _draw(operation, GenerationMode.NEGATIVE, send, examples=3)


@pytest.mark.case("B01", "B02")
def test_an_anonymous_caller_is_answered_as_documented(server: Server) -> None:
    def send(case: Case) -> None:
        case.headers.pop("Authorization", None)
        _send(case, server, headers={})

    for operation in _operations():
        _draw(operation, GenerationMode.POSITIVE, send, examples=2)


@cache
def _operations() -> list[APIOperation[Any, Any, Any, Any]]:
    schema = schemathesis.openapi.from_dict(application().openapi())
    return [found.ok() for found in schema.get_all_operations()]


def _draw(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    send: Callable[[Case], None],
    *,
    examples: int,
) -> None:
    @settings(DRAWN, max_examples=examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def drawn(case: Case) -> None:
        send(case)

    try:
        drawn()
    except Unsatisfiable:
        # A route without parameters takes nothing that could be wrong.
        assert mode is GenerationMode.NEGATIVE


def _send(case: Case, server: Server, *, headers: dict[str, str]) -> int:
    answer = case.call(base_url=server.url, headers=headers, timeout=PATIENCE_SECONDS)
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"]
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert problem["code"]
        assert [problem["trace_id"]] == answer.headers["x-trace-id"]
    return answer.status_code


def _group(operation: APIOperation[Any, Any, Any, Any]) -> str:
    return str(operation.definition.raw["tags"][0])
