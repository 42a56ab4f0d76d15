"""Suppliers over HTTP: make, change, find, retire, delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep
from app.api.errors import InvalidCursor, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.parties import CHANGE, DUPLICATES, FIELDS, ONCE, CanRead, CanWrite, party_filter
from app.api.v1.schemas.common import SupplierIdField
from app.api.v1.schemas.parties import (
    SupplierDuplicatesOut,
    SupplierIn,
    SupplierListedOut,
    SupplierMergeIn,
    SupplierOut,
    SupplierPatch,
)
from app.application.common.answers import Answer
from app.application.common.retry import retrying
from app.application.parties.ports import SUPPLIERS
from app.application.parties.queries import PartyFilter, PartySort, PartyView
from app.application.parties.use_cases.merge import MergeParties
from app.application.parties.use_cases.parties import (
    CreateParty,
    DeleteParty,
    SetPartyActive,
    UpdateParty,
)
from app.domain.common.errors import NotFound, UnknownReference
from app.domain.parties.item import SupplierHasCosts
from app.domain.parties.party import PartyInUse, PartyMerged

router = APIRouter(prefix="/suppliers", tags=["suppliers"])


@router.get("", summary="List suppliers", responses=errors(InvalidCursor))
async def index(
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
    where: Annotated[PartyFilter, Depends(party_filter)],
    sort: Annotated[PartySort, Query()] = PartySort.NAME,
) -> PageOut[SupplierListedOut]:
    found = await services.suppliers.parties(where, sort=sort, page=page.request())
    return page.out(found, SupplierListedOut.of)


@router.post(
    "",
    status_code=201,
    response_model=SupplierOut,
    summary="Make a supplier",
    description=CreateParty.__doc__,
    responses=errors(*ONCE, *FIELDS),
)
async def create(
    body: SupplierIn, once: OnceDep, services: ServicesDep, actor: CanWrite
) -> Response:
    def render(supplier: PartyView) -> Answer:
        return answer(
            SupplierOut.showing(supplier),
            status=201,
            version=supplier.version,
            location=f"/api/v1/suppliers/{supplier.id}",
        )

    values = body.values()
    return await once(
        lambda work: CreateParty(work, kind=SUPPLIERS, ids=services.ids)(
            values, currencies=body.currencies(), actor=actor
        ),
        render,
    )


@router.get(
    "/duplicates",
    summary="Find suppliers that may be the same",
    description=DUPLICATES,
    responses=errors(InvalidCursor),
)
async def duplicates(
    page: PageDep, services: ServicesDep, _: CanRead
) -> PageOut[SupplierDuplicatesOut]:
    found = await services.suppliers.duplicates(page.request())
    return page.out(found, SupplierDuplicatesOut.of)


@router.get("/{supplier_id}", summary="Read a supplier", responses=errors(NotFound))
async def detail(
    supplier_id: SupplierIdField, response: Response, services: ServicesDep, _: CanRead
) -> SupplierOut:
    supplier = await services.suppliers.party(supplier_id)
    response.headers["ETag"] = etag(supplier.version)
    return SupplierOut.showing(supplier)


@router.patch(
    "/{supplier_id}",
    response_model=SupplierOut,
    summary="Change a supplier",
    description=UpdateParty.__doc__,
    responses=errors(*ONCE, *FIELDS, *CHANGE, SupplierHasCosts),
)
async def update(
    supplier_id: SupplierIdField,
    body: SupplierPatch,
    actor: CanWrite,
    version: IfMatch,
    once: OnceDep,
) -> Response:
    values = body.values()
    return await once(
        lambda work: UpdateParty(work, kind=SUPPLIERS)(
            supplier_id,
            values,
            currencies=body.currencies(),
            expected=version,
            actor=actor,
        ),
        _answer,
    )


@router.post(
    "/{supplier_id}/deactivate",
    response_model=SupplierOut,
    summary="Keep a supplier out of new documents",
    description="Documents keep it; doing so twice changes nothing.",
    responses=errors(*ONCE, *CHANGE),
)
async def deactivate(
    supplier_id: SupplierIdField, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: SetPartyActive(work, kind=SUPPLIERS)(
            supplier_id, active=False, expected=version, actor=actor
        ),
        _answer,
    )


@router.post(
    "/{supplier_id}/reactivate",
    response_model=SupplierOut,
    summary="Let a supplier into new documents again",
    description="Doing so twice changes nothing.",
    responses=errors(*ONCE, *CHANGE),
)
async def reactivate(
    supplier_id: SupplierIdField, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: SetPartyActive(work, kind=SUPPLIERS)(
            supplier_id, active=True, expected=version, actor=actor
        ),
        _answer,
    )


@router.post(
    "/{supplier_id}/merge",
    response_model=SupplierOut,
    summary="Merge other suppliers into this one",
    description=MergeParties.__doc__,
    responses=errors(*ONCE, NotFound, UnknownReference, PartyMerged),
)
async def merge(
    supplier_id: SupplierIdField, body: SupplierMergeIn, actor: CanWrite, once: OnceDep
) -> Response:
    return await once(
        lambda work: MergeParties(work, kind=SUPPLIERS)(supplier_id, body.others, actor=actor),
        _answer,
    )


@router.delete(
    "/{supplier_id}",
    status_code=204,
    summary="Delete a supplier that nothing names",
    description=DeleteParty.__doc__,
    responses=errors(NotFound, PartyInUse, PartyMerged),
)
async def delete(supplier_id: SupplierIdField, services: ServicesDep, actor: CanWrite) -> None:
    await retrying(
        lambda: DeleteParty(services.work(None), kind=SUPPLIERS)(supplier_id, actor=actor)
    )


def _answer(supplier: PartyView) -> Answer:
    return answer(SupplierOut.showing(supplier), version=supplier.version)
