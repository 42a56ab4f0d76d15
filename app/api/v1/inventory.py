"""Stock over HTTP: levels, what the shop owns, movements, and whether the books add up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, errors
from app.api.pages import PageDep, PageOut
from app.api.v1.schemas.common import (
    DocumentIdField,
    Instant,
    LocationIdField,
    ProductIdField,
)
from app.api.v1.schemas.stock import LevelOut, MovementOut, StockOut, VerificationOut
from app.application.common.actor import Actor
from app.application.inventory.queries import LevelFilter, MovementFilter
from app.domain.auth.roles import Permission
from app.domain.inventory.movement import MovementKind

router = APIRouter(prefix="/inventory", tags=["inventory"])

CanRead = Annotated[Actor, requires(Permission.INVENTORY_READ)]
CanVerify = Annotated[Actor, requires(Permission.INVENTORY_VERIFY)]


@router.get(
    "/levels",
    summary="List what lies where",
    description="By product in the order of their making, then by location.",
    responses=errors(InvalidCursor),
)
async def levels(
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
    product_id: Annotated[ProductIdField | None, Query()] = None,
    location_id: Annotated[LocationIdField | None, Query()] = None,
    with_descendants: Annotated[
        bool, Query(description="Of `location_id`: also what lies anywhere below it.")
    ] = False,
    in_stock: Annotated[
        bool | None, Query(description="Only what is there, or only what is used up.")
    ] = None,
) -> PageOut[LevelOut]:
    where = LevelFilter(
        product_id=product_id,
        location_id=location_id,
        with_descendants=with_descendants,
        in_stock=in_stock,
    )
    return page.out(await services.inventory.levels(where, page=page.request()), LevelOut.of)


@router.get(
    "/stock",
    summary="List what the shop owns of each product",
    description="Every product that keeps stock, by SKU, over all locations.",
    responses=errors(InvalidCursor),
)
async def stock(
    page: PageDep,
    services: ServicesDep,
    actor: CanRead,
    low: Annotated[
        bool, Query(description="Only products that are down to their reorder point.")
    ] = False,
) -> PageOut[StockOut]:
    costs = actor.may(Permission.COST_READ)
    found = await services.inventory.stock(page.request(), low=low)
    return page.out(found, lambda item: StockOut.of(item, costs=costs))


async def movement_filter(
    product_id: Annotated[ProductIdField | None, Query()] = None,
    location_id: Annotated[
        LocationIdField | None, Query(description="Goods came from there or went there.")
    ] = None,
    kind: Annotated[MovementKind | None, Query()] = None,
    document_id: Annotated[DocumentIdField | None, Query()] = None,
    since: Annotated[Instant | None, Query(description="Recorded then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Recorded before.")] = None,
) -> MovementFilter:
    """All conditions that are given hold."""
    return MovementFilter(
        product_id=product_id,
        location_id=location_id,
        kind=kind,
        document_id=document_id,
        since=since,
        until=until,
    )


@router.get(
    "/movements", summary="List movements, the newest first", responses=errors(InvalidCursor)
)
async def movements(
    where: Annotated[MovementFilter, Depends(movement_filter)],
    page: PageDep,
    services: ServicesDep,
    actor: CanRead,
) -> PageOut[MovementOut]:
    costs = actor.may(Permission.COST_READ)
    found = await services.movements.movements(where, page=page.request())
    return page.out(found, lambda view: MovementOut.of(view, costs=costs))


@router.get(
    "/verify",
    summary="Check that the books add up",
    description="Recomputes every figure from the ledger at one instant and lists all drifts.",
)
async def verify(services: ServicesDep, _: CanVerify) -> VerificationOut:
    return VerificationOut.of(await services.verifier.verify())
