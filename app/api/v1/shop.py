"""The shop over HTTP: one resource, its settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.preconditions import IfMatch
from app.api.v1.schemas.shop import ShopOut, ShopPatch
from app.application.common.actor import Actor
from app.application.common.answers import IdempotencyInProgress, IdempotencyMismatch
from app.application.shop.use_cases.shop import UpdateShop
from app.domain.auth.roles import Permission
from app.domain.common.currencies import UnknownCurrency
from app.domain.common.errors import InvalidValue, UnknownReference, VersionConflict
from app.domain.shop.shop import CurrencyFrozen

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
        *(InvalidValue, UnknownCurrency, UnknownReference, CurrencyFrozen, VersionConflict),
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
        lambda shop: answer(ShopOut.of(shop), version=shop.version),
    )
