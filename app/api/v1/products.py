"""Products over HTTP: make, change, find by code or text, list, take off sale."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.schemas.catalog import ProductIn, ProductItemOut, ProductOut, ProductPatch
from app.api.v1.schemas.common import (
    PRICE_PATTERN,
    CategoryIdField,
    FamilyIdField,
    Instant,
    PlainText,
    ProductIdField,
    TaxRateIdField,
)
from app.application.catalog.queries import ProductFilter, ProductSort, ProductView
from app.application.catalog.use_cases.products import (
    CreateProduct,
    SetProductActive,
    UpdateProduct,
)
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.domain.auth.roles import Permission
from app.domain.catalog.limits import BARCODE_LENGTH, SKU_LENGTH
from app.domain.catalog.product import ProductHasHistory
from app.domain.common.errors import (
    AlreadyExists,
    InvalidValue,
    NotFound,
    UnknownReference,
    VersionConflict,
)
from app.domain.common.money import CurrencyMismatch, UnitPrice

router = APIRouter(prefix="/products", tags=["products"])

CanRead = Annotated[Actor, requires(Permission.CATALOG_READ)]
CanWrite = Annotated[Actor, requires(Permission.CATALOG_WRITE)]

QUERY_LENGTH = 200
_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader)
_FIELDS = (AlreadyExists, UnknownReference, CurrencyMismatch)
_CHANGE = (NotFound, VersionConflict, PreconditionRequired)


async def product_filter(
    q: Annotated[
        PlainText | None,
        Query(
            max_length=QUERY_LENGTH,
            description="Words that all stand in name, SKU or a barcode, whole or in part, in any "
            "order; case and accents are alike.",
        ),
    ] = None,
    sku_prefix: Annotated[PlainText | None, Query(max_length=SKU_LENGTH)] = None,
    barcode: Annotated[PlainText | None, Query(max_length=BARCODE_LENGTH)] = None,
    category_id: Annotated[
        CategoryIdField | None, Query(description="Of this category and those below it.")
    ] = None,
    family_id: Annotated[FamilyIdField | None, Query()] = None,
    tax_rate_id: Annotated[TaxRateIdField | None, Query()] = None,
    active: Annotated[bool | None, Query()] = None,
    tracks_stock: Annotated[bool | None, Query()] = None,
    updated_since: Annotated[Instant | None, Query()] = None,
    price_min: Annotated[str | None, Query(pattern=PRICE_PATTERN)] = None,
    price_max: Annotated[str | None, Query(pattern=PRICE_PATTERN)] = None,
) -> ProductFilter:
    return ProductFilter(
        q=q,
        sku_prefix=sku_prefix,
        barcode=barcode,
        category_id=category_id,
        family_id=family_id,
        tax_rate_id=tax_rate_id,
        active=active,
        tracks_stock=tracks_stock,
        updated_since=updated_since,
        price_min=UnitPrice.parse(price_min) if price_min else None,
        price_max=UnitPrice.parse(price_max) if price_max else None,
    )


@router.get("", summary="List products", responses=errors(InvalidCursor))
async def index(
    page: PageDep,
    services: ServicesDep,
    actor: CanRead,
    where: Annotated[ProductFilter, Depends(product_filter)],
    sort: Annotated[ProductSort, Query()] = ProductSort.NAME,
) -> PageOut[ProductItemOut]:
    found = await services.catalog.products(where, sort=sort, page=page.request())
    costs = actor.may(Permission.COST_READ)
    return page.out(found, lambda item: ProductItemOut.of(item, costs=costs))


@router.post(
    "",
    status_code=201,
    response_model=ProductOut,
    summary="Make a product",
    description=CreateProduct.__doc__,
    responses=errors(*_ONCE, *_FIELDS),
)
async def create(
    body: ProductIn, once: OnceDep, services: ServicesDep, actor: CanWrite
) -> Response:
    def render(product: ProductView) -> Answer:
        return answer(
            ProductOut.showing(product, costs=actor.may(Permission.COST_READ)),
            status=201,
            version=product.version,
            location=f"/api/v1/products/{product.id}",
        )

    values = body.values()
    return await once(
        lambda work: CreateProduct(work, ids=services.ids)(
            values, currencies=body.currencies(), actor=actor
        ),
        render,
    )


@router.get(
    "/lookup",
    summary="Find a product by what a scanner reads",
    description="By barcode, or else by SKU. Products off sale are found too.",
    responses=errors(NotFound),
)
async def lookup(
    code: Annotated[PlainText, Query(min_length=1, max_length=BARCODE_LENGTH)],
    response: Response,
    services: ServicesDep,
    actor: CanRead,
) -> ProductOut:
    return _show(await services.catalog.lookup(code), response, actor)


@router.get("/{product_id}", summary="Read a product", responses=errors(NotFound))
async def detail(
    product_id: ProductIdField, response: Response, services: ServicesDep, actor: CanRead
) -> ProductOut:
    return _show(await services.catalog.product(product_id), response, actor)


@router.patch(
    "/{product_id}",
    response_model=ProductOut,
    summary="Change a product",
    description=UpdateProduct.__doc__,
    responses=errors(*_ONCE, *_FIELDS, *_CHANGE, ProductHasHistory),
)
async def update(
    product_id: ProductIdField, body: ProductPatch, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    values = body.values()
    return await once(
        lambda work: UpdateProduct(work)(
            product_id,
            values,
            currencies=body.currencies(),
            expected=version,
            actor=actor,
        ),
        lambda product: _answer(product, actor),
    )


@router.post(
    "/{product_id}/deactivate",
    response_model=ProductOut,
    summary="Take a product off sale",
    description="It stays in every document and keeps its stock; doing so twice changes nothing.",
    responses=errors(*_ONCE, *_CHANGE),
)
async def deactivate(
    product_id: ProductIdField, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: SetProductActive(work)(
            product_id, active=False, expected=version, actor=actor
        ),
        lambda product: _answer(product, actor),
    )


@router.post(
    "/{product_id}/reactivate",
    response_model=ProductOut,
    summary="Put a product on sale again",
    description="Doing so twice changes nothing.",
    responses=errors(*_ONCE, *_CHANGE),
)
async def reactivate(
    product_id: ProductIdField, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: SetProductActive(work)(product_id, active=True, expected=version, actor=actor),
        lambda product: _answer(product, actor),
    )


def _answer(product: ProductView, actor: Actor) -> Answer:
    shown = ProductOut.showing(product, costs=actor.may(Permission.COST_READ))
    return answer(shown, version=product.version)


def _show(product: ProductView, response: Response, actor: Actor) -> ProductOut:
    response.headers["ETag"] = etag(product.version)
    return ProductOut.showing(product, costs=actor.may(Permission.COST_READ))
