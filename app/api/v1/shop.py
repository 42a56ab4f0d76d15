"""The shop over HTTP: one resource, its settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.preconditions import IfMatch
from app.api.v1.schemas.shop import ClosePeriodIn, ReopenPeriodIn, ShopOut, ShopPatch
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.application.shop.use_cases.periods import ClosePeriod, ReopenPeriod
from app.application.shop.use_cases.shop import UpdateShop
from app.domain.auth.roles import Permission
from app.domain.common.currencies import UnknownCurrency
from app.domain.common.errors import InvalidValue, UnknownReference, VersionConflict
from app.domain.shop.books import PeriodClosed
from app.domain.shop.shop import CurrencyFrozen, PeriodClosedAlready, PeriodNotClosed, Shop

router = APIRouter(prefix="/shop", tags=["shop"])


@router.get("", summary="Read the shop's settings")
async def detail(
    response: Response,
    services: ServicesDep,
    _: Annotated[Actor, requires(Permission.SHOP_READ)],
) -> ShopOut:
    shop = await services.shop.shop()
    response.headers["ETag"] = etag(shop.version)
    return ShopOut.of(shop)


@router.patch(
    "",
    response_model=ShopOut,
    summary="Change the shop's settings",
    description=UpdateShop.__doc__,
    responses=errors(
        *(IdempotencyMismatch, IdempotencyInProgress, InvalidHeader, PreconditionRequired),
        *(InvalidValue, UnknownCurrency, UnknownReference, CurrencyFrozen, PeriodClosed),
        VersionConflict,
    ),
)
async def update(
    body: ShopPatch,
    actor: Annotated[Actor, requires(Permission.SHOP_WRITE)],
    version: IfMatch,
    once: OnceDep,
) -> Response:
    return await once(
        lambda work: UpdateShop(work)(body.values(), expected=version, actor=actor),
        _shown,
    )


@router.post(
    "/close-period",
    response_model=ShopOut,
    summary="Close the books up to a day",
    description=ClosePeriod.__doc__,
    responses=errors(
        *(IdempotencyMismatch, IdempotencyInProgress, InvalidHeader),
        *(InvalidValue, PeriodClosedAlready),
    ),
)
async def close_period(
    body: ClosePeriodIn,
    actor: Annotated[Actor, requires(Permission.PERIODS_CLOSE)],
    once: OnceDep,
) -> Response:
    return await once(lambda work: ClosePeriod(work)(body.through, actor=actor), _shown)


@router.post(
    "/reopen-period",
    response_model=ShopOut,
    summary="Open closed days again",
    description=ReopenPeriod.__doc__,
    responses=errors(
        *(IdempotencyMismatch, IdempotencyInProgress, InvalidHeader),
        *(InvalidValue, PeriodNotClosed),
    ),
)
async def reopen_period(
    body: ReopenPeriodIn,
    actor: Annotated[Actor, requires(Permission.PERIODS_REOPEN)],
    once: OnceDep,
) -> Response:
    return await once(
        lambda work: ReopenPeriod(work)(body.through, reason=body.reason, actor=actor), _shown
    )


def _shown(shop: Shop) -> Answer:
    return answer(ShopOut.of(shop), version=shop.version)
