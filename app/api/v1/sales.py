"""Sales over HTTP: ring up, draft, complete, void; the list, the receipt and the margin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch, IfMatchIfSent
from app.api.v1.days import FirstDay, LastDay, narrowed
from app.api.v1.schemas.common import (
    CustomerIdField,
    Instant,
    LocationIdField,
    ProductIdField,
    SaleIdField,
    UserIdField,
)
from app.api.v1.schemas.sale_batches import SaleBatchIn, SaleBatchOut
from app.api.v1.schemas.sale_margins import SaleMarginOut
from app.api.v1.schemas.sale_receipts import ReceiptOut
from app.api.v1.schemas.sales import CompletionIn, SaleIn, SalePatch, VoidIn
from app.api.v1.schemas.sales_out import SaleItemOut, SaleOut
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.application.sales.drafting import CustomerInactive, ProductInactive
from app.application.sales.posting import DraftOutdated
from app.application.sales.queries import Receipt, SaleFilter
from app.application.sales.use_cases.batch import SellBatch
from app.application.sales.use_cases.create import CreateSale
from app.application.sales.use_cases.drafts import CompleteSale, ReviseDraft
from app.application.sales.use_cases.void import VoidSale
from app.domain.auth.roles import Permission
from app.domain.common.errors import (
    AlreadyExists,
    InvalidValue,
    NotFound,
    UnknownReference,
    VersionConflict,
)
from app.domain.common.money import CurrencyMismatch
from app.domain.inventory.stock import InsufficientStock
from app.domain.sales.discount import DiscountTooLarge
from app.domain.sales.fulfilment import SalePartlyFulfilled
from app.domain.sales.pricing import AmountTooLarge
from app.domain.sales.sale import (
    Sale,
    SaleAlreadyVoided,
    SaleHasReturns,
    SaleNotDraft,
    SaleNotPosted,
    SaleStatus,
)
from app.domain.sales.tender import TenderMismatch
from app.domain.shop.books import PeriodClosed

router = APIRouter(prefix="/sales", tags=["sales"])

CanRead = Annotated[Actor, requires(Permission.SALES_READ)]
CanSell = Annotated[Actor, requires(Permission.SALES_WRITE)]
CanSeeCost = Annotated[Actor, requires(Permission.COST_READ)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue)
_DRAFTING = (UnknownReference, ProductInactive, CustomerInactive, DiscountTooLarge, AmountTooLarge)
_POSTING = (TenderMismatch, InsufficientStock)


@router.post(
    "",
    status_code=201,
    response_model=SaleOut,
    summary="Ring up a sale, or draft one",
    description=CreateSale.__doc__,
    responses=errors(*_ONCE, *_DRAFTING, CurrencyMismatch, *_POSTING, AlreadyExists, InvalidHeader),
)
async def create(body: SaleIn, once: OnceDep, services: ServicesDep, actor: CanSell) -> Response:
    return await once(
        lambda work: CreateSale(work, ids=services.ids)(
            body.asked(), completion=body.completion(), actor=actor
        ),
        _created,
    )


@router.post(
    "/batch",
    response_model=SaleBatchOut,
    summary="Tell of sales that took place",
    description=SellBatch.__doc__,
    responses=errors(*_ONCE, InvalidHeader),
)
async def batch(
    body: SaleBatchIn, once: OnceDep, services: ServicesDep, actor: CanSell
) -> Response:
    told = body.told(oversell=actor.may(Permission.SALES_OVERSELL))
    return await once.in_parts(
        lambda: SellBatch(lambda: services.work(None), ids=services.ids)(told, actor=actor),
        lambda done: answer(SaleBatchOut.of(body.sent, done)),
    )


async def sale_filter(
    services: ServicesDep,
    status: Annotated[SaleStatus | None, Query()] = None,
    number: Annotated[
        str | None, Query(max_length=40, examples=["S-2026-000042"], description="Exact.")
    ] = None,
    user_id: Annotated[UserIdField | None, Query(description="The cashier.")] = None,
    location_id: Annotated[LocationIdField | None, Query()] = None,
    customer_id: Annotated[
        CustomerIdField | None, Query(description="Sold to them, or to one merged into them.")
    ] = None,
    product_id: Annotated[
        ProductIdField | None, Query(description="Sold in one of the lines.")
    ] = None,
    needs_attention: Annotated[bool | None, Query()] = None,
    since: Annotated[Instant | None, Query(description="Took place then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Took place before.")] = None,
    first: FirstDay = None,
    last: LastDay = None,
) -> SaleFilter:
    """All conditions that are given hold."""
    since, until = await narrowed(services, since, until, first=first, last=last)
    return SaleFilter(
        status=status,
        number=number,
        user_id=user_id,
        location_id=location_id,
        customer_id=customer_id,
        product_id=product_id,
        needs_attention=needs_attention,
        since=since,
        until=until,
    )


@router.get("", summary="List sales, the newest first", responses=errors(InvalidCursor))
async def index(
    where: Annotated[SaleFilter, Depends(sale_filter)],
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
) -> PageOut[SaleItemOut]:
    found = await services.sales.sales(where, page=page.request())
    return page.out(found, SaleItemOut.of)


@router.get("/{sale_id}", summary="Read a sale", responses=errors(NotFound))
async def detail(
    sale_id: SaleIdField, response: Response, services: ServicesDep, _: CanRead
) -> SaleOut:
    sale = await services.sales.sale(sale_id)
    response.headers["ETag"] = etag(sale.version)
    return SaleOut.of(sale, await services.sales.came_back(sale_id))


@router.patch(
    "/{sale_id}",
    response_model=SaleOut,
    summary="Change a sale that is not posted",
    description=ReviseDraft.__doc__,
    responses=errors(
        *_ONCE,
        *_DRAFTING,
        NotFound,
        SaleNotDraft,
        SalePartlyFulfilled,
        InsufficientStock,
        VersionConflict,
        PreconditionRequired,
        InvalidHeader,
    ),
)
async def revise(
    sale_id: SaleIdField,
    body: SalePatch,
    actor: CanSell,
    version: IfMatch,
    once: OnceDep,
    services: ServicesDep,
) -> Response:
    return await once(
        lambda work: ReviseDraft(work, ids=services.ids)(
            sale_id, body.asked(), expected=version, actor=actor
        ),
        _shown,
    )


@router.post(
    "/{sale_id}/complete",
    response_model=SaleOut,
    summary="Complete a draft or an order",
    description=CompleteSale.__doc__,
    responses=errors(
        *_ONCE,
        *_POSTING,
        NotFound,
        SaleNotDraft,
        DraftOutdated,
        VersionConflict,
        InvalidHeader,
    ),
)
async def complete(
    sale_id: SaleIdField, body: CompletionIn, actor: CanSell, version: IfMatchIfSent, once: OnceDep
) -> Response:
    return await once(
        lambda work: CompleteSale(work)(sale_id, body.asked(), expected=version, actor=actor),
        _shown,
    )


@router.post(
    "/{sale_id}/void",
    response_model=SaleOut,
    summary="Void a sale, or cancel one that is not posted",
    description=VoidSale.__doc__,
    responses=errors(
        *_ONCE,
        *(NotFound, SaleAlreadyVoided, SaleHasReturns, PeriodClosed),
        *(VersionConflict, InvalidHeader),
    ),
)
async def void(
    sale_id: SaleIdField,
    actor: CanSell,
    version: IfMatchIfSent,
    once: OnceDep,
    body: Annotated[VoidIn | None, Body()] = None,
) -> Response:
    asked = body or VoidIn()
    return await once(
        lambda work: VoidSale(work)(
            sale_id,
            goods_back=asked.goods_back,
            reason=asked.reason,
            expected=version,
            actor=actor,
        ),
        lambda voided: answer(
            SaleOut.of(voided.sale, voided.came_back), version=voided.sale.version
        ),
    )


@router.get(
    "/{sale_id}/receipt",
    summary="Read the receipt of a sale",
    description="All that a printer needs, as it was posted: a reprint says the same.",
    responses=errors(NotFound, SaleNotPosted),
)
async def receipt(sale_id: SaleIdField, services: ServicesDep, _: CanRead) -> ReceiptOut:
    return ReceiptOut.of(Receipt.of(await services.sales.sale(sale_id)))


@router.get(
    "/{sale_id}/margin",
    summary="Read what a sale earned",
    description=(
        "Net revenue less the cost that was frozen when the goods left, both without what came "
        "back by returns or a void."
    ),
    responses=errors(NotFound),
)
async def margin(sale_id: SaleIdField, services: ServicesDep, _: CanSeeCost) -> SaleMarginOut:
    sale = await services.sales.sale(sale_id)
    return SaleMarginOut.of(sale, await services.sales.undone(sale_id))


def _created(sale: Sale) -> Answer:
    return answer(
        SaleOut.of(sale), status=201, version=sale.version, location=f"/api/v1/sales/{sale.id}"
    )


def _shown(sale: Sale) -> Answer:
    return answer(SaleOut.of(sale), version=sale.version)
