"""Saved mappings over HTTP: how the files of a sender are read, under a name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.schemas.common import ImportMappingIdField
from app.api.v1.schemas.import_mappings import (
    ImportMappingIn,
    ImportMappingOut,
    ImportMappingPatch,
)
from app.application.common.actor import Actor
from app.application.common.answers import IdempotencyInProgress, IdempotencyMismatch
from app.application.imports.use_cases.mappings import (
    CreateImportMapping,
    DeleteImportMapping,
    MappingChecks,
    UpdateImportMapping,
)
from app.application.services import Services
from app.domain.auth.roles import Permission
from app.domain.common.errors import (
    AlreadyExists,
    InvalidValue,
    NotFound,
    UnknownReference,
    VersionConflict,
)
from app.domain.imports.errors import DuplicateColumns, InvalidMapping, UnknownEncoding

router = APIRouter(prefix="/import-mappings", tags=["imports"])

CanRead = Annotated[Actor, requires(Permission.IMPORTS_READ)]
CanWrite = Annotated[Actor, requires(Permission.IMPORTS_WRITE)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader)
_CHECKED = (AlreadyExists, InvalidMapping, DuplicateColumns, UnknownEncoding, UnknownReference)
_CHANGE = (*_ONCE, NotFound, VersionConflict, PreconditionRequired)


@router.get("", summary="List saved mappings by name", responses=errors(InvalidCursor))
async def index(page: PageDep, services: ServicesDep, _: CanRead) -> PageOut[ImportMappingOut]:
    found = await services.import_mappings.import_mappings(page.request())
    return page.out(found, ImportMappingOut.of)


@router.post(
    "",
    status_code=201,
    response_model=ImportMappingOut,
    summary="Save a mapping",
    description=CreateImportMapping.__doc__,
    responses=errors(*_ONCE, *_CHECKED),
)
async def create(
    body: ImportMappingIn, once: OnceDep, services: ServicesDep, actor: CanWrite
) -> Response:
    return await once(
        lambda work: CreateImportMapping(work, ids=services.ids, check=_checks(services))(
            name=body.name,
            kind=body.kind,
            choices=None if body.choices is None else body.choices.choices(),
            like=body.from_import,
            actor=actor,
        ),
        lambda mapping: answer(
            ImportMappingOut.of(mapping),
            status=201,
            version=mapping.version,
            location=f"/api/v1/import-mappings/{mapping.id}",
        ),
    )


@router.get("/{import_mapping_id}", summary="Read a saved mapping", responses=errors(NotFound))
async def detail(
    import_mapping_id: ImportMappingIdField,
    response: Response,
    services: ServicesDep,
    _: CanRead,
) -> ImportMappingOut:
    mapping = await services.import_mappings.import_mapping(import_mapping_id)
    response.headers["ETag"] = etag(mapping.version)
    return ImportMappingOut.of(mapping)


@router.patch(
    "/{import_mapping_id}",
    response_model=ImportMappingOut,
    summary="Change a saved mapping",
    description=UpdateImportMapping.__doc__,
    responses=errors(*_CHANGE, *_CHECKED),
)
async def update(
    import_mapping_id: ImportMappingIdField,
    body: ImportMappingPatch,
    services: ServicesDep,
    actor: CanWrite,
    version: IfMatch,
    once: OnceDep,
) -> Response:
    return await once(
        lambda work: UpdateImportMapping(work, check=_checks(services))(
            import_mapping_id, body.values(), expected=version, actor=actor
        ),
        lambda mapping: answer(ImportMappingOut.of(mapping), version=mapping.version),
    )


@router.delete(
    "/{import_mapping_id}",
    status_code=204,
    summary="Forget a saved mapping",
    description=DeleteImportMapping.__doc__,
    responses=errors(*_CHANGE),
)
async def delete(
    import_mapping_id: ImportMappingIdField, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: DeleteImportMapping(work)(import_mapping_id, expected=version, actor=actor),
        lambda _: answer(status=204),
    )


def _checks(services: Services) -> MappingChecks:
    return MappingChecks(kinds=services.import_queue.kinds, reading=services.intake.reading)
