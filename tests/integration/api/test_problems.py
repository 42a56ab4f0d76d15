"""Every refusal is a problem document with a code and the trace id of the request."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response
from pydantic import BaseModel, Field

from app.api.main import create_api
from app.api.v1.schemas.common import Instant, PriceField, ProductIdField, Schema
from app.core.settings import Environment, Settings


class Line(Schema):
    product_id: ProductIdField
    price: PriceField


class Order(Schema):
    lines: list[Line]
    at: Instant | None = None
    kind: str = Field(default="first", pattern="^(first|second)$")


class Seen(BaseModel):
    count: int


@pytest.fixture
def app() -> FastAPI:
    """The application with routes that fail and that read a body, and no database."""
    settings = Settings(
        _env_file=None,
        env=Environment.TEST,
        database_url="sqlite+aiosqlite:///:memory:",
        secret_key="0123456789abcdefghijklmnopqrstuvwxyz",
        body_max_bytes=1024,
    )
    made = create_api(settings, lifespan=None)

    @made.get("/broken")
    async def broken() -> Seen:
        raise RuntimeError("the password is hunter2")

    @made.post("/orders")
    async def orders(order: Order, limit: int = 1) -> Seen:
        return Seen(count=len(order.lines) + limit)

    return made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


def check(answer: Response, status: int, code: str) -> dict[str, object]:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:stockbook:problem:{code}"
    assert body["trace_id"] == answer.headers["X-Trace-Id"]
    assert {"title", "detail", "errors"} <= body.keys()
    return body


class TestFramework:
    async def test_no_such_route(self, http: AsyncClient) -> None:
        check(await http.get("/nothing"), 404, "not_found")

    async def test_no_such_method(self, http: AsyncClient) -> None:
        answer = await http.delete("/health")

        check(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET"

    async def test_a_fault_tells_nothing_but_its_trace_id(
        self, http: AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            answer = await http.get("/broken")

        check(answer, 500, "internal_error")
        assert "hunter2" not in answer.text


class TestBody:
    async def test_not_json(self, http: AsyncClient) -> None:
        headers = {"Content-Type": "application/json"}
        for body in (b"{", b'"\xff"', b"", b"[" * 1000):
            answer = await http.post("/orders", content=body, headers=headers)

            assert answer.status_code == (422 if body == b"" else 400), body
            check(answer, answer.status_code, "malformed_body" if body else "invalid_request")

    @pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
    async def test_wrong_media_type(self, http: AsyncClient, media_type: str) -> None:
        headers = {"Content-Type": media_type}

        answer = await http.post("/orders", content=b'{"lines": []}', headers=headers)

        check(answer, 415, "unsupported_media_type")

    async def test_too_large_as_declared(self, http: AsyncClient) -> None:
        answer = await http.post("/orders", json={"lines": ["x" * 1024]})

        assert check(answer, 413, "body_too_large")["max_bytes"] == 1024

    async def test_too_large_as_it_comes_in(self, http: AsyncClient) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b" " * 100

        headers = {"Content-Type": "application/json"}
        answer = await http.post("/orders", content=chunks(), headers=headers)

        check(answer, 413, "body_too_large")

    async def test_every_faulty_field_is_named(self, http: AsyncClient) -> None:
        line = {"product_id": "12", "price": "1,50", "colour": "red"}

        answer = await http.post("/orders?limit=x", json={"lines": [line]})

        body = check(answer, 422, "invalid_request")
        assert body["errors"] == [
            {
                "source": "query",
                "pointer": "limit",
                "code": "int_parsing",
                "detail": "Should be a whole number",
            },
            {
                "source": "body",
                "pointer": "/lines/0/product_id",
                "code": "invalid_value",
                "detail": "'12' is not an identifier of 26 characters.",
            },
            {
                "source": "body",
                "pointer": "/lines/0/price",
                "code": "invalid_value",
                "detail": "A price must be a plain decimal such as 12.50.",
            },
            {
                "source": "body",
                "pointer": "/lines/0/colour",
                "code": "extra_forbidden",
                "detail": "Extra inputs are not permitted",
            },
        ]

    @pytest.mark.parametrize(
        ("sent", "pointer", "reason"),
        [
            ([], "", "Should be an object"),
            ({"lines": "x"}, "/lines", "Should be a list"),
            ({"lines": ["x"]}, "/lines/0", "Should be an object"),
            (
                {"lines": [], "at": "noon"},
                "/at",
                "Should be an instant such as 2026-07-01T12:00:00Z",
            ),
            ({"lines": [], "kind": "c"}, "/kind", "Should be one of: first, second"),
        ],
    )
    async def test_the_reason_is_in_plain_words(
        self, http: AsyncClient, sent: object, pointer: str, reason: str
    ) -> None:
        body = check(await http.post("/orders", json=sent), 422, "invalid_request")

        assert body["detail"] == (f"{pointer}: {reason}" if pointer else reason)
        [fault] = body["errors"]
        assert (fault["pointer"], fault["detail"]) == (pointer, reason)

    async def test_a_name_that_no_answer_can_carry(self, http: AsyncClient) -> None:
        headers = {"Content-Type": "application/json"}

        answer = await http.post("/orders", content=rb'{"\ud800": 1}', headers=headers)

        check(answer, 422, "invalid_request")


class TestTraceId:
    async def test_the_callers_own_is_kept(self, http: AsyncClient) -> None:
        answer = await http.get("/health", headers={"X-Trace-Id": "order-4711_a"})

        assert answer.headers["X-Trace-Id"] == "order-4711_a"

    @pytest.mark.parametrize("given", ["short", "x" * 65, "with space", "a;b-----"])
    async def test_what_could_harm_a_log_is_replaced(self, http: AsyncClient, given: str) -> None:
        answer = await http.get("/health", headers={"X-Trace-Id": given})

        assert answer.headers["X-Trace-Id"] != given
        assert len(answer.headers["X-Trace-Id"]) == 32
