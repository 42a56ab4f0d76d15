"""Scraps, goods that are written off, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.answers import answer
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.v1.schemas.common import DocumentIdField
from app.api.v1.schemas.stock_documents import ScrapIn, StockDocumentItemOut, StockDocumentOut
from app.application.common.actor import Actor
from app.application.common.answers import IdempotencyInProgress, IdempotencyMismatch
from app.application.inventory.use_cases.documents import ScrapStock
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue, NotFound, UnknownReference
from app.domain.inventory.movement import DocumentKind
from app.domain.inventory.stock import InsufficientStock
from app.domain.shop.books import PeriodClosed

router = APIRouter(prefix="/inventory/scraps", tags=["inventory"])

CanRead = Annotated[Actor, requires(Permission.INVENTORY_READ)]
CanAdjust = Annotated[Actor, requires(Permission.INVENTORY_ADJUST)]

_POSTING = (
    IdempotencyMismatch,
    IdempotencyInProgress,
    InvalidHeader,
    InvalidValue,
    UnknownReference,
    PeriodClosed,
    InsufficientStock,
)


@router.post(
    "",
    status_code=201,
    response_model=StockDocumentOut,
    summary="Write goods off",
    description=ScrapStock.__doc__,
    responses=errors(*_POSTING),
)
async def create(body: ScrapIn, once: OnceDep, services: ServicesDep, actor: CanAdjust) -> Response:
    costs = actor.may(Permission.COST_READ)
    return await once(
        lambda work: ScrapStock(work, ids=services.ids)(body.asked(), actor=actor),
        lambda document: answer(
            StockDocumentOut.of(document, costs=costs),
            status=201,
            location=f"/api/v1/inventory/scraps/{document.id}",
        ),
    )


@router.get("", summary="List scraps, the newest first", responses=errors(InvalidCursor))
async def index(page: PageDep, services: ServicesDep, _: CanRead) -> PageOut[StockDocumentItemOut]:
    found = await services.inventory.documents(DocumentKind.SCRAP, page=page.request())
    return page.out(found, StockDocumentItemOut.of)


@router.get("/{document_id}", summary="Read a scrap", responses=errors(NotFound))
async def detail(
    document_id: DocumentIdField, services: ServicesDep, actor: CanRead
) -> StockDocumentOut:
    document = await services.inventory.document(DocumentKind.SCRAP, document_id)
    return StockDocumentOut.of(document, costs=actor.may(Permission.COST_READ))
