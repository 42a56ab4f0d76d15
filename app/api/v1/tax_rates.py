"""Tax rates over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.schemas.common import TaxRateIdField
from app.api.v1.schemas.shop import TaxRateIn, TaxRateOut, TaxRatePatch
from app.application.common.actor import Actor
from app.application.common.answers import IdempotencyInProgress, IdempotencyMismatch
from app.application.shop.use_cases.tax_rates import CreateTaxRate, UpdateTaxRate
from app.domain.auth.roles import Permission
from app.domain.common.errors import AlreadyExists, InvalidValue, NotFound, VersionConflict
from app.domain.shop.tax_rate import DefaultTaxRate

router = APIRouter(prefix="/tax-rates", tags=["tax rates"])

CanRead = Annotated[Actor, requires(Permission.SHOP_READ)]
CanWrite = Annotated[Actor, requires(Permission.SHOP_WRITE)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader)


@router.get("", summary="List tax rates by code", responses=errors(InvalidCursor))
async def index(page: PageDep, services: ServicesDep, _: CanRead) -> PageOut[TaxRateOut]:
    return page.out(await services.shop.tax_rates(page.request()), TaxRateOut.of)


@router.post(
    "",
    status_code=201,
    response_model=TaxRateOut,
    summary="Make a tax rate",
    description=CreateTaxRate.__doc__,
    responses=errors(*_ONCE, AlreadyExists),
)
async def create(
    body: TaxRateIn, once: OnceDep, services: ServicesDep, actor: CanWrite
) -> Response:
    return await once(
        lambda work: CreateTaxRate(work, ids=services.ids)(
            code=body.code, name=body.name, rate_ppm=body.percent, actor=actor
        ),
        lambda rate: answer(
            TaxRateOut.of(rate),
            status=201,
            version=rate.version,
            location=f"/api/v1/tax-rates/{rate.id}",
        ),
    )


@router.get("/{tax_rate_id}", summary="Read a tax rate", responses=errors(NotFound))
async def detail(
    tax_rate_id: TaxRateIdField, response: Response, services: ServicesDep, _: CanRead
) -> TaxRateOut:
    rate = await services.shop.tax_rate(tax_rate_id)
    response.headers["ETag"] = etag(rate.version)
    return TaxRateOut.of(rate)


@router.patch(
    "/{tax_rate_id}",
    response_model=TaxRateOut,
    summary="Change a tax rate",
    description=UpdateTaxRate.__doc__,
    responses=errors(*_ONCE, NotFound, DefaultTaxRate, VersionConflict, PreconditionRequired),
)
async def update(
    tax_rate_id: TaxRateIdField,
    body: TaxRatePatch,
    actor: CanWrite,
    version: IfMatch,
    once: OnceDep,
) -> Response:
    return await once(
        lambda work: UpdateTaxRate(work)(tax_rate_id, body.values(), expected=version, actor=actor),
        lambda rate: answer(TaxRateOut.of(rate), version=rate.version),
    )
