"""The stock of one product over HTTP, and how its figures came to be."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, errors
from app.api.pages import PageDep, PageOut
from app.api.v1.schemas.common import Instant, LocationIdField, MoneyOut, ProductIdField
from app.api.v1.schemas.stock import ExplanationOut, MovementOut, ProductStockOut, StepOut
from app.application.common.actor import Actor
from app.application.inventory.queries import Basis, MovementFilter, Question
from app.domain.auth.roles import Permission
from app.domain.common.errors import NotFound

router = APIRouter(prefix="/products", tags=["inventory"])

CanRead = Annotated[Actor, requires(Permission.INVENTORY_READ)]


@router.get(
    "/{product_id}/stock",
    summary="Read the stock of a product",
    description="`not_found` too for a product that keeps no stock.",
    responses=errors(NotFound),
)
async def stock(
    product_id: ProductIdField, services: ServicesDep, actor: CanRead
) -> ProductStockOut:
    found = await services.inventory.product_stock(product_id)
    return ProductStockOut.showing(found, costs=actor.may(Permission.COST_READ))


@router.get(
    "/{product_id}/stock/explain",
    summary="Explain a figure",
    description=(
        "Every movement that made it, newest first, with the figure right after each. Without a "
        "location it is all that the shop owns; the balance of a virtual location may be negative."
    ),
    responses=errors(NotFound, InvalidCursor),
)
async def explain(
    product_id: ProductIdField,
    page: PageDep,
    services: ServicesDep,
    actor: CanRead,
    location_id: Annotated[LocationIdField | None, Query()] = None,
    at: Annotated[
        Instant | None, Query(description="As it was at this instant; now if absent.")
    ] = None,
    basis: Annotated[
        Basis, Query(description="The time that counts: of recording, or of happening.")
    ] = Basis.RECORDED,
) -> ExplanationOut:
    costs = actor.may(Permission.COST_READ)
    question = Question(product_id=product_id, location_id=location_id, at=at, basis=basis)
    found = await services.movements.explain(question, page=page.request())
    shown = page.out(found.steps, lambda step: StepOut.of(step, costs=costs))
    return ExplanationOut(
        balance=str(found.balance),
        value=MoneyOut.of(found.value) if costs else None,
        items=shown.items,
        next_cursor=shown.next_cursor,
    )


@router.get(
    "/{product_id}/movements",
    summary="List a product's movements, the newest first",
    responses=errors(InvalidCursor),
)
async def movements(
    product_id: ProductIdField, page: PageDep, services: ServicesDep, actor: CanRead
) -> PageOut[MovementOut]:
    costs = actor.may(Permission.COST_READ)
    where = MovementFilter(product_id=product_id)
    found = await services.movements.movements(where, page=page.request())
    return page.out(found, lambda view: MovementOut.of(view, costs=costs))
