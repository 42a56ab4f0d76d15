"""Many products in one request."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.answers import answer
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidHeader, errors
from app.api.once import OnceDep
from app.api.v1.schemas.bulk import ItemResultsOut, ProductItemsIn
from app.application.common.actor import Actor
from app.application.common.answers import IdempotencyInProgress, IdempotencyMismatch
from app.application.imports.use_cases.bulk import ProductsRejected, WriteProducts
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue
from app.domain.common.money import CurrencyMismatch

router = APIRouter(prefix="/products", tags=["products"])

CanWrite = Annotated[Actor, requires(Permission.CATALOG_WRITE)]


@router.post(
    "/bulk",
    response_model=ItemResultsOut,
    summary="Make and change many products",
    description=WriteProducts.__doc__,
    responses=errors(
        IdempotencyMismatch,
        IdempotencyInProgress,
        InvalidHeader,
        InvalidValue,
        ProductsRejected,
        CurrencyMismatch,
    ),
)
async def write(
    body: ProductItemsIn, once: OnceDep, services: ServicesDep, actor: CanWrite
) -> Response:
    items = [product.item() for product in body.products]
    return await once(
        lambda work: WriteProducts(work, ids=services.ids)(
            items, mode=body.mode, on_error=body.on_error, actor=actor
        ),
        lambda results: answer(ItemResultsOut.of(results)),
    )
