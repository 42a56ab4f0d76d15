"""Lists of products as files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from app.api.deps import ServicesDep, requires
from app.api.files import CsvFile
from app.api.v1.products import product_filter
from app.application.catalog.queries import ProductFilter
from app.application.catalog.use_cases.export import ExportProducts, Part
from app.application.common.actor import Actor
from app.application.common.retry import retrying
from app.domain.auth.roles import Permission

router = APIRouter(prefix="/products", tags=["products"])

CanRead = Annotated[Actor, requires(Permission.CATALOG_READ)]


@router.get(
    "/export",
    status_code=200,
    response_class=CsvFile,
    summary="Get a list of products as a file",
    description="All products that meet the conditions, in the format that the import reads: sent "
    "back as it is, it changes nothing. The cost is in it for those who may see it. Who takes a "
    "list is written in the audit log.",
)
async def export(
    services: ServicesDep,
    actor: CanRead,
    where: Annotated[ProductFilter, Depends(product_filter)],
    _format: Annotated[Literal["csv"], Query(alias="format")] = "csv",
) -> CsvFile:
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
