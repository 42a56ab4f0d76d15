"""Reservations of stock over HTTP: keep goods, let them go, keep them for longer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.api.answers import answer
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.v1.schemas.common import (
    LocationIdField,
    ProductIdField,
    ReservationIdField,
    SaleIdField,
)
from app.api.v1.schemas.reservations import (
    Lasting,
    ReservationIn,
    ReservationOut,
    ReservationsOut,
)
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.application.inventory.queries import ReservationFilter, ReservationView
from app.application.inventory.use_cases.reservations import (
    ExtendReservation,
    ReleaseReservation,
    ReserveStock,
)
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue, NotFound, UnknownReference
from app.domain.inventory.reservation import (
    REFERENCE_LENGTH,
    ReservationEnded,
    ReservedForSale,
)
from app.domain.inventory.stock import InsufficientStock

router = APIRouter(prefix="/inventory/reservations", tags=["inventory"])

CanRead = Annotated[Actor, requires(Permission.INVENTORY_READ)]
CanReserve = Annotated[Actor, requires(Permission.INVENTORY_RESERVE)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidHeader, InvalidValue)
_ONE = (*_ONCE, NotFound, ReservationEnded, ReservedForSale)


@router.post(
    "",
    status_code=201,
    response_model=ReservationsOut,
    summary="Reserve goods",
    description=ReserveStock.__doc__,
    responses=errors(*_ONCE, UnknownReference, InsufficientStock),
)
async def create(
    body: ReservationIn, once: OnceDep, services: ServicesDep, actor: CanReserve
) -> Response:
    asked = body.asked(services.clock.now())
    return await once(
        lambda work: ReserveStock(work, ids=services.ids)(asked, actor=actor), _created
    )


async def reservation_filter(
    product_id: Annotated[ProductIdField | None, Query()] = None,
    location_id: Annotated[LocationIdField | None, Query()] = None,
    sale_id: Annotated[SaleIdField | None, Query()] = None,
    reference: Annotated[
        str | None, Query(max_length=REFERENCE_LENGTH, description="Exact.")
    ] = None,
    held: Annotated[
        bool | None, Query(description="Only what is kept now, or only what is over.")
    ] = None,
) -> ReservationFilter:
    """All conditions that are given hold."""
    return ReservationFilter(
        product_id=product_id,
        location_id=location_id,
        sale_id=sale_id,
        reference=reference,
        held=held,
    )


@router.get("", summary="List reservations, the newest first", responses=errors(InvalidCursor))
async def index(
    where: Annotated[ReservationFilter, Depends(reservation_filter)],
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
) -> PageOut[ReservationOut]:
    found = await services.reservations.reservations(where, page=page.request())
    return page.out(found, ReservationOut.of)


@router.get("/{reservation_id}", summary="Read a reservation", responses=errors(NotFound))
async def detail(
    reservation_id: ReservationIdField, services: ServicesDep, _: CanRead
) -> ReservationOut:
    return ReservationOut.of(await services.reservations.reservation(reservation_id))


@router.post(
    "/{reservation_id}/release",
    response_model=ReservationOut,
    summary="Let go what is reserved",
    description=ReleaseReservation.__doc__,
    responses=errors(*_ONE),
)
async def release(reservation_id: ReservationIdField, once: OnceDep, actor: CanReserve) -> Response:
    return await once(lambda work: ReleaseReservation(work)(reservation_id, actor=actor), _shown)


@router.post(
    "/{reservation_id}/extend",
    response_model=ReservationOut,
    summary="Keep what is reserved until another time",
    description=ExtendReservation.__doc__,
    responses=errors(*_ONE),
)
async def extend(
    reservation_id: ReservationIdField,
    body: Lasting,
    once: OnceDep,
    services: ServicesDep,
    actor: CanReserve,
) -> Response:
    until = body.until(services.clock.now())
    return await once(
        lambda work: ExtendReservation(work)(reservation_id, expires_at=until, actor=actor),
        _shown,
    )


def _created(made: list[ReservationView]) -> Answer:
    items = [ReservationOut.of(view) for view in made]
    return answer(ReservationsOut(items=items), status=201)


def _shown(view: ReservationView) -> Answer:
    return answer(ReservationOut.of(view))
