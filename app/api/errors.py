"""Which HTTP status each error has: the one table, and the handlers that use it."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app.api.problems import MEDIA_TYPE, Problem, ProblemField, problem
from app.api.wording import in_words, with_place
from app.application.common.answers import IdempotencyInProgress
from app.application.imports.files import FileTooLarge
from app.domain.auth.throttle import TooManyTries
from app.domain.common.errors import (
    Busy,
    Conflict,
    DomainError,
    FieldError,
    InvalidValue,
    NotFound,
    PermissionDenied,
    Unauthenticated,
    UnknownReference,
    VersionConflict,
)
from app.domain.imports.errors import NotText


class MalformedBody(DomainError):
    """The body is not JSON."""

    code = "malformed_body"
    title = "The body is not JSON"


class InvalidRequest(InvalidValue):
    """Members are missing, unknown, or not of the kind that they should be."""

    code = "invalid_request"
    title = "The request is not acceptable"

    @classmethod
    def within(cls, error: ValidationError) -> InvalidRequest:
        """Name every fault of a part of a body; pointers lead into the part."""
        faults = tuple(
            FieldError(_pointer(fault["loc"]), fault["type"], in_words(fault))
            for fault in error.errors(include_input=False, include_context=False)
        )
        detail = "; ".join(with_place(fault.pointer, fault.detail) for fault in faults)
        return cls(detail, errors=faults)


class BodyTooLarge(DomainError):
    """More bytes than the limit allows."""

    code = "body_too_large"
    title = "The body is too large"


class UnsupportedMediaType(DomainError):
    """The Content-Type is not one that this route reads."""

    code = "unsupported_media_type"
    title = "The body has the wrong media type"


class PreconditionRequired(DomainError):
    """A change must name the version it was made from."""

    code = "precondition_required"
    title = "If-Match is missing"


class InvalidHeader(DomainError):
    """A header cannot be read."""

    code = "invalid_header"
    title = "A header is not acceptable"


class InvalidCursor(DomainError):
    """The cursor was not given out for this list with these filters."""

    code = "invalid_cursor"
    title = "The cursor does not belong to this list"


class IdempotencyKeyRequired(DomainError):
    """This server does not take this request without an Idempotency-Key."""

    code = "idempotency_key_required"
    title = "Idempotency-Key is missing"


STATUS: dict[type[DomainError], int] = {
    DomainError: 400,
    InvalidValue: 422,
    UnknownReference: 422,
    Unauthenticated: 401,
    PermissionDenied: 403,
    NotFound: 404,
    Conflict: 409,
    VersionConflict: 412,
    BodyTooLarge: 413,
    FileTooLarge: 413,
    UnsupportedMediaType: 415,
    NotText: 415,
    PreconditionRequired: 428,
    TooManyTries: 429,
    Busy: 503,
}
RETRY_AFTER_SECONDS = "1"
_FRAMEWORK_CODES = {400: MalformedBody.code, 404: NotFound.code, 413: BodyTooLarge.code}


def status_of(kind: type[DomainError]) -> int:
    """Return the status of the nearest ancestor that the table names."""
    return next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)


def errors(*kinds: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """Document what a route may refuse: one entry per status, with every code and its meaning."""
    described: dict[int, list[str]] = {}
    for kind in kinds:
        meaning = (kind.__doc__ or kind.title).strip().splitlines()[0]
        described.setdefault(status_of(kind), []).append(f"`{kind.code}`: {meaning}")
    return {
        status: {
            "description": "\n\n".join(lines),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            "model": Problem,
        }
        for status, lines in described.items()
    }


def domain_problem(
    error: DomainError, trace_id: str, *, source: Literal["body", "query"] = "body"
) -> JSONResponse:
    headers = {}
    if isinstance(error, Busy | IdempotencyInProgress):
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    if isinstance(error, TooManyTries):
        headers["Retry-After"] = str(error.seconds)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(
        status_of(type(error)),
        code=error.code,
        title=error.title,
        detail=error.detail,
        trace_id=trace_id,
        errors=tuple(_field(fault, source) for fault in error.errors),
        extra=error.extra,
        headers=headers,
    )


def install(app: FastAPI) -> None:
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)


def _field(fault: FieldError, source: Literal["body", "query"]) -> ProblemField:
    pointer = fault.pointer if source == "body" else fault.pointer.removeprefix("/")
    return ProblemField(source=source, pointer=pointer, code=fault.code, detail=fault.detail)


async def _on_domain_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, DomainError):
        raise error
    # Who only reads sends no body.
    source: Literal["body", "query"] = "query" if request.method == "GET" else "body"
    return domain_problem(error, request.state.trace_id, source=source)


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    """Name every fault by its place; what was sent is never repeated, it may be a password."""
    if not isinstance(error, RequestValidationError):
        raise error
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return domain_problem(MalformedBody(), request.state.trace_id)
    return problem(
        422,
        code=InvalidRequest.code,
        title=InvalidRequest.title,
        detail="; ".join(with_place(_place(fault), in_words(fault)) for fault in faults),
        trace_id=request.state.trace_id,
        errors=tuple(
            ProblemField(
                source=str(fault["loc"][0]),
                pointer=_place(fault),
                code=str(fault["type"]),
                detail=in_words(fault),
            )
            for fault in faults
        ),
    )


def _place(fault: Any) -> str:
    pointer = _pointer(fault["loc"][1:])
    return pointer if fault["loc"][0] == "body" else pointer.removeprefix("/")


def _pointer(place: Iterable[object]) -> str:
    # A member's name may hold a lone surrogate, which no answer can carry.
    names = (str(part).encode(errors="replace").decode() for part in place)
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses: no such route, no such method, an unreadable body."""
    if not isinstance(error, HTTPException):
        raise error
    title = HTTPStatus(error.status_code).phrase
    return problem(
        error.status_code,
        code=_FRAMEWORK_CODES.get(error.status_code, title.lower().replace(" ", "_")),
        title=title,
        detail=str(error.detail),
        trace_id=request.state.trace_id,
        headers=error.headers,
    )
