"""The sessions of other people, for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, errors
from app.api.pages import PageDep, PageOut
from app.api.v1.schemas.common import SessionIdField, UserIdField
from app.api.v1.schemas.sessions import SessionOut
from app.application.auth.use_cases.revoke import RevokeSession
from app.application.common.actor import Actor
from app.application.common.retry import retrying
from app.domain.auth.roles import Permission
from app.domain.common.errors import NotFound

router = APIRouter(prefix="/users/{user_id}/sessions", tags=["users"])

Admin = Annotated[Actor, requires(Permission.USERS_ADMIN)]


@router.get("", summary="List a user's sessions", responses=errors(NotFound, InvalidCursor))
async def list_sessions(
    user_id: UserIdField, actor: Admin, services: ServicesDep, page: PageDep
) -> PageOut[SessionOut]:
    """The open ones, the newest first."""
    await services.users.user(user_id)
    found = await services.users.sessions(page.request(), of=user_id, at=services.clock.now())
    return page.out(found, lambda session: SessionOut.of(session, current=actor.session_id))


@router.delete(
    "/{session_id}",
    status_code=204,
    summary="End a user's session",
    responses=errors(NotFound),
)
async def revoke_session(
    user_id: UserIdField, session_id: SessionIdField, actor: Admin, services: ServicesDep
) -> None:
    """Its tokens count no more from the next request on."""
    await retrying(lambda: RevokeSession(services.work(None))(session_id, of=user_id, actor=actor))
