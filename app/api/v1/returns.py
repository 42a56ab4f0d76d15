"""Returns over HTTP: at the till in one call, or step by step; the list and the credit note."""

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
from app.api.v1.schemas.common import Instant, ProductIdField, ReturnIdField, SaleIdField
from app.api.v1.schemas.returns import CloseIn, ReturnIn, ReturnPatch, SettlementIn
from app.api.v1.schemas.returns_out import CreditNoteOut, ReturnItemOut, ReturnOut
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.application.inventory.posting import LocationClosed
from app.application.returns.queries import CreditNote, ReturnFilter
from app.application.returns.use_cases.create import CreateReturn
from app.application.returns.use_cases.steps import (
    ApproveReturn,
    CancelReturn,
    ReceiveReturn,
    RefundReturn,
    RejectReturn,
    ReviseReturn,
)
from app.application.sales.posting import DraftOutdated
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue, NotFound, UnknownReference, VersionConflict
from app.domain.inventory.valuation import StockTooLarge
from app.domain.returns.line import ReturnExceedsSale
from app.domain.returns.refund import RefundMismatch, RefundTooLarge
from app.domain.returns.sales_return import (
    ReturnNotPosted,
    ReturnStatus,
    SaleNotReturnable,
    SalesReturn,
    WrongReturnStatus,
)
from app.domain.sales.pricing import AmountTooLarge

router = APIRouter(prefix="/returns", tags=["returns"])

CanRead = Annotated[Actor, requires(Permission.RETURNS_READ)]
CanTakeBack = Annotated[Actor, requires(Permission.RETURNS_WRITE)]
CanApprove = Annotated[Actor, requires(Permission.RETURNS_APPROVE)]
CanReceive = Annotated[Actor, requires(Permission.RETURNS_RECEIVE)]
CanRefund = Annotated[Actor, requires(Permission.RETURNS_REFUND)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader)
_STEP = (*_ONCE, NotFound, WrongReturnStatus, VersionConflict)
_ASKING = (UnknownReference, ReturnExceedsSale, RefundTooLarge, AmountTooLarge)
_RECEIVING = (LocationClosed, StockTooLarge)


@router.post(
    "",
    status_code=201,
    response_model=ReturnOut,
    summary="Take goods back, or ask to",
    description=CreateReturn.__doc__,
    responses=errors(*_ONCE, *_ASKING, *_RECEIVING, RefundMismatch, SaleNotReturnable),
)
async def create(
    body: ReturnIn, once: OnceDep, services: ServicesDep, actor: CanTakeBack
) -> Response:
    costs = actor.may(Permission.COST_READ)
    return await once(
        lambda work: CreateReturn(work, ids=services.ids)(
            body.asked(), settlement=body.settlement(), actor=actor
        ),
        lambda document: answer(
            ReturnOut.of(document, costs=costs),
            status=201,
            version=document.version,
            location=f"/api/v1/returns/{document.id}",
        ),
    )


async def return_filter(
    services: ServicesDep,
    status: Annotated[ReturnStatus | None, Query()] = None,
    number: Annotated[
        str | None, Query(max_length=40, examples=["CN-2026-000042"], description="Exact.")
    ] = None,
    sale_id: Annotated[SaleIdField | None, Query()] = None,
    product_id: Annotated[
        ProductIdField | None, Query(description="Came back in one of the lines.")
    ] = None,
    without_sale: Annotated[bool | None, Query()] = None,
    since: Annotated[Instant | None, Query(description="Asked for then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Asked for before.")] = None,
    first: FirstDay = None,
    last: LastDay = None,
) -> ReturnFilter:
    """All conditions that are given hold."""
    since, until = await narrowed(services, since, until, first=first, last=last)
    return ReturnFilter(
        status=status,
        number=number,
        sale_id=sale_id,
        product_id=product_id,
        without_sale=without_sale,
        since=since,
        until=until,
    )


@router.get("", summary="List returns, the newest first", responses=errors(InvalidCursor))
async def index(
    where: Annotated[ReturnFilter, Depends(return_filter)],
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
) -> PageOut[ReturnItemOut]:
    found = await services.returns.documents(where, page=page.request())
    return page.out(found, ReturnItemOut.of)


