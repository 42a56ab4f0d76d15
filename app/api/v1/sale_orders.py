"""Orders over HTTP: confirm a sale, open it again, fulfil it in parts, price it anew."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response

from app.api.answers import answer
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidHeader, errors
from app.api.once import OnceDep
from app.api.preconditions import IfMatchIfSent
from app.api.v1.schemas.common import SaleIdField
from app.api.v1.schemas.sale_orders import ConfirmIn, FulfilIn, RepricedOut
from app.api.v1.schemas.sales_out import SaleOut
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.application.sales.posting import DraftOutdated
from app.application.sales.use_cases.orders import (
    ConfirmSale,
    FulfilSale,
    ReopenSale,
    RepricedSale,
    RepriceSale,
)
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue, NotFound, UnknownReference, VersionConflict
from app.domain.inventory.stock import InsufficientStock
from app.domain.sales.discount import DiscountTooLarge
from app.domain.sales.fulfilment import (
    FulfilmentExceedsOrder,
    SaleNotConfirmed,
    SalePartlyFulfilled,
)
from app.domain.sales.pricing import AmountTooLarge
from app.domain.sales.sale import Sale, SaleNotDraft

router = APIRouter(prefix="/sales", tags=["sales"])

CanSell = Annotated[Actor, requires(Permission.SALES_WRITE)]

_CHANGING = (
    IdempotencyMismatch,
    IdempotencyInProgress,
    InvalidValue,
    NotFound,
    VersionConflict,
    InvalidHeader,
)


@router.post(
    "/{sale_id}/confirm",
    response_model=SaleOut,
    summary="Confirm a sale, and keep its goods",
    description=ConfirmSale.__doc__,
    responses=errors(*_CHANGING, UnknownReference, SaleNotDraft, DraftOutdated, InsufficientStock),
)
async def confirm(
    sale_id: SaleIdField,
    actor: CanSell,
    version: IfMatchIfSent,
    once: OnceDep,
    services: ServicesDep,
    body: Annotated[ConfirmIn | None, Body()] = None,
) -> Response:
    asked = body or ConfirmIn()
    return await once(
        lambda work: ConfirmSale(work, ids=services.ids)(
            sale_id, reserved_until=asked.reserved_until, expected=version, actor=actor
        ),
        _shown,
    )


@router.post(
    "/{sale_id}/reopen",
    response_model=SaleOut,
    summary="Make a confirmed sale a draft again",
    description=ReopenSale.__doc__,
    responses=errors(*_CHANGING, SaleNotConfirmed, SalePartlyFulfilled),
)
async def reopen(
    sale_id: SaleIdField, actor: CanSell, version: IfMatchIfSent, once: OnceDep
) -> Response:
    return await once(lambda work: ReopenSale(work)(sale_id, expected=version, actor=actor), _shown)


@router.post(
    "/{sale_id}/fulfil",
    response_model=SaleOut,
    summary="Hand over part of a confirmed sale",
    description=FulfilSale.__doc__,
    responses=errors(
        *_CHANGING,
        UnknownReference,
        SaleNotConfirmed,
        FulfilmentExceedsOrder,
        InsufficientStock,
    ),
)
async def fulfil(
    sale_id: SaleIdField, body: FulfilIn, actor: CanSell, version: IfMatchIfSent, once: OnceDep
) -> Response:
    return await once(
        lambda work: FulfilSale(work)(sale_id, body.asked(), expected=version, actor=actor),
        _shown,
    )


@router.post(
    "/{sale_id}/reprice",
    response_model=RepricedOut,
    summary="Price a sale anew that is not posted",
    description=RepriceSale.__doc__,
    responses=errors(*_CHANGING, SaleNotDraft, DraftOutdated, DiscountTooLarge, AmountTooLarge),
)
async def reprice(
    sale_id: SaleIdField, actor: CanSell, version: IfMatchIfSent, once: OnceDep
) -> Response:
    return await once(
        lambda work: RepriceSale(work)(sale_id, expected=version, actor=actor), _repriced
    )


def _shown(sale: Sale) -> Answer:
    return answer(SaleOut.of(sale), version=sale.version)


def _repriced(repriced: RepricedSale) -> Answer:
    return answer(RepricedOut.of(repriced), version=repriced.sale.version)
