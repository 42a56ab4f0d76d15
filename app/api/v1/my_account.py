"""What everybody may do with their own account, whatever their role."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from app.api.deps import ServicesDep, SignedIn
from app.api.errors import InvalidCursor, errors
from app.api.pages import PageDep, PageOut
from app.api.v1.schemas.auth import OwnPasswordIn
from app.api.v1.schemas.common import SessionIdField
from app.api.v1.schemas.sessions import SessionOut
from app.application.auth.use_cases.own_password import ChangeOwnPassword
from app.application.auth.use_cases.revoke import RevokeSession
from app.application.common.retry import retrying
from app.domain.auth.errors import SessionEnded, WrongPassword
from app.domain.auth.throttle import TooManyTries
from app.domain.common.errors import NotFound, Unauthenticated
from app.domain.common.identifiers import UserId

router = APIRouter(prefix="/auth/me", tags=["auth"])


async def own_id(actor: SignedIn) -> UserId:
    """Return who is calling."""
    if actor.user_id is None:
        raise Unauthenticated
    return actor.user_id


Own = Annotated[UserId, Depends(own_id)]


@router.get(
    "/sessions",
    summary="List your sessions",
    responses=errors(InvalidCursor, SessionEnded),
)
async def list_own_sessions(
    actor: SignedIn, own: Own, services: ServicesDep, page: PageDep
) -> PageOut[SessionOut]:
    """The open ones, the newest first."""
    found = await services.users.sessions(page.request(), of=own, at=services.clock.now())
    return page.out(found, lambda session: SessionOut.of(session, current=actor.session_id))


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    summary="End one of your sessions",
    responses=errors(NotFound, SessionEnded),
)
async def revoke_own_session(
    session_id: SessionIdField, actor: SignedIn, own: Own, services: ServicesDep
) -> None:
    """Its tokens count no more from the next request on."""
    await retrying(lambda: RevokeSession(services.work(None))(session_id, of=own, actor=actor))


@router.post(
    "/password",
    status_code=204,
    summary="Change your password",
    responses=errors(WrongPassword, TooManyTries, SessionEnded),
)
async def change_own_password(
    body: OwnPasswordIn, actor: SignedIn, own: Own, services: ServicesDep
) -> None:
    """Needs the present one. Every other session of yours ends; this one goes on."""

    async def attempt() -> None:
        accounts = services.accounts
        act = ChangeOwnPassword(
            services.work(None),
            reader=accounts.reader,
            passwords=accounts.new_passwords,
            throttle=accounts.throttle,
        )
        await act(own, present=body.password, chosen=body.new_password, actor=actor)

    await retrying(attempt)
