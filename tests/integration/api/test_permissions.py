"""Every route says who may call it, and answers each role accordingly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select, update

from app.api.access import Open, accesses
from app.domain.auth.roles import PERMISSIONS, Permission, Role
from app.infrastructure.db.tables.auth import sessions
from app.infrastructure.db.tables.foundation import audit_log
from scripts.permissions_table import PAGE, application, page
from tests.fixtures.accounts import Store
from tests.fixtures.people import PEOPLE, SignIn

ROUTES = accesses(application())
# Reviewed: these need no permission, on purpose.
ANYONE = {
    "GET /health",
    "GET /health/ready",
    "GET /.well-known/jwks.json",
    "POST /api/v1/auth/setup",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/password",
    "POST /api/v1/auth/password-reset",
    "POST /api/v1/auth/register",
}
SIGNED_IN = {
    "GET /api/v1/auth/me",
    "GET /api/v1/auth/me/sessions",
    "POST /api/v1/auth/me/password",
    "DELETE /api/v1/auth/me/sessions/{session_id}",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/logout-all",
}


def test_every_route_says_who_may_call_it() -> None:
    assert [route for route in ROUTES if route.needs is None] == []


def test_only_reviewed_routes_are_open() -> None:
    assert {f"{r.method} {r.path}" for r in ROUTES if r.needs is Open.ANYONE} == ANYONE
    assert {f"{r.method} {r.path}" for r in ROUTES if r.needs is Open.SIGNED_IN} == SIGNED_IN


def test_every_permission_is_asked_for_by_a_route_or_a_use_case() -> None:
    asked = {route.needs for route in ROUTES}
    sources = "".join(
        path.read_text(encoding="utf-8") for path in Path("app/application").rglob("*.py")
    )
    unused = [p for p in Permission if p not in asked and f"Permission.{p.name}" not in sources]

    assert unused == []


def test_the_page_of_permissions_is_up_to_date() -> None:
    written = PAGE.read_text(encoding="utf-8")

    assert written == page(application()), "run python -m scripts.permissions_table"


@pytest.mark.parametrize("role", [None, *Role])
async def test_each_role_may_call_what_the_table_says(
    role: Role | None, client: AsyncClient, sign_in: SignIn, store: Store
) -> None:
    headers = sign_in(role) if role is not None else {}
    expected, answered = {}, {}

    for route in ROUTES:
        await store.execute(update(sessions).values(ended_at=None, ending=None))
        path = re.sub(r"\{[a-z_]+\}", "0" * 26, route.path)
        answer = await client.request(route.method, path, headers=headers)
        name = f"{route.method} {route.path}"
        expected[name] = _refusal(role) if not route.allows(role) else "let in"
        answered[name] = "let in" if answer.status_code not in {401, 403} else answer.status_code
        assert answer.status_code < 500, (name, answer.text)

    assert answered == expected


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bearer", "é"])
async def test_a_token_that_is_none_is_refused(client: AsyncClient, token: str) -> None:
    headers = {b"Authorization": b"Bearer " + token.encode()}

    answer = await client.get("/api/v1/auth/me", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.case("A18")
async def test_a_denied_attempt_is_audited(
    client: AsyncClient, sign_in: SignIn, store: Store
) -> None:
    answer = await client.get("/api/v1/users", headers=sign_in(Role.CLERK))

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    [row] = await store.rows(select(audit_log))
    assert (row["action"], row["object_kind"], row["object_id"]) == (
        "access.denied",
        "access",
        None,
    )
    assert (row["user_id"], row["role"]) == (PEOPLE[Role.CLERK].user_id, "clerk")
    assert (row["route"], row["note"]) == ("GET /api/v1/users", {"permission": "users.admin"})


def test_roles_only_grow_from_viewer_to_admin() -> None:
    assert PERMISSIONS[Role.ADMIN] == frozenset(Permission)
    for role in Role:
        assert PERMISSIONS[Role.VIEWER] <= PERMISSIONS[role] <= PERMISSIONS[Role.ADMIN]
    assert Permission.USERS_ADMIN not in PERMISSIONS[Role.MANAGER]
    assert Permission.COST_READ not in PERMISSIONS[Role.CASHIER] | PERMISSIONS[Role.VIEWER]


def _refusal(role: Role | None) -> int:
    return 401 if role is None else 403