@router.get("/{return_id}", summary="Read a return", responses=errors(NotFound))
async def detail(
    return_id: ReturnIdField, response: Response, services: ServicesDep, actor: CanRead
) -> ReturnOut:
    document = await services.returns.document(return_id)
    response.headers["ETag"] = etag(document.version)
    return ReturnOut.of(document, costs=actor.may(Permission.COST_READ))


@router.patch(
    "/{return_id}",
    response_model=ReturnOut,
    summary="Change a return before its goods came",
    description=ReviseReturn.__doc__,
    responses=errors(*_STEP, *_ASKING, PreconditionRequired),
)
async def revise(
    return_id: ReturnIdField,
    body: ReturnPatch,
    actor: CanTakeBack,
    version: IfMatch,
    once: OnceDep,
    services: ServicesDep,
) -> Response:
    return await once(
        lambda work: ReviseReturn(work, ids=services.ids)(
            return_id, body.asked(), expected=version, actor=actor
        ),
        lambda document: _shown(document, actor),
    )


@router.post(
    "/{return_id}/approve",
    response_model=ReturnOut,
    summary="Let the goods of a return come",
    description=ApproveReturn.__doc__,
    responses=errors(*_STEP),
)
async def approve(
    return_id: ReturnIdField, actor: CanApprove, version: IfMatchIfSent, once: OnceDep
) -> Response:
    return await once(
        lambda work: ApproveReturn(work)(return_id, expected=version, actor=actor),
        lambda document: _shown(document, actor),
    )


@router.post(
    "/{return_id}/reject",
    response_model=ReturnOut,
    summary="Refuse a return",
    description=RejectReturn.__doc__,
    responses=errors(*_STEP),
)
async def reject(
    return_id: ReturnIdField,
    actor: CanApprove,
    version: IfMatchIfSent,
    once: OnceDep,
    body: Annotated[CloseIn | None, Body()] = None,
) -> Response:
    reason = None if body is None else body.reason
    return await once(
        lambda work: RejectReturn(work)(return_id, reason=reason, expected=version, actor=actor),
        lambda document: _shown(document, actor),
    )


@router.post(
    "/{return_id}/cancel",
    response_model=ReturnOut,
    summary="Give up a return",
    description=CancelReturn.__doc__,
    responses=errors(*_STEP),
)
async def cancel(
    return_id: ReturnIdField,
    actor: CanTakeBack,
    version: IfMatchIfSent,
    once: OnceDep,
    body: Annotated[CloseIn | None, Body()] = None,
) -> Response:
    reason = None if body is None else body.reason
    return await once(
        lambda work: CancelReturn(work)(return_id, reason=reason, expected=version, actor=actor),
        lambda document: _shown(document, actor),
    )


@router.post(
    "/{return_id}/receive",
    response_model=ReturnOut,
    summary="Take the goods of a return",
    description=ReceiveReturn.__doc__,
    responses=errors(*_STEP, *_RECEIVING, DraftOutdated),
)
async def receive(
    return_id: ReturnIdField, actor: CanReceive, version: IfMatchIfSent, once: OnceDep
) -> Response:
    return await once(
        lambda work: ReceiveReturn(work)(return_id, expected=version, actor=actor),
        lambda document: _shown(document, actor),
    )


@router.post(
    "/{return_id}/refund",
    response_model=ReturnOut,
    summary="Pay back what was received",
    description=RefundReturn.__doc__,
    responses=errors(*_STEP, RefundTooLarge, RefundMismatch),
)
async def refund(
    return_id: ReturnIdField,
    actor: CanRefund,
    version: IfMatchIfSent,
    once: OnceDep,
    body: Annotated[SettlementIn | None, Body()] = None,
) -> Response:
    settlement = (body or SettlementIn()).asked()
    return await once(
        lambda work: RefundReturn(work)(return_id, settlement, expected=version, actor=actor),
        lambda document: _shown(document, actor),
    )


@router.get(
    "/{return_id}/receipt",
    summary="Read the credit note of a return",
    description="All that a printer needs, as it was posted: a reprint says the same.",
    responses=errors(NotFound, ReturnNotPosted),
)
async def receipt(return_id: ReturnIdField, services: ServicesDep, _: CanRead) -> CreditNoteOut:
    return CreditNoteOut.of(CreditNote.of(await services.returns.document(return_id)))


def _shown(document: SalesReturn, actor: Actor) -> Answer:
    costs = actor.may(Permission.COST_READ)
    return answer(ReturnOut.of(document, costs=costs), version=document.version)
