"""Counts over HTTP: open a sheet, count, review, post; and set a single level."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, errors
from app.api.files import CsvFile
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatchIfSent
from app.api.v1.schemas.common import (
    Instant,
    LocationIdField,
    ProductIdField,
    StocktakeIdField,
)
from app.api.v1.schemas.counts import (
    CancelIn,
    CountedLinesIn,
    CountEntryOut,
    CountHeadOut,
    CountIn,
    CountLineOut,
    CountOut,
    LevelIn,
    LevelSetOut,
    ReviewIn,
    Uncounted,
)
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.application.inventory.count_posting import CountOutdated
from app.application.inventory.count_sheet import count_sheet
from app.application.inventory.posting import LocationClosed
from app.application.inventory.stocktakes import (
    CountedRow,
    LineFilter,
    StocktakeFilter,
    StocktakeView,
)
from app.application.inventory.use_cases.stocktakes import (
    CancelStocktake,
    OpenStocktake,
    PostStocktake,
    RecordCounts,
    ReviewStocktake,
    SetLevel,
)
from app.domain.auth.roles import Permission
from app.domain.common.errors import InvalidValue, NotFound, UnknownReference, VersionConflict
from app.domain.inventory.counting import LevelChanged
from app.domain.inventory.stocktake import (
    ClientIdTaken,
    NothingCounted,
    StocktakeStatus,
    WrongStocktakeStatus,
)
from app.domain.inventory.valuation import StockTooLarge
from app.domain.shop.books import PeriodClosed

router = APIRouter(prefix="/inventory", tags=["inventory"])

CanRead = Annotated[Actor, requires(Permission.INVENTORY_READ)]
CanCount = Annotated[Actor, requires(Permission.INVENTORY_COUNT)]
CanPost = Annotated[Actor, requires(Permission.INVENTORY_COUNT_POST)]

_ONCE = (IdempotencyMismatch, IdempotencyInProgress, InvalidValue, InvalidHeader)
_STEP = (*_ONCE, NotFound, WrongStocktakeStatus, VersionConflict)
_POSTING = (LocationClosed, PeriodClosed, CountOutdated, StockTooLarge)


@router.post(
    "/counts",
    status_code=201,
    response_model=CountOut,
    summary="Open a count",
    description=OpenStocktake.__doc__,
    responses=errors(*_ONCE, UnknownReference, LocationClosed),
)
async def open_(body: CountIn, once: OnceDep, services: ServicesDep, actor: CanCount) -> Response:
    return await once(
        lambda work: OpenStocktake(work, ids=services.ids)(body.asked(), actor=actor),
        lambda view: answer(
            CountOut.of(view),
            status=201,
            version=view.stocktake.version,
            location=f"/api/v1/inventory/counts/{view.stocktake.id}",
        ),
    )


async def stocktake_filter(
    status: Annotated[StocktakeStatus | None, Query()] = None,
    location_id: Annotated[LocationIdField | None, Query()] = None,
    number: Annotated[
        str | None, Query(max_length=40, examples=["ST-2026-000042"], description="Exact.")
    ] = None,
    product_id: Annotated[
        ProductIdField | None, Query(description="Stands in one of the rows.")
    ] = None,
    since: Annotated[Instant | None, Query(description="Opened then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Opened before.")] = None,
) -> StocktakeFilter:
    """All conditions that are given hold."""
    return StocktakeFilter(
        status=status,
        location_id=location_id,
        number=number,
        product_id=product_id,
        since=since,
        until=until,
    )


@router.get("/counts", summary="List counts, the newest first", responses=errors(InvalidCursor))
async def index(
    where: Annotated[StocktakeFilter, Depends(stocktake_filter)],
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
) -> PageOut[CountHeadOut]:
    found = await services.stocktakes.stocktakes(where, page=page.request())
    return page.out(found, CountHeadOut.head)


@router.get("/counts/{count_id}", summary="Read a count", responses=errors(NotFound))
async def detail(
    count_id: StocktakeIdField, response: Response, services: ServicesDep, _: CanRead
) -> CountOut:
    view = await services.stocktakes.stocktake(count_id)
    response.headers["ETag"] = etag(view.stocktake.version)
    return CountOut.of(view)


@router.get(
    "/counts/{count_id}/lines",
    summary="List the rows of a count by SKU",
    responses=errors(NotFound, InvalidCursor),
)
async def lines(
    count_id: StocktakeIdField,
    page: PageDep,
    services: ServicesDep,
    actor: CanRead,
    counted: Annotated[bool | None, Query()] = None,
    differing: Annotated[
        bool | None, Query(description="Differ from the books; known from review on.")
    ] = None,
    disputed: Annotated[bool | None, Query()] = None,
) -> PageOut[CountLineOut]:
    view = await services.stocktakes.stocktake(count_id)
    books = shows_books(view, actor)
    # Whether a row differs says what is expected.
    where = LineFilter(counted=counted, differing=differing if books else None, disputed=disputed)
    found = await services.stocktakes.lines(count_id, where, page=page.request())
    costs = actor.may(Permission.COST_READ)
    return page.out(found, lambda line: CountLineOut.of(line, costs=costs, books=books))


@router.get(
    "/counts/{count_id}/entries",
    summary="List all that was counted, in the order of recording",
    responses=errors(NotFound, InvalidCursor),
)
async def entries(
    count_id: StocktakeIdField,
    page: PageDep,
    services: ServicesDep,
    _: CanRead,
    product_id: Annotated[ProductIdField | None, Query()] = None,
) -> PageOut[CountEntryOut]:
    found = await services.stocktakes.entries(count_id, product_id=product_id, page=page.request())
    return page.out(found, CountEntryOut.of)


@router.get(
    "/counts/{count_id}/sheet.csv",
    status_code=200,
    response_class=CsvFile,
    summary="Get the sheet of a count as a file",
    description="All rows by SKU, to print or to fill in. A blind sheet does not say what is "
    "expected.",
    responses=errors(NotFound),
)
async def sheet(count_id: StocktakeIdField, services: ServicesDep, actor: CanCount) -> Response:
    view = await services.stocktakes.stocktake(count_id)
    parts = count_sheet(services.stocktakes, view, expected=shows_books(view, actor))
    return CsvFile(parts, name=f"count-{view.stocktake.number or view.stocktake.id}.csv")


@router.post(
    "/counts/{count_id}/lines",
    response_model=CountOut,
    summary="Record what was counted",
    description=RecordCounts.__doc__,
    responses=errors(
        *_ONCE, NotFound, UnknownReference, PeriodClosed, WrongStocktakeStatus, ClientIdTaken
    ),
)
async def record(
    count_id: StocktakeIdField, body: CountedLinesIn, once: OnceDep, actor: CanCount
) -> Response:
    rows = [line.asked() for line in body.lines]
    return await once(lambda work: RecordCounts(work)(count_id, rows, actor=actor), _shown)


@router.post(
    "/counts/{count_id}/review",
    response_model=CountOut,
    summary="Close the sheet and compare it with the books",
    description=ReviewStocktake.__doc__,
    responses=errors(*_STEP, NothingCounted),
)
async def review(
    count_id: StocktakeIdField,
    actor: CanCount,
    version: IfMatchIfSent,
    once: OnceDep,
    body: Annotated[ReviewIn | None, Body()] = None,
) -> Response:
    rest_is_none = (body or ReviewIn()).uncounted is Uncounted.NONE
    return await once(
        lambda work: ReviewStocktake(work)(
            count_id, rest_is_none=rest_is_none, expected=version, actor=actor
        ),
        _shown,
    )


@router.post(
    "/counts/{count_id}/post",
    response_model=CountOut,
    summary="Let the books say what was counted",
    description=PostStocktake.__doc__,
    responses=errors(*_STEP, *_POSTING, NothingCounted),
)
async def post(
    count_id: StocktakeIdField, actor: CanPost, version: IfMatchIfSent, once: OnceDep
) -> Response:
    return await once(
        lambda work: PostStocktake(work)(count_id, expected=version, actor=actor), _shown
    )


@router.post(
    "/counts/{count_id}/cancel",
    response_model=CountOut,
    summary="Give up a count",
    description=CancelStocktake.__doc__,
    responses=errors(*_STEP),
)
async def cancel(
    count_id: StocktakeIdField,
    actor: CanCount,
    version: IfMatchIfSent,
    once: OnceDep,
    body: Annotated[CancelIn | None, Body()] = None,
) -> Response:
    reason = None if body is None else body.reason
    return await once(
        lambda work: CancelStocktake(work)(count_id, reason=reason, expected=version, actor=actor),
        _shown,
    )


@router.put(
    "/levels/{product_id}/{location_id}",
    response_model=LevelSetOut,
    summary="Set what lies at a place",
    description=SetLevel.__doc__,
    responses=errors(*_ONCE, *_POSTING, NotFound, LevelChanged),
)
async def set_level(
    product_id: ProductIdField,
    location_id: LocationIdField,
    body: LevelIn,
    once: OnceDep,
    services: ServicesDep,
    actor: CanPost,
) -> Response:
    row = CountedRow(product_id=product_id, counted=body.counted, unit_cost=body.unit_cost)
    return await once(
        lambda work: SetLevel(work, ids=services.ids)(
            row, location_id, expected=body.expected, actor=actor
        ),
        lambda level: answer(LevelSetOut.of(level)),
    )


def shows_books(view: StocktakeView, actor: Actor) -> bool:
    """Tell whether the caller may see what is expected: in a blind count, only who can post it."""
    over = view.stocktake.status in (StocktakeStatus.POSTED, StocktakeStatus.CANCELLED)
    return not view.stocktake.blind or over or actor.may(Permission.INVENTORY_COUNT_POST)


def _shown(view: StocktakeView) -> Answer:
    return answer(CountOut.of(view), version=view.stocktake.version)
