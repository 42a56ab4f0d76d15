"""Read off the application who may call which route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from app.api.deps import Requires, anonymous, get_actor
from app.domain.auth.roles import PERMISSIONS, Permission, Role


class Open(StrEnum):
    """Routes that ask for no permission."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"


@dataclass(frozen=True, slots=True, order=True)
class Access:
    """Who may call a route; None as `needs` is a route that forgot to say."""

    path: str
    method: str
    needs: Permission | Open | None

    def allows(self, role: Role | None) -> bool:
        """Tell whether the role may call it; None is a caller without a token."""
        match self.needs:
            case Permission():
                return role is not None and self.needs in PERMISSIONS[role]
            case Open.SIGNED_IN:
                return role is not None
            case _:
                return True


def accesses(app: FastAPI) -> list[Access]:
    """Return every route of the API in the order of paths; the API page itself is none."""
    found = [
        Access(context.path_format, method, _needs(context.original_route.dependant))
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute) and context.path_format is not None
        for method in sorted(context.original_route.methods or ())
    ]
    return sorted(found, key=lambda access: (access.path, access.method))


def _needs(dependant: Dependant) -> Permission | Open | None:
    """A route that asks for a permission needs it, whatever else it asks for."""
    calls = list(_calls(dependant))
    for call in calls:
        if isinstance(call, Requires):
            return call.permission
    if get_actor in calls:
        return Open.SIGNED_IN
    return Open.ANYONE if anonymous in calls else None


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
