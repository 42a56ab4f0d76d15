"""Families of products over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.products import QUERY_LENGTH
from app.api.v1.schemas.common import FamilyIdField, PlainText
from app.api.v1.schemas.families import FamilyIn, FamilyItemOut, FamilyOut, FamilyPatch
from app.application.catalog.queries import FamilyFilter
from app.application.catalog.use_cases.families import CreateFamily, RemoveFamily, UpdateFamily
from app.application.common.actor import Actor
from app.application.common.answers import IdempotencyInProgress, IdempotencyMismatch
from app.domain.auth.roles import Permission
from app.domain.catalog.family import FamilyInUse
from app.domain.catalog.limits import FAMILY_KEY_LENGTH
from app.domain.common.errors import AlreadyExists, InvalidValue, NotFound, VersionConflict

router = APIRouter(prefix="/product-families", tags=["product families"])

CanRead = Annotated[Actor, requires(Permission.CATALOG_READ)]
CanWrite = Annotated[Actor, requires(Permission.CATALOG_WRITE)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader)
_CHANGE = (NotFound, VersionConflict, PreconditionRequired)


@router.get("", summary="List families", responses=errors(InvalidCursor))
async def index(
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
    q: Annotated[
        PlainText | None,
        Query(
            max_length=QUERY_LENGTH,
            description="Words that all stand in key or name, whole or in part, in any order; "
            "case and accents are alike.",
        ),
    ] = None,
    key: Annotated[
        PlainText | None,
        Query(max_length=FAMILY_KEY_LENGTH, description="The whole key, whatever its case."),
    ] = None,
) -> PageOut[FamilyItemOut]:
    found = await services.families.families(FamilyFilter(q=q, key=key), page=page.request())
    return page.out(found, FamilyItemOut.of)


@router.post(
    "",
    status_code=201,
    response_model=FamilyOut,
    summary="Make a family",
    description=CreateFamily.__doc__,
    responses=errors(*_ONCE, AlreadyExists),
)
async def create(body: FamilyIn, once: OnceDep, services: ServicesDep, actor: CanWrite) -> Response:
    return await once(
        lambda work: CreateFamily(work, ids=services.ids)(body.values(), actor=actor),
        lambda family: answer(
            FamilyOut.showing(family),
            status=201,
            version=family.version,
            location=f"/api/v1/product-families/{family.id}",
        ),
    )


@router.get("/{family_id}", summary="Read a family and its variants", responses=errors(NotFound))
async def detail(
    family_id: FamilyIdField, response: Response, services: ServicesDep, _: CanRead
) -> FamilyOut:
    family = await services.families.family(family_id)
    response.headers["ETag"] = etag(family.version)
    return FamilyOut.showing(family)


@router.patch(
    "/{family_id}",
    response_model=FamilyOut,
    summary="Change a family",
    description=UpdateFamily.__doc__,
    responses=errors(*_ONCE, *_CHANGE, AlreadyExists),
)
async def update(
    family_id: FamilyIdField, body: FamilyPatch, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: UpdateFamily(work)(family_id, body.values(), expected=version, actor=actor),
        lambda family: answer(FamilyOut.showing(family), version=family.version),
    )


@router.delete(
    "/{family_id}",
    status_code=204,
    summary="Remove a family",
    description=RemoveFamily.__doc__,
    responses=errors(*_ONCE, *_CHANGE, FamilyInUse),
)
async def remove(
    family_id: FamilyIdField, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: RemoveFamily(work)(family_id, expected=version, actor=actor),
        lambda _: answer(status=204),
    )
