"""Files around imports: one to start from, and what was rejected, to correct and send again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.deps import ServicesDep, requires
from app.api.errors import errors
from app.api.files import CsvFile
from app.api.v1.schemas.common import ImportIdField
from app.api.v1.schemas.imports import Kind
from app.application.common.actor import Actor
from app.application.imports.files import FileMissing
from app.application.imports.rejected import RejectedRecords
from app.application.imports.template import template
from app.domain.auth.roles import Permission
from app.domain.common.errors import NotFound
from app.domain.imports.plan import PRODUCTS
from app.domain.imports.states import ImportNotStarted

router = APIRouter(prefix="/imports", tags=["imports"])

CanRead = Annotated[Actor, requires(Permission.IMPORTS_READ)]


@router.get(
    "/template.csv",
    response_class=CsvFile,
    summary="Get a file to start from",
    description="Every column that the import reads, and an example row to be replaced.",
)
async def start_from(
    services: ServicesDep, _: CanRead, kind: Annotated[Kind, Query()] = PRODUCTS
) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="template.csv"'}
    return Response(
        await template(services.shop, kind=kind), media_type="text/csv", headers=headers
    )


@router.get(
    "/{import_id}/rejected.csv",
    status_code=200,
    response_class=CsvFile,
    summary="Get the rows that failed, to correct and send again",
    description="The header and cells of the file, and a last column `import_errors` with the "
    "reasons, which is passed over when the file is sent again.",
    responses=errors(NotFound, ImportNotStarted, FileMissing),
)
async def rejected(import_id: ImportIdField, services: ServicesDep, _: CanRead) -> CsvFile:
    records = RejectedRecords(
        imports=services.imports, files=services.intake.files, reading=services.intake.reading
    )
    return CsvFile(await records(import_id), name=f"rejected-{import_id}.csv")
