"""Units over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.schemas.common import UnitIdField
from app.api.v1.schemas.shop import UnitIn, UnitOut, UnitPatch
from app.application.common.actor import Actor
from app.application.common.answers import IdempotencyInProgress, IdempotencyMismatch
from app.application.shop.use_cases.units import CreateUnit, RenameUnit
from app.domain.auth.roles import Permission
from app.domain.common.errors import AlreadyExists, InvalidValue, NotFound, VersionConflict

router = APIRouter(prefix="/units", tags=["units"])

CanRead = Annotated[Actor, requires(Permission.SHOP_READ)]
CanWrite = Annotated[Actor, requires(Permission.SHOP_WRITE)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader)


@router.get("", summary="List units by code", responses=errors(InvalidCursor))
async def index(page: PageDep, services: ServicesDep, _: CanRead) -> PageOut[UnitOut]:
    return page.out(await services.shop.units(page.request()), UnitOut.of)


@router.post(
    "",
    status_code=201,
    response_model=UnitOut,
    summary="Make a unit",
    description=CreateUnit.__doc__,
    responses=errors(*_ONCE, AlreadyExists),
)
async def create(body: UnitIn, once: OnceDep, services: ServicesDep, actor: CanWrite) -> Response:
    return await once(
        lambda work: CreateUnit(work, ids=services.ids)(
            code=body.code, name=body.name, decimals=body.decimals, actor=actor
        ),
        lambda unit: answer(
            UnitOut.of(unit),
            status=201,
            version=unit.version,
            location=f"/api/v1/units/{unit.id}",
        ),
    )


@router.get("/{unit_id}", summary="Read a unit", responses=errors(NotFound))
async def detail(
    unit_id: UnitIdField, response: Response, services: ServicesDep, _: CanRead
) -> UnitOut:
    unit = await services.shop.unit(unit_id)
    response.headers["ETag"] = etag(unit.version)
    return UnitOut.of(unit)


@router.patch(
    "/{unit_id}",
    response_model=UnitOut,
    summary="Rename a unit",
    description=RenameUnit.__doc__,
    responses=errors(*_ONCE, NotFound, VersionConflict, PreconditionRequired),
)
async def rename(
    unit_id: UnitIdField, body: UnitPatch, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: RenameUnit(work)(unit_id, name=body.name, expected=version, actor=actor),
        lambda unit: answer(UnitOut.of(unit), version=unit.version),
    )
