"""What a route depends on is asynchronous: a plain function costs a trip to the thread pool."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from app.api.main import create_api
from app.core.settings import Environment, Settings


def calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from calls(inner)


def is_async(call: object) -> bool:
    if inspect.isclass(call):
        return False
    if inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call):
        return True
    return inspect.iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004


def test_every_dependency_is_asynchronous() -> None:
    settings = Settings(  # type: ignore[call-arg]
        _env_file=None,
        env=Environment.TEST,
        database_url="sqlite+aiosqlite:///:memory:",
        secret_key="0123456789abcdefghijklmnopqrstuvwxyz",
    )
    routes = [
        context.original_route for context in iter_route_contexts(
            create_api(settings, lifespan=None).routes
        )
    ]  # fmt: skip
    found = {
        call
        for route in routes
        if isinstance(route, APIRoute)
        for call in (route.dependant.call, *calls(route.dependant))
    }

    assert len(found) > 20
    assert [call for call in found if not is_async(call)] == []
