"""Locations over HTTP: where goods lie, come from and go to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.schemas.common import LocationIdField
from app.api.v1.schemas.locations import LocationIn, LocationOut, LocationPatch
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.application.inventory.use_cases.locations import (
    ChangeLocation,
    CreateLocation,
    SetLocationActive,
)
from app.domain.auth.roles import Permission
from app.domain.common.errors import (
    AlreadyExists,
    InvalidValue,
    NotFound,
    UnknownReference,
    VersionConflict,
)
from app.domain.inventory.locations import (
    Location,
    LocationCycle,
    LocationHasPlaces,
    LocationHoldsStock,
    ParentClosed,
    VirtualLocation,
)

router = APIRouter(prefix="/locations", tags=["locations"])

CanRead = Annotated[Actor, requires(Permission.INVENTORY_READ)]
CanWrite = Annotated[Actor, requires(Permission.LOCATIONS_WRITE)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader)
_CHANGE = (*_ONCE, NotFound, VirtualLocation, VersionConflict, PreconditionRequired)


@router.get("", summary="List locations by code", responses=errors(InvalidCursor))
async def index(
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
    active: Annotated[bool | None, Query()] = None,
    parent_id: Annotated[
        LocationIdField | None, Query(description="Those right below this one.")
    ] = None,
) -> PageOut[LocationOut]:
    found = await services.inventory.locations(page.request(), active=active, parent_id=parent_id)
    return page.out(found, LocationOut.of)


@router.post(
    "",
    status_code=201,
    response_model=LocationOut,
    summary="Make a location",
    description=CreateLocation.__doc__,
    responses=errors(*_ONCE, AlreadyExists, UnknownReference, ParentClosed),
)
async def create(
    body: LocationIn, once: OnceDep, services: ServicesDep, actor: CanWrite
) -> Response:
    return await once(
        lambda work: CreateLocation(work, ids=services.ids)(
            code=body.code,
            name=body.name,
            counts_as_available=body.counts_as_available,
            parent_id=body.parent_id,
            actor=actor,
        ),
        lambda location: answer(
            LocationOut.of(location),
            status=201,
            version=location.version,
            location=f"/api/v1/locations/{location.id}",
        ),
    )


@router.get("/{location_id}", summary="Read a location", responses=errors(NotFound))
async def detail(
    location_id: LocationIdField, response: Response, services: ServicesDep, _: CanRead
) -> LocationOut:
    location = await services.inventory.location(location_id)
    response.headers["ETag"] = etag(location.version)
    return LocationOut.of(location)


@router.patch(
    "/{location_id}",
    response_model=LocationOut,
    summary="Change a location",
    description=ChangeLocation.__doc__,
    responses=errors(*_CHANGE, UnknownReference, LocationCycle, ParentClosed),
)
async def change(
    location_id: LocationIdField,
    body: LocationPatch,
    actor: CanWrite,
    version: IfMatch,
    once: OnceDep,
) -> Response:
    return await once(
        lambda work: ChangeLocation(work)(
            location_id, body.values(), expected=version, actor=actor
        ),
        _shown,
    )


@router.post(
    "/{location_id}/deactivate",
    response_model=LocationOut,
    summary="Close a location",
    description=(
        "Closes a location in which nothing lies and below which nothing is open; doing so twice "
        "changes nothing."
    ),
    responses=errors(*_CHANGE, LocationHoldsStock, LocationHasPlaces),
)
async def deactivate(
    location_id: LocationIdField, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: SetLocationActive(work)(
            location_id, active=False, expected=version, actor=actor
        ),
        _shown,
    )


@router.post(
    "/{location_id}/activate",
    response_model=LocationOut,
    summary="Open a location again",
    description="Opens a location that was closed; doing so twice changes nothing.",
    responses=errors(*_CHANGE, ParentClosed),
)
async def activate(
    location_id: LocationIdField, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: SetLocationActive(work)(
            location_id, active=True, expected=version, actor=actor
        ),
        _shown,
    )


def _shown(location: Location) -> Answer:
    return answer(LocationOut.of(location), version=location.version)
