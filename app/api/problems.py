"""Problem answers: every refusal as `application/problem+json` (RFC 9457) with a stable code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


class ProblemField(BaseModel):
    """One fault of one field."""

    source: str = Field(description="Where the value came from: body, query, path or header.")
    pointer: str = Field(description="JSON pointer into the body, or the name of the parameter.")
    code: str = Field(description="Stable reason for programs.")
    detail: str = Field(description="The reason in words.")


class Problem(BaseModel):
    """A refused request. `code` is stable; codes may add members of their own."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:stockbook:problem:insufficient_stock"])
    title: str = Field(examples=["Not enough stock"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["insufficient_stock"])
    detail: str
    errors: list[ProblemField] = Field(description="Each faulty field, all of them at once.")
    trace_id: str = Field(description="Names the request in the logs.")


def problem(
    status: int,
    *,
    code: str,
    title: str,
    detail: str,
    trace_id: str,
    errors: tuple[ProblemField, ...] = (),
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body: dict[str, Any] = {
        **(extra or {}),
        "type": f"urn:stockbook:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": [error.model_dump() for error in errors],
        "trace_id": trace_id,
    }
    return JSONResponse(body, status, dict(headers or {}), MEDIA_TYPE)
