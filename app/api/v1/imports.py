"""Imports over HTTP: send a file, see what was found, start it, watch it, read what was wrong."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response, UploadFile

from app.api.answers import answer
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, UnsupportedMediaType, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.v1.schemas.common import ImportIdField
from app.api.v1.schemas.imports import (
    ImportChoicesIn,
    ImportDifferenceOut,
    ImportFaultOut,
    ImportItemOut,
    ImportOut,
    ImportStartIn,
    ImportUploadIn,
    Kind,
)
from app.application.common.actor import Actor
from app.application.common.answers import IdempotencyInProgress, IdempotencyMismatch
from app.application.imports.analysing import Examined, choices_of
from app.application.imports.files import FileMissing, FileTooLarge, StoredFile
from app.application.imports.use_cases.start import AnalyseImport, ReceiveImport, StartImport
from app.application.imports.use_cases.stop import CancelImport, RetryImport
from app.application.services import Services
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue, NotFound, UnknownReference
from app.domain.common.identifiers import ImportId
from app.domain.imports.errors import (
    AmbiguousDecimal,
    DamagedWorkbook,
    DelimiterNotRecognised,
    DuplicateColumns,
    EmptyFile,
    EncodingUndecidable,
    EncryptedWorkbook,
    InvalidMapping,
    MissingColumns,
    NotText,
    RecordTooLarge,
    TooManyColumns,
    TooManyRows,
    UnknownColumns,
    UnknownEncoding,
    UnknownSheet,
    WorkbookTooLarge,
)
from app.domain.imports.states import ImportNotStarted, ImportStarted, NothingToRetry
from app.domain.jobs.job import JobEnded, JobNotDead

router = APIRouter(prefix="/imports", tags=["imports"])

CanRead = Annotated[Actor, requires(Permission.IMPORTS_READ)]
CanWrite = Annotated[Actor, requires(Permission.IMPORTS_WRITE)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidHeader, InvalidValue)
_EXAMINING = (
    EmptyFile,
    NotText,
    EncodingUndecidable,
    UnknownEncoding,
    DelimiterNotRecognised,
    TooManyColumns,
    TooManyRows,
    RecordTooLarge,
    MissingColumns,
    DuplicateColumns,
    UnknownColumns,
    InvalidMapping,
    DamagedWorkbook,
    EncryptedWorkbook,
    WorkbookTooLarge,
    UnknownSheet,
    UnknownReference,
)
# What browsers and programs call a file of separated values; some know no better than "bytes".
_MEDIA_TYPES = frozenset(
    {
        "text/csv",
        "text/plain",
        "text/tab-separated-values",
        "text/comma-separated-values",
        "application/csv",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/octet-stream",
    }
)


@router.post(
    "",
    status_code=201,
    response_model=ImportOut,
    summary="Send a file",
    description=ReceiveImport.__doc__,
    responses=errors(*_ONCE, *_EXAMINING, FileTooLarge, UnsupportedMediaType),
)
async def create(
    form: Annotated[ImportUploadIn, Form(media_type="multipart/form-data")],
    once: OnceDep,
    services: ServicesDep,
    actor: CanWrite,
) -> Response:
    _check_media_type(form.file)
    file = await services.intake.keep(form.file.file)
    examined = await services.intake.examine(file.hash, form.choices(), kind=form.kind)
    name = form.file.filename or "upload.csv"
    return await once(
        lambda work: ReceiveImport(work, queue=services.import_queue)(
            file,
            name=name,
            examined=examined,
            start=form.autostart,
            dry_run=form.dry_run,
            actor=actor,
        ),
        lambda view: answer(
            ImportOut.shown(view), status=201, location=f"/api/v1/imports/{view.id}"
        ),
        fingerprint=_fingerprint(file, name, form),
    )


@router.get("", summary="List imports, the newest first", responses=errors(InvalidCursor))
async def index(
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
    kind: Annotated[Kind | None, Query()] = None,
) -> PageOut[ImportItemOut]:
    found = await services.imports.imports(page.request(), kind=kind)
    return page.out(found, ImportItemOut.of)


@router.get("/{import_id}", summary="Read an import and its progress", responses=errors(NotFound))
async def detail(import_id: ImportIdField, services: ServicesDep, _: CanRead) -> ImportOut:
    return ImportOut.shown(await services.imports.import_(import_id))


@router.post(
    "/{import_id}/analysis",
    response_model=ImportOut,
    summary="Look at the file anew, by other choices",
    description=AnalyseImport.__doc__,
    responses=errors(*_ONCE, *_EXAMINING, NotFound, ImportStarted, FileMissing),
)
async def analyse(
    import_id: ImportIdField,
    body: ImportChoicesIn,
    once: OnceDep,
    services: ServicesDep,
    actor: CanWrite,
) -> Response:
    examined = await _examined(services, import_id, body)
    return await once(
        lambda work: AnalyseImport(work)(import_id, examined=examined, actor=actor),
        lambda view: answer(ImportOut.shown(view)),
    )


@router.post(
    "/{import_id}/start",
    status_code=202,
    response_model=ImportOut,
    summary="Start an import",
    description=StartImport.__doc__,
    responses=errors(*_ONCE, *_EXAMINING, AmbiguousDecimal, NotFound, ImportStarted, FileMissing),
)
async def start(
    import_id: ImportIdField,
    once: OnceDep,
    services: ServicesDep,
    actor: CanWrite,
    body: ImportStartIn | None = None,
) -> Response:
    anew = body is not None and not body.choices().says_nothing
    examined = await _examined(services, import_id, body) if body and anew else None
    return await once(
        lambda work: StartImport(work, queue=services.import_queue)(
            import_id, examined=examined, dry_run=body is not None and body.dry_run, actor=actor
        ),
        lambda view: answer(ImportOut.shown(view), status=202),
    )


@router.post(
    "/{import_id}/cancel",
    status_code=202,
    response_model=ImportOut,
    summary="Cancel an import",
    description=CancelImport.__doc__,
    responses=errors(*_ONCE, NotFound, ImportNotStarted, JobEnded),
)
async def cancel(import_id: ImportIdField, once: OnceDep, actor: CanWrite) -> Response:
    return await once(
        lambda work: CancelImport(work)(import_id, actor=actor),
        lambda view: answer(ImportOut.shown(view), status=202),
    )


@router.post(
    "/{import_id}/retry",
    status_code=202,
    response_model=ImportOut,
    summary="Try again what did not succeed",
    description=RetryImport.__doc__,
    responses=errors(*_ONCE, NotFound, ImportNotStarted, NothingToRetry, JobNotDead),
)
async def retry(
    import_id: ImportIdField, once: OnceDep, services: ServicesDep, actor: CanWrite
) -> Response:
    return await once(
        lambda work: RetryImport(work, queue=services.import_queue)(import_id, actor=actor),
        lambda view: answer(ImportOut.shown(view), status=202),
    )


@router.get(
    "/{import_id}/errors",
    summary="Read why rows failed, in the order of the file",
    responses=errors(NotFound, InvalidCursor),
)
async def faults(
    import_id: ImportIdField, page: PageDep, services: ServicesDep, _: CanRead
) -> PageOut[ImportFaultOut]:
    found = await services.imports.faults(import_id, severity="error", page=page.request())
    return page.out(found, ImportFaultOut.of)


@router.get(
    "/{import_id}/warnings",
    summary="Read what was odd about rows, in the order of the file",
    responses=errors(NotFound, InvalidCursor),
)
async def warnings(
    import_id: ImportIdField, page: PageDep, services: ServicesDep, _: CanRead
) -> PageOut[ImportFaultOut]:
    found = await services.imports.faults(import_id, severity="warning", page=page.request())
    return page.out(found, ImportFaultOut.of)


@router.get(
    "/{import_id}/differences",
    summary="Read what a dry run would change, in the order of the file",
    description="Empty for an import that was no dry run: the audit log has what that changed.",
    responses=errors(NotFound, InvalidCursor),
)
async def differences(
    import_id: ImportIdField, page: PageDep, services: ServicesDep, _: CanRead
) -> PageOut[ImportDifferenceOut]:
    found = await services.imports.differences(import_id, page=page.request())
    return page.out(found, ImportDifferenceOut.of)


async def _examined(services: Services, import_id: ImportId, body: ImportChoicesIn) -> Examined:
    found = await services.imports.import_(import_id)
    earlier = choices_of(found.analysis)
    return await services.intake.examine(
        found.file_hash, body.choices(), kind=found.kind, earlier=earlier
    )


def _check_media_type(file: UploadFile) -> None:
    media_type = (file.content_type or "application/octet-stream").partition(";")[0]
    if media_type.strip().lower() not in _MEDIA_TYPES:
        raise UnsupportedMediaType(f"The file is {media_type!r}; send text/csv.")


def _fingerprint(file: StoredFile, name: str, form: ImportUploadIn) -> bytes:
    """Hash what makes two uploads the same: the file with its name, and the choices."""
    asked = [file.hash, name, form.choices().as_dict(), form.autostart, form.dry_run, form.kind]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()
