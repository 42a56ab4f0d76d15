"""Customers over HTTP: make, change, find, retire, delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.parties import CHANGE, DUPLICATES, FIELDS, ONCE, CanRead, CanWrite, party_filter
from app.api.v1.schemas.common import CustomerIdField
from app.api.v1.schemas.parties import (
    CustomerDuplicatesOut,
    CustomerFileOut,
    CustomerIn,
    CustomerListedOut,
    CustomerMergeIn,
    CustomerOut,
    CustomerPatch,
)
from app.application.common.actor import Actor
from app.application.common.answers import Answer
from app.application.common.retry import retrying
from app.application.parties.ports import CUSTOMERS
from app.application.parties.queries import PartyFilter, PartySort, PartyView
from app.application.parties.use_cases.merge import MergeParties
from app.application.parties.use_cases.parties import (
    CreateParty,
    DeleteParty,
    SetPartyActive,
    UpdateParty,
)
from app.application.parties.use_cases.personal import AnonymizeCustomer, ExportCustomer
from app.domain.auth.roles import Permission
from app.domain.common.errors import NotFound, UnknownReference
from app.domain.common.money import CurrencyMismatch
from app.domain.parties.customer import CustomerHasDrafts, CustomerIsAnonymous
from app.domain.parties.party import PartyInUse, PartyMerged

CanHandlePersonal = Annotated[Actor, requires(Permission.PARTIES_PERSONAL)]

router = APIRouter(prefix="/customers", tags=["customers"])


@router.get("", summary="List customers", responses=errors(InvalidCursor))
async def index(
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
    where: Annotated[PartyFilter, Depends(party_filter)],
    sort: Annotated[PartySort, Query()] = PartySort.NAME,
) -> PageOut[CustomerListedOut]:
    found = await services.customers.parties(where, sort=sort, page=page.request())
    return page.out(found, CustomerListedOut.of)


@router.post(
    "",
    status_code=201,
    response_model=CustomerOut,
    summary="Make a customer",
    description=CreateParty.__doc__,
    responses=errors(*ONCE, *FIELDS, CurrencyMismatch),
)
async def create(
    body: CustomerIn, once: OnceDep, services: ServicesDep, actor: CanWrite
) -> Response:
    def render(customer: PartyView) -> Answer:
        return answer(
            CustomerOut.showing(customer),
            status=201,
            version=customer.version,
            location=f"/api/v1/customers/{customer.id}",
        )

    values = body.values()
    return await once(
        lambda work: CreateParty(work, kind=CUSTOMERS, ids=services.ids)(
            values, currencies=body.currencies(), actor=actor
        ),
        render,
    )


@router.get(
    "/duplicates",
    summary="Find customers that may be the same",
    description=DUPLICATES,
    responses=errors(InvalidCursor),
)
async def duplicates(
    page: PageDep, services: ServicesDep, _: CanRead
) -> PageOut[CustomerDuplicatesOut]:
    found = await services.customers.duplicates(page.request())
    return page.out(found, CustomerDuplicatesOut.of)


@router.get("/{customer_id}", summary="Read a customer", responses=errors(NotFound))
async def detail(
    customer_id: CustomerIdField, response: Response, services: ServicesDep, _: CanRead
) -> CustomerOut:
    customer = await services.customers.party(customer_id)
    response.headers["ETag"] = etag(customer.version)
    return CustomerOut.showing(customer)


@router.patch(
    "/{customer_id}",
    response_model=CustomerOut,
    summary="Change a customer",
    description=UpdateParty.__doc__,
    responses=errors(*ONCE, *FIELDS, *CHANGE, CurrencyMismatch, CustomerIsAnonymous),
)
async def update(
    customer_id: CustomerIdField,
    body: CustomerPatch,
    actor: CanWrite,
    version: IfMatch,
    once: OnceDep,
) -> Response:
    values = body.values()
    return await once(
        lambda work: UpdateParty(work, kind=CUSTOMERS)(
            customer_id,
            values,
            currencies=body.currencies(),
            expected=version,
            actor=actor,
        ),
        _answer,
    )


@router.post(
    "/{customer_id}/deactivate",
    response_model=CustomerOut,
    summary="Keep a customer out of new documents",
    description="Documents keep it; doing so twice changes nothing.",
    responses=errors(*ONCE, *CHANGE, CustomerIsAnonymous),
)
async def deactivate(
    customer_id: CustomerIdField, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: SetPartyActive(work, kind=CUSTOMERS)(
            customer_id, active=False, expected=version, actor=actor
        ),
        _answer,
    )


@router.post(
    "/{customer_id}/reactivate",
    response_model=CustomerOut,
    summary="Let a customer into new documents again",
    description="Doing so twice changes nothing.",
    responses=errors(*ONCE, *CHANGE, CustomerIsAnonymous),
)
async def reactivate(
    customer_id: CustomerIdField, actor: CanWrite, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: SetPartyActive(work, kind=CUSTOMERS)(
            customer_id, active=True, expected=version, actor=actor
        ),
        _answer,
    )


@router.post(
    "/{customer_id}/merge",
    response_model=CustomerOut,
    summary="Merge other customers into this one",
    description=MergeParties.__doc__,
    responses=errors(*ONCE, NotFound, UnknownReference, PartyMerged, CustomerIsAnonymous),
)
async def merge(
    customer_id: CustomerIdField, body: CustomerMergeIn, actor: CanWrite, once: OnceDep
) -> Response:
    return await once(
        lambda work: MergeParties(work, kind=CUSTOMERS)(customer_id, body.others, actor=actor),
        _answer,
    )


@router.get(
    "/{customer_id}/export",
    summary="Get all that is stored about a customer",
    description=ExportCustomer.__doc__,
    responses=errors(NotFound),
)
async def export(
    customer_id: CustomerIdField, services: ServicesDep, actor: CanHandlePersonal
) -> CustomerFileOut:
    found = await retrying(
        lambda: ExportCustomer(services.work(None), reader=services.customer_files)(
            customer_id, actor=actor
        )
    )
    return CustomerFileOut.of(found)


@router.post(
    "/{customer_id}/anonymize",
    response_model=CustomerOut,
    summary="Clear what is personal of a customer, for good",
    description=AnonymizeCustomer.__doc__,
    responses=errors(*ONCE, *CHANGE, CustomerHasDrafts),
)
async def anonymize(
    customer_id: CustomerIdField, actor: CanHandlePersonal, version: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: AnonymizeCustomer(work)(customer_id, expected=version, actor=actor), _answer
    )


@router.delete(
    "/{customer_id}",
    status_code=204,
    summary="Delete a customer that nothing names",
    description=DeleteParty.__doc__,
    responses=errors(NotFound, PartyInUse, PartyMerged, CustomerIsAnonymous),
)
async def delete(customer_id: CustomerIdField, services: ServicesDep, actor: CanWrite) -> None:
    await retrying(
        lambda: DeleteParty(services.work(None), kind=CUSTOMERS)(customer_id, actor=actor)
    )


def _answer(customer: PartyView) -> Answer:
    return answer(CustomerOut.showing(customer), version=customer.version)
