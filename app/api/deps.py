"""What routes ask for: the services, and who is calling with which right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.application.audit.use_cases.denials import RecordDenial
from app.application.common.actor import Actor
from app.application.services import Services
from app.core.settings import Settings
from app.domain.auth.roles import PERMISSIONS, Permission
from app.domain.common.errors import PermissionDenied, Unauthenticated

StillMay = Callable[[], Awaitable[bool]]

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="Access token of a session.")


# Also one-line dependencies are `async`: a plain function costs a trip to the thread pool.
async def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


ServicesDep = Annotated[Services, Depends(get_services)]
SettingsDep = Annotated[Settings, Depends(get_settings)]


def route_of(request: Request) -> str:
    """Return the route as audit rows and keys name it: `POST /api/v1/sales`."""
    # The route itself knows only its own router's prefix, not those of the routers around it.
    inside = request.scope.get("fastapi", {})
    route = inside.get("effective_route_context", request.scope["route"])
    return f"{request.method} {route.path_format}"


async def get_actor(
    request: Request,
    services: ServicesDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """Tell who is calling; `Unauthenticated` without a token that is good at this moment."""
    if credentials is None:
        raise Unauthenticated("Send the access token as Authorization: Bearer <token>.")
    identity = await services.authenticate(credentials.credentials)
    structlog.contextvars.bind_contextvars(
        user_id=str(identity.user_id), session_id=str(identity.session_id)
    )
    return Actor(
        user_id=identity.user_id,
        role=identity.role,
        session_id=identity.session_id,
        token_id=identity.token_id,
        address=address_of(request),
        trace_id=request.state.trace_id,
        route=route_of(request),
    )


def address_of(request: Request) -> str | None:
    return request.client.host if request.client else None


async def anonymous(request: Request) -> Actor:
    """Whoever calls an open route; declares that the route is open on purpose."""
    return Actor(
        address=address_of(request), trace_id=request.state.trace_id, route=route_of(request)
    )


class Requires:
    """The permission that a route declares; tests read it off the route."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(
        self, actor: Annotated[Actor, Depends(get_actor)], services: ServicesDep
    ) -> Actor:
        try:
            actor.require(self.permission)
        except PermissionDenied as denial:
            await RecordDenial(services.work(None))(denial, actor=actor)
            raise
        return actor


def requires(permission: Permission) -> Any:
    """Use as `actor: Annotated[Actor, requires(Permission.SHOP_READ)]`."""
    return Depends(Requires(permission))


class Still:
    """For answers that stay open: asks again whether the caller has the permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(
        self,
        services: ServicesDep,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> StillMay:
        async def may() -> bool:
            if credentials is None:
                return False
            try:
                identity = await services.authenticate(credentials.credentials)
            except Unauthenticated:
                return False
            return self.permission in PERMISSIONS[identity.role]

        return may


def still(permission: Permission) -> Any:
    """Use beside `requires` as `allowed: Annotated[StillMay, still(Permission.SHOP_READ)]`."""
    return Depends(Still(permission))


SignedIn = Annotated[Actor, Depends(get_actor)]
Anyone = Annotated[Actor, Depends(anonymous)]
