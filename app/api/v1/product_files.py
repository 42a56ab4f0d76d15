"""Lists of products as files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.requests import ClientDisconnect

from app.api.deps import ServicesDep, requires
from app.api.errors import errors
from app.api.files import WORKBOOK_TYPE, CsvFile, WorkbookFile
from app.api.v1.products import product_filter
from app.application.catalog.queries import ProductFilter
from app.application.catalog.use_cases.export import (
    ExportFormat,
    ExportProducts,
    ExportWorkbook,
    Part,
)
from app.application.catalog.workbooks import TextTooLongForWorkbook, TooLargeForWorkbook
from app.application.common.actor import Actor
from app.application.common.retry import retrying
from app.application.services import Services
from app.domain.auth.roles import Permission

router = APIRouter(prefix="/products", tags=["products"])

CanRead = Annotated[Actor, requires(Permission.CATALOG_READ)]
_NOBODY_THERE = 499
"""What proxies write in their logs for a client that left; it is sent to nobody."""
_WORKBOOK: dict[int | str, dict[str, Any]] = {
    200: {"content": {WORKBOOK_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/export",
    status_code=200,
    response_class=CsvFile,
    summary="Get a list of products as a file",
    description="All products that meet the conditions, in the format that the import reads: sent "
    "back as it is, it changes nothing. CSV is sent while it is made, XLSX when it is finished. "
    "The cost is in it for those who may see it. Who takes a list is written in the audit log.",
    responses={**_WORKBOOK, **errors(TooLargeForWorkbook, TextTooLongForWorkbook)},
)
async def export(
    request: Request,
    services: ServicesDep,
    actor: CanRead,
    where: Annotated[ProductFilter, Depends(product_filter)],
    format_: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.CSV,
) -> Response:
    if format_ is ExportFormat.XLSX:
        try:
            return await _workbook(request, services, actor, where)
        except ClientDisconnect:
            return Response(status_code=_NOBODY_THERE)
    costs = actor.may(Permission.COST_READ)
    parts = await retrying(
        lambda: ExportProducts(services.work(None), reader=services.exports)(
            where, costs=costs, actor=actor
        )
    )
    return CsvFile(_contents(parts), name="products.csv")


async def _contents(parts: AsyncIterator[Part]) -> AsyncIterator[bytes]:
    async for part in parts:
        yield part.content


async def _workbook(
    request: Request, services: Services, actor: Actor, where: ProductFilter
) -> WorkbookFile:
    costs = actor.may(Permission.COST_READ)

    async def still_there(_: int) -> None:
        if await request.is_disconnected():
            raise ClientDisconnect

    made = await retrying(
        lambda: ExportWorkbook(
            services.work(None), reader=services.exports, workbooks=services.workbooks
        )(where, costs=costs, actor=actor, told=still_there)
    )
    return WorkbookFile(made.workbook, size=made.size, name="products.xlsx")
