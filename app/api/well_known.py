"""The public keys that verify our access tokens."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.api.deps import Anyone, ServicesDep
from app.api.errors import errors
from app.api.v1.schemas.auth import JwkOut, JwksOut
from app.domain.common.errors import Busy

router = APIRouter(tags=["auth"])


@router.get("/.well-known/jwks.json", summary="Public signing keys", responses=errors(Busy))
async def jwks(_: Anyone, services: ServicesDep, response: Response) -> JwksOut:
    """Holds the key that signs, the one that will be next, and those whose tokens still count."""
    response.headers["Cache-Control"] = "public, max-age=300"
    keys = await services.accounts.published_keys()
    return JwksOut(keys=[JwkOut.model_validate(dict(key)) for key in keys])
