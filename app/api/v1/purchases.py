"""Purchases over HTTP: order from suppliers, take goods in, send them back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch, IfMatchIfSent
from app.api.v1.schemas.common import (
    Instant,
    LocationIdField,
    ProductIdField,
    PurchaseIdField,
    SupplierIdField,
)
from app.api.v1.schemas.purchases import (
    DeliveryIn,
    EndIn,
    PurchaseIn,
    PurchasePatch,
    SupplierReturnIn,
)
from app.api.v1.schemas.purchases_out import (
    DeliveryOut,
    PurchaseItemOut,
    PurchaseOut,
    ReceivedOut,
    SupplierReturnOut,
)
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.application.inventory.posting import LocationClosed
from app.application.inventory.suppliers import SupplierInactive
from app.application.purchases.queries import DeliveryView, PurchaseFilter
from app.application.purchases.use_cases.drafts import (
    CancelPurchase,
    ClosePurchase,
    CreatePurchase,
    OrderPurchase,
    RevisePurchase,
)
from app.application.purchases.use_cases.give_back import ReturnToSupplier
from app.application.purchases.use_cases.receive import ReceivePurchase
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue, NotFound, UnknownReference, VersionConflict
from app.domain.inventory.document import DeliveryAlreadyReceived
from app.domain.inventory.stock import InsufficientStock
from app.domain.inventory.valuation import StockTooLarge
from app.domain.purchases.order import (
    Purchase,
    PurchaseOutdated,
    PurchaseStatus,
    WrongPurchaseStatus,
)
from app.domain.purchases.receiving import OverReceipt
from app.domain.purchases.supplier_return import ReturnExceedsReceipt, SupplierReturn
from app.domain.shop.books import PeriodClosed

router = APIRouter(prefix="/purchases", tags=["purchases"])

CanRead = Annotated[Actor, requires(Permission.PURCHASES_READ)]
CanWrite = Annotated[Actor, requires(Permission.PURCHASES_WRITE)]
CanOrder = Annotated[Actor, requires(Permission.PURCHASES_ORDER)]
CanReceive = Annotated[Actor, requires(Permission.PURCHASES_RECEIVE)]
CanReturn = Annotated[Actor, requires(Permission.PURCHASES_RETURN)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader)
_ADDING = (*_ONCE, NotFound, WrongPurchaseStatus)
_STEP = (*_ADDING, VersionConflict)
_ASKING = (UnknownReference, SupplierInactive)
_RECEIVING = (
    UnknownReference,
    OverReceipt,
    DeliveryAlreadyReceived,
    PurchaseOutdated,
    LocationClosed,
    PeriodClosed,
    StockTooLarge,
)


@router.post(
    "",
    status_code=201,
    response_model=PurchaseOut,
    summary="Draft a purchase order, or order at once",
    description=CreatePurchase.__doc__,
    responses=errors(*_ONCE, *_ASKING),
)
async def create(
    body: PurchaseIn, once: OnceDep, services: ServicesDep, actor: CanWrite
) -> Response:
    return await once(
        lambda work: CreatePurchase(work, ids=services.ids)(
            body.asked(), at_once=body.order, actor=actor
        ),
        lambda purchase: answer(
            PurchaseOut.of(purchase, costs=_costs(actor)),
            status=201,
            version=purchase.version,
            location=f"/api/v1/purchases/{purchase.id}",
        ),
    )


async def purchase_filter(
    status: Annotated[PurchaseStatus | None, Query()] = None,
    number: Annotated[
        str | None, Query(max_length=40, examples=["PO-2026-000042"], description="Exact.")
    ] = None,
    supplier_id: Annotated[
        SupplierIdField | None, Query(description="Also orders of those merged into it.")
    ] = None,
    product_id: Annotated[
        ProductIdField | None, Query(description="Was ordered in one of the lines.")
    ] = None,
    location_id: Annotated[LocationIdField | None, Query()] = None,
    since: Annotated[Instant | None, Query(description="Drafted then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Drafted before.")] = None,
) -> PurchaseFilter:
    """All conditions that are given hold."""
    return PurchaseFilter(
        status=status,
        number=number,
        supplier_id=supplier_id,
        product_id=product_id,
        location_id=location_id,
        since=since,
        until=until,
    )


@router.get("", summary="List purchase orders, the newest first", responses=errors(InvalidCursor))
async def index(
    where: Annotated[PurchaseFilter, Depends(purchase_filter)],
    page: PageDep,
    services: ServicesDep,
    actor: CanRead,
) -> PageOut[PurchaseItemOut]:
    costs = _costs(actor)
    found = await services.purchases.purchases(where, page=page.request())
    return page.out(found, lambda item: PurchaseItemOut.of(item, costs=costs))


@router.get("/{purchase_id}", summary="Read a purchase order", responses=errors(NotFound))
async def detail(
    purchase_id: PurchaseIdField, response: Response, services: ServicesDep, actor: CanRead
) -> PurchaseOut:
    purchase = await services.purchases.purchase(purchase_id)
    response.headers["ETag"] = etag(purchase.version)
    return PurchaseOut.of(purchase, costs=_costs(actor))


@router.patch(
    "/{purchase_id}",
    response_model=PurchaseOut,
    summary="Change a purchase order that is a draft",
    description=RevisePurchase.__doc__,
    responses=errors(*_STEP, *_ASKING, PreconditionRequired),
)
async def revise(
    purchase_id: PurchaseIdField,
    body: PurchasePatch,
    actor: CanWrite,
    version: IfMatch,
    once: OnceDep,
    services: ServicesDep,
) -> Response:
    return await once(
        lambda work: RevisePurchase(work, ids=services.ids)(
            purchase_id, body.asked(), expected=version, actor=actor
        ),
        lambda purchase: _shown(purchase, actor),
    )


@router.post(
    "/{purchase_id}/order",
    response_model=PurchaseOut,
    summary="Order what was drafted",
    description=OrderPurchase.__doc__,
    responses=errors(*_STEP, SupplierInactive),
)
async def order(
    purchase_id: PurchaseIdField, actor: CanOrder, version: IfMatchIfSent, once: OnceDep
) -> Response:
    return await once(
        lambda work: OrderPurchase(work)(purchase_id, expected=version, actor=actor),
        lambda purchase: _shown(purchase, actor),
    )


@router.post(
    "/{purchase_id}/receive",
    status_code=201,
    response_model=ReceivedOut,
    summary="Receive goods of a purchase order",
    description=ReceivePurchase.__doc__,
    responses=errors(*_ADDING, *_RECEIVING),
)
async def receive(
    purchase_id: PurchaseIdField,
    body: DeliveryIn,
    actor: CanReceive,
    once: OnceDep,
    services: ServicesDep,
) -> Response:
    costs = _costs(actor)
    return await once(
        lambda work: ReceivePurchase(work, ids=services.ids)(
            purchase_id, body.asked(), actor=actor
        ),
        lambda done: answer(
            ReceivedOut(
                receipt=DeliveryOut.of(DeliveryView.of(*done), costs=costs),
                purchase=PurchaseOut.of(done[0], costs=costs),
            ),
            status=201,
            version=done[0].version,
            location=f"/api/v1/inventory/receipts/{done[1].document.id}",
        ),
    )


@router.post(
    "/{purchase_id}/cancel",
    response_model=PurchaseOut,
    summary="Give up what has not arrived",
    description=CancelPurchase.__doc__,
    responses=errors(*_STEP),
)
async def cancel(
    purchase_id: PurchaseIdField,
    actor: CanWrite,
    version: IfMatchIfSent,
    once: OnceDep,
    body: Annotated[EndIn | None, Body()] = None,
) -> Response:
    reason = None if body is None else body.reason
    return await once(
        lambda work: CancelPurchase(work)(
            purchase_id, reason=reason, expected=version, actor=actor
        ),
        lambda purchase: _shown(purchase, actor),
    )


@router.post(
    "/{purchase_id}/close",
    response_model=PurchaseOut,
    summary="Expect nothing more of a purchase order",
    description=ClosePurchase.__doc__,
    responses=errors(*_STEP),
)
async def close(
    purchase_id: PurchaseIdField,
    actor: CanOrder,
    version: IfMatchIfSent,
    once: OnceDep,
    body: Annotated[EndIn | None, Body()] = None,
) -> Response:
    reason = None if body is None else body.reason
    return await once(
        lambda work: ClosePurchase(work)(purchase_id, reason=reason, expected=version, actor=actor),
        lambda purchase: _shown(purchase, actor),
    )


@router.post(
    "/{purchase_id}/return",
    status_code=201,
    response_model=SupplierReturnOut,
    summary="Send goods back to the supplier",
    description=ReturnToSupplier.__doc__,
    responses=errors(
        *_ADDING, UnknownReference, ReturnExceedsReceipt, PeriodClosed, InsufficientStock
    ),
)
async def give_back(
    purchase_id: PurchaseIdField,
    body: SupplierReturnIn,
    actor: CanReturn,
    once: OnceDep,
    services: ServicesDep,
) -> Response:
    def render(done: tuple[Purchase, SupplierReturn]) -> Answer:
        purchase, document = done
        shown = SupplierReturnOut.of(document, costs=_costs(actor))
        return answer(shown, status=201, version=purchase.version)

    return await once(
        lambda work: ReturnToSupplier(work, ids=services.ids)(
            purchase_id, body.asked(), actor=actor
        ),
        render,
    )


@router.get(
    "/{purchase_id}/receipts",
    summary="List what came of a purchase order, the newest first",
    responses=errors(NotFound, InvalidCursor),
)
async def receipts(
    purchase_id: PurchaseIdField, page: PageDep, services: ServicesDep, actor: CanRead
) -> PageOut[DeliveryOut]:
    costs = _costs(actor)
    found = await services.purchases.deliveries(purchase_id, page=page.request())
    return page.out(found, lambda view: DeliveryOut.of(view, costs=costs))


@router.get(
    "/{purchase_id}/returns",
    summary="List what went back of a purchase order, the newest first",
    responses=errors(NotFound, InvalidCursor),
)
async def returns(
    purchase_id: PurchaseIdField, page: PageDep, services: ServicesDep, actor: CanRead
) -> PageOut[SupplierReturnOut]:
    costs = _costs(actor)
    found = await services.purchases.returns(purchase_id, page=page.request())
    return page.out(found, lambda document: SupplierReturnOut.of(document, costs=costs))


def _costs(actor: Actor) -> bool:
    return actor.may(Permission.COST_READ)


def _shown(purchase: Purchase, actor: Actor) -> Answer:
    return answer(PurchaseOut.of(purchase, costs=_costs(actor)), version=purchase.version)
