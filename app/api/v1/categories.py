"""The tree of categories over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.answers import answer, etag
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.schemas.catalog import CategoryIn, CategoryOut, CategoryPatch
from app.api.v1.schemas.common import CategoryIdField
from app.application.catalog.use_cases.categories import CreateCategory, UpdateCategory
from app.application.common.actor import Actor
from app.application.common.answers import IdempotencyInProgress, IdempotencyMismatch
from app.domain.auth.roles import Permission
from app.domain.catalog.category import CategoryCycle
from app.domain.common.errors import (
    AlreadyExists,
    InvalidValue,
    NotFound,
    UnknownReference,
    VersionConflict,
)

router = APIRouter(prefix="/categories", tags=["categories"])

CanRead = Annotated[Actor, requires(Permission.CATALOG_READ)]
CanWrite = Annotated[Actor, requires(Permission.CATALOG_WRITE)]

_WRITE = (
    *(IdempotencyMismatch, IdempotencyInProgress, InvalidHeader),
    *(InvalidValue, UnknownReference, AlreadyExists),
)


@router.get(
    "",
    summary="List the tree",
    description="Each category stands before those below it, siblings by name.",
    responses=errors(InvalidCursor),
)
async def index(page: PageDep, services: ServicesDep, _: CanRead) -> PageOut[CategoryOut]:
    return page.out(await services.catalog.categories(page.request()), CategoryOut.of)


@router.post(
    "",
    status_code=201,
    response_model=CategoryOut,
    summary="Make a category",
    description=CreateCategory.__doc__,
    responses=errors(*_WRITE),
)
async def create(
    body: CategoryIn, once: OnceDep, services: ServicesDep, actor: CanWrite
) -> Response:
    return await once(
        lambda work: CreateCategory(work, ids=services.ids)(
            name=body.name, parent_id=body.parent_id, slug=body.slug, actor=actor
        ),
        lambda category: answer(
            CategoryOut.of(category),
            status=201,
            version=category.version,
            location=f"/api/v1/categories/{category.id}",
        ),
    )


@router.get("/{category_id}", summary="Read a category", responses=errors(NotFound))
async def detail(
    category_id: CategoryIdField, response: Response, services: ServicesDep, _: CanRead
) -> CategoryOut:
    category = await services.catalog.category(category_id)
    response.headers["ETag"] = etag(category.version)
    return CategoryOut.of(category)


@router.patch(
    "/{category_id}",
    response_model=CategoryOut,
    summary="Rename or move a category",
    description=UpdateCategory.__doc__,
    responses=errors(*_WRITE, NotFound, CategoryCycle, VersionConflict, PreconditionRequired),
)
async def update(
    category_id: CategoryIdField,
    body: CategoryPatch,
    actor: CanWrite,
    version: IfMatch,
    once: OnceDep,
) -> Response:
    return await once(
        lambda work: UpdateCategory(work)(
            category_id, body.values(), expected=version, actor=actor
        ),
        lambda category: answer(CategoryOut.of(category), version=category.version),
    )
