"""Requests drawn from the OpenAPI document, against a real server: none is answered unexpectedly.

No server error, no status that is not documented, every body as documented. Requests as the
document has them must also mostly succeed for an admin, or the document describes nothing.
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


@pytest.fixture
def server(database: Database, tmp_path: Path) -> Iterator[Server]:
    # No worker, so that a job that was started can still be cancelled.
    with serving(variables(database.url, tmp_path, EMBEDDED_WORKER="false"), tmp_path) as started:
        yield started


def test_an_admin_gets_what_is_documented_and_mostly_succeeds(server: Server) -> None:
    shop = Shop(server)
    answered: dict[str, list[int]] = defaultdict(list)

    def send(case: Case) -> None:
        shop.fit(case)
        status = _send(case, server, headers=shop.headers(case.path))
        answered[_group(case.operation)].append(status)

    for operation in _operations():
        _draw(operation, GenerationMode.POSITIVE, send, examples=4)
    shop.close()

    shares = {
        group: sum(200 <= status < 300 for status in statuses) / len(statuses)
        for group, statuses in answered.items()
    }
    assert {group: share for group, share in shares.items() if share < 0.5} == {}
    assert set(shares) == {_group(operation) for operation in _operations()}


def test_bad_requests_of_an_admin_are_answered_as_documented(server: Server) -> None:
    shop = Shop(server)

    def send(case: Case) -> None:
        _send(case, server, headers=shop.headers(case.path))

    for operation in _operations():
        _draw(operation, GenerationMode.NEGATIVE, send, examples=3)
    shop.close()


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
    return answer.status_code


def _group(operation: APIOperation[Any, Any, Any, Any]) -> str:
    return str(operation.definition.raw["tags"][0])
