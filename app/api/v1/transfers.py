"""Transfers over HTTP: goods go from place to place, at once or by way of transit."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatchIfSent
from app.api.v1.schemas.common import Instant, LocationIdField, ProductIdField, TransferIdField
from app.api.v1.schemas.transfers import (
    ArrivalIn,
    TransferCancelIn,
    TransferIn,
    TransferItemOut,
    TransferLossIn,
    TransferOut,
)
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.application.inventory.posting import LocationClosed
from app.application.inventory.queries import TransferFilter
from app.application.inventory.use_cases.transfers import (
    CancelTransfer,
    CloseTransfer,
    ReceiveTransfer,
    TransferStock,
)
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue, NotFound, UnknownReference, VersionConflict
from app.domain.inventory.stock import InsufficientStock
from app.domain.inventory.transfer import (
    ExceedsTransit,
    Transfer,
    TransferStatus,
    WrongTransferStatus,
)
from app.domain.shop.books import PeriodClosed

router = APIRouter(prefix="/inventory/transfers", tags=["inventory"])

CanRead = Annotated[Actor, requires(Permission.INVENTORY_READ)]
CanTransfer = Annotated[Actor, requires(Permission.INVENTORY_TRANSFER)]
CanReceive = Annotated[Actor, requires(Permission.INVENTORY_RECEIVE)]
CanWriteOff = Annotated[Actor, requires(Permission.INVENTORY_ADJUST)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader, PeriodClosed)
_STEP = (*_ONCE, NotFound, WrongTransferStatus, VersionConflict)


@router.post(
    "",
    status_code=201,
    response_model=TransferOut,
    summary="Transfer goods, or send them",
    description=TransferStock.__doc__,
    responses=errors(*_ONCE, UnknownReference, LocationClosed, InsufficientStock),
)
async def create(
    body: TransferIn, once: OnceDep, services: ServicesDep, actor: CanTransfer
) -> Response:
    return await once(
        lambda work: TransferStock(work, ids=services.ids)(body.asked(), actor=actor),
        lambda transfer: answer(
            TransferOut.of_transfer(transfer),
            status=201,
            version=transfer.version,
            location=f"/api/v1/inventory/transfers/{transfer.id}",
        ),
    )


async def transfer_filter(
    status: Annotated[TransferStatus | None, Query()] = None,
    number: Annotated[
        str | None, Query(max_length=40, examples=["TR-2026-000042"], description="Exact.")
    ] = None,
    from_location_id: Annotated[LocationIdField | None, Query()] = None,
    to_location_id: Annotated[LocationIdField | None, Query()] = None,
    product_id: Annotated[
        ProductIdField | None, Query(description="Goes in one of the lines.")
    ] = None,
    since: Annotated[Instant | None, Query(description="Recorded then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Recorded before.")] = None,
) -> TransferFilter:
    """All conditions that are given hold."""
    return TransferFilter(
        status=status,
        number=number,
        source=from_location_id,
        target=to_location_id,
        product_id=product_id,
        since=since,
        until=until,
    )


@router.get("", summary="List transfers, the newest first", responses=errors(InvalidCursor))
async def index(
    where: Annotated[TransferFilter, Depends(transfer_filter)],
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
) -> PageOut[TransferItemOut]:
    found = await services.transfers.documents(where, page=page.request())
    return page.out(found, TransferItemOut.of)


@router.get("/{transfer_id}", summary="Read a transfer", responses=errors(NotFound))
async def detail(
    transfer_id: TransferIdField, response: Response, services: ServicesDep, _: CanRead
) -> TransferOut:
    transfer = await services.transfers.document(transfer_id)
    response.headers["ETag"] = etag(transfer.version)
    return TransferOut.of_transfer(transfer)


@router.post(
    "/{transfer_id}/receive",
    response_model=TransferOut,
    summary="Receive goods of a transfer",
    description=ReceiveTransfer.__doc__,
    responses=errors(*_STEP, ExceedsTransit, LocationClosed),
)
async def receive(
    transfer_id: TransferIdField,
    actor: CanReceive,
    version: IfMatchIfSent,
    once: OnceDep,
    body: Annotated[ArrivalIn | None, Body()] = None,
) -> Response:
    asked = (body or ArrivalIn()).asked()
    return await once(
        lambda work: ReceiveTransfer(work)(transfer_id, asked, expected=version, actor=actor),
        _shown,
    )


@router.post(
    "/{transfer_id}/close",
    response_model=TransferOut,
    summary="Give up what is in transit",
    description=CloseTransfer.__doc__,
    responses=errors(*_STEP),
)
async def close(
    transfer_id: TransferIdField,
    body: TransferLossIn,
    actor: CanWriteOff,
    version: IfMatchIfSent,
    once: OnceDep,
) -> Response:
    return await once(
        lambda work: CloseTransfer(work)(transfer_id, body.asked(), expected=version, actor=actor),
        _shown,
    )


@router.post(
    "/{transfer_id}/cancel",
    response_model=TransferOut,
    summary="Take back what is in transit",
    description=CancelTransfer.__doc__,
    responses=errors(*_STEP),
)
async def cancel(
    transfer_id: TransferIdField,
    actor: CanTransfer,
    version: IfMatchIfSent,
    once: OnceDep,
    body: Annotated[TransferCancelIn | None, Body()] = None,
) -> Response:
    asked = (body or TransferCancelIn()).asked()
    return await once(
        lambda work: CancelTransfer(work)(transfer_id, asked, expected=version, actor=actor),
        _shown,
    )


def _shown(transfer: Transfer) -> Answer:
    return answer(TransferOut.of_transfer(transfer), version=transfer.version)
