"""Is the process alive, and can it serve?"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.deps import Anyone, ServicesDep
from app.api.errors import errors
from app.domain.common.errors import Busy

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/health", summary="The process answers")
async def health(_: Anyone) -> Health:
    return Health()


@router.get("/health/ready", summary="The database answers too", responses=errors(Busy))
async def ready(_: Anyone, services: ServicesDep) -> Health:
    await services.ping()
    return Health()
