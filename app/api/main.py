"""Put the HTTP application together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.api import errors, health, well_known
from app.api.cursors import Cursors
from app.api.errors import BodyTooLarge, MalformedBody, UnsupportedMediaType
from app.api.middleware import TRACE_HEADER, BodyMiddleware, TraceMiddleware
from app.api.streams import Streams
from app.api.v1 import (
    adjustments,
    audit,
    auth,
    categories,
    counts,
    customers,
    import_events,
    import_files,
    import_mappings,
    imports,
    inventory,
    locations,
    my_account,
    openings,
    product_families,
    product_files,
    product_items,
    product_stock,
    products,
    purchases,
    receipts,
    registration,
    report_reorder,
    report_sales,
    report_stock,
    reservations,
    returns,
    sale_orders,
    sales,
    scraps,
    shop,
    supplier_items,
    suppliers,
    tax_rates,
    transfers,
    units,
    user_sessions,
    users,
)
from app.core.settings import Settings
from app.domain.common.errors import Busy, InvalidValue, PermissionDenied, Unauthenticated

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

VERSION = "0.1.0"
_ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    registration.router,
    my_account.router,
    users.router,
    user_sessions.router,
    shop.router,
    tax_rates.router,
    units.router,
    categories.router,
    product_families.router,
    product_files.router,
    product_items.router,
    products.router,
    locations.router,
    product_stock.router,
    openings.router,
    receipts.router,
    reservations.router,
    adjustments.router,
    scraps.router,
    transfers.router,
    inventory.router,
    counts.router,
    suppliers.router,
    supplier_items.router,
    customers.router,
    sales.router,
    sale_orders.router,
    returns.router,
    purchases.router,
    report_reorder.router,
    report_sales.router,
    report_stock.router,
    import_files.router,
    import_events.router,
    imports.router,
    import_mappings.router,
    audit.router,
)
_ANY_ROUTE = errors.errors(
    MalformedBody,
    Unauthenticated,
    PermissionDenied,
    BodyTooLarge,
    UnsupportedMediaType,
    InvalidValue,
    Busy,
)
_DESCRIPTION = """
The record of goods and money for shops and small wholesalers.

Amounts, prices and quantities are decimal **text**, never floating point. Lists are read page by
page with `cursor`. A change names the version it was made from with `If-Match`. Every request that
writes may carry an `Idempotency-Key`, which makes it safe to send again. Every refusal is a
problem document with a stable `code` and each faulty field.
"""


def create_api(settings: Settings, *, lifespan: Lifespan | None) -> FastAPI:
    """Return the application; `lifespan` sets `app.state.services` before the first request."""
    make = FastAPIOffline if settings.serves_docs else _without_docs
    app: FastAPI = make(
        title="Stockbook",
        version=VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        middleware=_middleware(settings),
        separate_input_output_schemas=False,
    )
    app.state.settings = settings
    app.state.cursors = Cursors(settings.secret_key.get_secret_value().encode())
    app.state.streams = Streams()
    errors.install(app)
    app.include_router(health.router)
    app.include_router(well_known.router)
    app.include_router(_v1(), responses=_ANY_ROUTE)
    return app


def _v1() -> APIRouter:
    v1 = APIRouter(prefix="/api/v1")
    for router in _ROUTERS:
        v1.include_router(router)
    return v1


def _without_docs(**settings: object) -> FastAPI:
    return FastAPI(**settings, openapi_url=None, docs_url=None, redoc_url=None)  # type: ignore[arg-type]


def _middleware(settings: Settings) -> list[Middleware]:
    """Outermost first: whatever refuses inside the trace layer carries a trace id."""
    layers = [Middleware(TraceMiddleware)]
    if settings.trusted_proxies:
        layers.append(
            Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
        )
    if settings.trusted_hosts:
        layers.append(Middleware(TrustedHostMiddleware, allowed_hosts=settings.trusted_hosts))
    if settings.cors_origins:
        layers.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "If-Match", "Idempotency-Key"],
                expose_headers=["ETag", "Location", TRACE_HEADER],
            )
        )
    layers.append(
        Middleware(
            BodyMiddleware,
            json_limit=settings.body_max_bytes,
            upload_limit=settings.import_max_bytes,
        )
    )
    return layers
