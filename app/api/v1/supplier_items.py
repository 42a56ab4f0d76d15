"""What suppliers sell, over HTTP: from the side of the supplier, and from that of the product."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep
from app.api.errors import InvalidCursor, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.parties import CHANGE, FIELDS, ONCE, CanRead, CanWrite
from app.api.v1.schemas.common import ProductIdField, SupplierIdField, SupplierItemIdField
from app.api.v1.schemas.supplier_items import SupplierItemIn, SupplierItemOut, SupplierItemPatch
from app.application.common.actor import Actor
from app.application.common.answers import Answer
from app.application.common.retry import retrying
from app.application.parties.queries import SupplierItemView
from app.application.parties.use_cases.items import (
    AddSupplierItem,
    RemoveSupplierItem,
    UpdateSupplierItem,
)
from app.domain.auth.roles import Permission
from app.domain.common.errors import NotFound, UnknownReference
from app.domain.common.money import CurrencyMismatch
from app.domain.parties.party import PartyMerged

router = APIRouter(tags=["supplier items"])

_ITEMS = "/suppliers/{supplier_id}/items"
_ITEM = f"{_ITEMS}/{{item_id}}"


@router.get(_ITEMS, summary="List what a supplier sells", responses=errors(NotFound, InvalidCursor))
async def index(
    supplier_id: SupplierIdField, page: PageDep, services: ServicesDep, actor: CanRead
) -> PageOut[SupplierItemOut]:
    found = await services.supplier_items.items_of(supplier_id, page.request())
    return page.out(found, lambda view: _out(view, actor))


@router.get(
    "/products/{product_id}/suppliers",
    summary="List who sells a product, the preferred first",
    responses=errors(NotFound, InvalidCursor),
)
async def suppliers_of_product(
    product_id: ProductIdField, page: PageDep, services: ServicesDep, actor: CanRead
) -> PageOut[SupplierItemOut]:
    found = await services.supplier_items.suppliers_of(product_id, page.request())
    return page.out(found, lambda view: _out(view, actor))


@router.post(
    _ITEMS,
    status_code=201,
    response_model=SupplierItemOut,
    summary="Add a product to what a supplier sells",
    description=AddSupplierItem.__doc__,
    responses=errors(*ONCE, *FIELDS, UnknownReference, CurrencyMismatch, NotFound, PartyMerged),
)
async def create(
    supplier_id: SupplierIdField,
    body: SupplierItemIn,
    once: OnceDep,
    services: ServicesDep,
    actor: CanWrite,
) -> Response:
    def render(view: SupplierItemView) -> Answer:
        return answer(
            _out(view, actor),
            status=201,
            version=view.version,
            location=f"/api/v1/suppliers/{supplier_id}/items/{view.id}",
        )

    return await once(
        lambda work: AddSupplierItem(work, ids=services.ids)(
            supplier_id, body.values(), currency=body.currency(), actor=actor
        ),
        render,
    )


@router.get(_ITEM, summary="Read an item of a supplier", responses=errors(NotFound))
async def detail(
    supplier_id: SupplierIdField,
    item_id: SupplierItemIdField,
    response: Response,
    services: ServicesDep,
    actor: CanRead,
) -> SupplierItemOut:
    view = await services.supplier_items.item(item_id, of=supplier_id)
    response.headers["ETag"] = etag(view.version)
    return _out(view, actor)


@router.patch(
    _ITEM,
    response_model=SupplierItemOut,
    summary="Change an item of a supplier",
    description=UpdateSupplierItem.__doc__,
    responses=errors(*ONCE, *FIELDS, *CHANGE, CurrencyMismatch),
)
async def update(
    supplier_id: SupplierIdField,
    item_id: SupplierItemIdField,
    body: SupplierItemPatch,
    actor: CanWrite,
    version: IfMatch,
    once: OnceDep,
) -> Response:
    return await once(
        lambda work: UpdateSupplierItem(work)(
            supplier_id,
            item_id,
            body.values(),
            currency=body.currency(),
            expected=version,
            actor=actor,
        ),
        lambda view: answer(_out(view, actor), version=view.version),
    )


@router.delete(
    _ITEM,
    status_code=204,
    summary="Take a product off what a supplier sells",
    description=RemoveSupplierItem.__doc__,
    responses=errors(NotFound, PartyMerged),
)
async def delete(
    supplier_id: SupplierIdField,
    item_id: SupplierItemIdField,
    services: ServicesDep,
    actor: CanWrite,
) -> None:
    await retrying(
        lambda: RemoveSupplierItem(services.work(None))(supplier_id, item_id, actor=actor)
    )


def _out(view: SupplierItemView, actor: Actor) -> SupplierItemOut:
    return SupplierItemOut.of(view, costs=actor.may(Permission.COST_READ))
