"""Write docs/permissions.md from the application: which role may call which route."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from app.api.access import Access, accesses
from app.api.main import create_api
from app.core.settings import Environment, Settings
from app.domain.auth.roles import Role

PAGE = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"
_HEAD = """# Who may do what

Every route declares one permission; every role is a set of permissions, listed in
`app/domain/auth/roles.py`. This table is read off the application by
`python -m scripts.permissions_table`, and a test compares it with what each role is answered.

| Route | Needs | {roles} |
|---|---|{rules}|
"""


def page(app: FastAPI) -> str:
    roles = list(Role)
    head = _HEAD.format(roles=" | ".join(roles), rules="|".join(":-:" for _ in roles))
    return head + "".join(_line(access, roles) for access in accesses(app))


def application() -> FastAPI:
    """Return the application without services: only its routes are looked at."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        env=Environment.TEST,
        database_url="sqlite+aiosqlite:///unused.db",
        docs_enabled=False,
        secret_key="only-to-look-at-the-routes-0123456789",  # type: ignore[arg-type]
    )
    return create_api(settings, lifespan=None)


def _line(access: Access, roles: list[Role]) -> str:
    marks = " | ".join("●" if access.allows(role) else " " for role in roles)
    return f"| `{access.method} {access.path}` | {access.needs or '**nothing said**'} | {marks} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(application()), encoding="utf-8")
    print(f"{PAGE} is written.")
