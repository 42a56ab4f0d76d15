"""Outermost layers in plain ASGI: trace id and log line, last resort for faults, body limit."""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import BodyTooLarge, UnsupportedMediaType, domain_problem
from app.api.problems import problem
from app.domain.common.errors import DomainError

TRACE_HEADER = "X-Trace-Id"
_TRACE_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")
_MULTIPART_OVERHEAD = 2**16
_log = structlog.get_logger("stockbook.http")


class TraceMiddleware:
    """Gives each request a trace id, logs it once, and answers what nobody else did with 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace_id = _trace_id(Headers(scope=scope).get(TRACE_HEADER))
        scope.setdefault("state", {})["trace_id"] = trace_id
        status = 0

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[TRACE_HEADER] = trace_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        started = time.perf_counter_ns()
        with structlog.contextvars.bound_contextvars(trace_id=trace_id):
            try:
                await self._app(scope, receive, send_traced)
            except Exception:
                _log.exception("request failed", method=scope["method"], path=scope["path"])
                if status:
                    raise
                fault = problem(
                    500,
                    code="internal_error",
                    title="Internal error",
                    detail="The server failed; nothing was written. Tell us the trace id.",
                    trace_id=trace_id,
                )
                await fault(scope, receive, send_traced)
            _log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=(time.perf_counter_ns() - started) // 1_000_000,
            )


class BodyMiddleware:
    """Refuses bodies that are too large, counted as they come in, or of a type nobody reads."""

    def __init__(self, app: ASGIApp, *, json_limit: int, upload_limit: int) -> None:
        self._app = app
        self._json_limit = json_limit
        self._upload_limit = upload_limit + _MULTIPART_OVERHEAD

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        uploads = media_type == "multipart/form-data"
        limit = self._upload_limit if uploads else self._json_limit
        length = headers.get("Content-Length", "0")
        declared = int(length) if length.isascii() and length.isdecimal() else 0
        has_body = declared > 0 or "Transfer-Encoding" in headers
        try:
            if declared > limit:
                raise _too_large(limit)
            if has_body and not (uploads or media_type == "application/json"):
                raise UnsupportedMediaType("Send application/json, or multipart/form-data a file.")
        except DomainError as error:
            await domain_problem(error, scope["state"]["trace_id"])(scope, receive, send)
            return
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                # The framework lets only its own exception through while it reads a body.
                raise HTTPException(413, _too_large(limit).detail)
            return message

        await self._app(scope, receive_limited, send)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"At most {limit} bytes are taken.", extra={"max_bytes": limit})


def _trace_id(given: str | None) -> str:
    return given if given and _TRACE_ID.fullmatch(given) else secrets.token_hex(16)
