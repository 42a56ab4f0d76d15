"""A result as the answer that is sent, and stored for a repeated request."""

from __future__ import annotations

from fastapi import Response
from pydantic import BaseModel

from app.application.common.answers import Answer

REPLAYED_HEADER = "Idempotency-Replayed"


def etag(version: int) -> str:
    return f'"{version}"'


def answer(
    model: BaseModel | None = None,
    *,
    status: int = 200,
    version: int | None = None,
    location: str | None = None,
) -> Answer:
    """Render a model; `version` becomes the ETag, `location` the address of what was made."""
    headers = {}
    if version is not None:
        headers["ETag"] = etag(version)
    if location is not None:
        headers["Location"] = location
    return Answer(status, "" if model is None else model.model_dump_json(), headers)


def respond(kept: Answer, *, replayed: bool = False) -> Response:
    headers = dict(kept.headers)
    if replayed:
        headers[REPLAYED_HEADER] = "true"
    media_type = "application/json" if kept.body else None
    return Response(kept.body or None, kept.status, headers, media_type)
