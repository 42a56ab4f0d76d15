"""Users: invite, rename, give a role, close and reopen accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import answer, respond
from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, InvalidHeader, PreconditionRequired, errors
from app.api.once import OnceDep
from app.api.pages import PageDep, PageOut
from app.api.preconditions import IfMatch
from app.api.v1.schemas.common import UserIdField
from app.api.v1.schemas.users import InvitationOut, UserIn, UserOut, UserPatch
from app.application.auth.letters import MailFailed
from app.application.common.actor import Actor
from app.application.common.answers import Answer, IdempotencyInProgress, IdempotencyMismatch
from app.application.common.retry import retrying
from app.application.users.queries import UserFilter, UserView
from app.application.users.use_cases.change import ActivateUser, ChangeUser, DeactivateUser
from app.application.users.use_cases.invite import CreateUser, Invited, StartPasswordReset
from app.domain.auth.errors import AccountClosed, LastAdmin, OwnAccount
from app.domain.auth.roles import Permission, Role
from app.domain.auth.user import User
from app.domain.common.errors import AlreadyExists, NotFound, VersionConflict

router = APIRouter(prefix="/users", tags=["users"])

Admin = Annotated[Actor, requires(Permission.USERS_ADMIN)]
_CHANGE = (
    NotFound,
    VersionConflict,
    PreconditionRequired,
    InvalidHeader,
    IdempotencyMismatch,
    IdempotencyInProgress,
)


@router.get("", summary="List users", responses=errors(InvalidCursor))
async def list_users(
    _: Admin,
    services: ServicesDep,
    page: PageDep,
    role: Annotated[Role | None, Query(description="Only users of this role.")] = None,
    active: Annotated[bool | None, Query(description="Only open or only closed accounts.")] = None,
) -> PageOut[UserOut]:
    """In the order in which they were made."""
    found = await services.users.users(page.request(), where=UserFilter(role=role, active=active))
    return page.out(found, UserOut.of)


@router.post(
    "",
    status_code=201,
    summary="Invite a user",
    response_model=InvitationOut,
    responses=errors(AlreadyExists, MailFailed),
)
async def create_user(body: UserIn, actor: Admin, services: ServicesDep) -> Response:
    """Mails a one-time token with which the user chooses a password; a shop that sends no mail
    answers it, shown this once.

    The answer holds a secret and is not stored, so this route takes no Idempotency-Key; a second
    request is refused by the address.
    """
    invited = await retrying(
        lambda: CreateUser(services.work(None), ids=services.ids)(
            email=body.email, name=body.name, role=body.role, actor=actor
        )
    )
    letters = services.accounts.letters
    if letters is not None:
        await letters.invite(invited.user, invited.token)
    location = f"/api/v1/users/{invited.user.id}"
    return _invitation(invited, mailed=letters is not None, status=201, location=location)


@router.get("/{user_id}", summary="Read a user", response_model=UserOut, responses=errors(NotFound))
async def read_user(user_id: UserIdField, _: Admin, services: ServicesDep) -> Response:
    return respond(_shown(await services.users.user(user_id)))


@router.patch(
    "/{user_id}",
    summary="Rename a user or give another role",
    response_model=UserOut,
    responses=errors(*_CHANGE, OwnAccount, LastAdmin),
)
async def change_user(
    user_id: UserIdField,
    body: UserPatch,
    actor: Admin,
    expected: IfMatch,
    once: OnceDep,
) -> Response:
    """A new role counts from the user's next request on. Nobody changes their own role."""
    return await once(
        lambda work: ChangeUser(work)(
            user_id, name=body.name, role=body.role, expected=expected, actor=actor
        ),
        _user,
    )


@router.post(
    "/{user_id}/deactivate",
    summary="Close an account",
    response_model=UserOut,
    responses=errors(*_CHANGE, OwnAccount, LastAdmin),
)
async def deactivate_user(
    user_id: UserIdField, actor: Admin, expected: IfMatch, once: OnceDep
) -> Response:
    """Its sessions end at once. Nobody closes their own account, and one active admin stays."""
    return await once(
        lambda work: DeactivateUser(work)(user_id, expected=expected, actor=actor), _user
    )


@router.post(
    "/{user_id}/activate",
    summary="Open a closed account",
    response_model=UserOut,
    responses=errors(*_CHANGE),
)
async def activate_user(
    user_id: UserIdField, actor: Admin, expected: IfMatch, once: OnceDep
) -> Response:
    return await once(
        lambda work: ActivateUser(work)(user_id, expected=expected, actor=actor), _user
    )


@router.post(
    "/{user_id}/password-reset",
    summary="Give a new one-time token for a password",
    response_model=InvitationOut,
    responses=errors(NotFound, AccountClosed, MailFailed),
)
async def start_password_reset(
    user_id: UserIdField, actor: Admin, services: ServicesDep
) -> Response:
    """Also for an invitation that ran out. The token goes by mail, or is shown this once where the
    shop sends none; an earlier one is void.
    """
    invited = await retrying(lambda: StartPasswordReset(services.work(None))(user_id, actor=actor))
    letters = services.accounts.letters
    if letters is not None:
        write = letters.reset if invited.user.password_hash else letters.invite
        await write(invited.user, invited.token)
    return _invitation(invited, mailed=letters is not None, status=200)


def _invitation(
    invited: Invited, *, mailed: bool, status: int, location: str | None = None
) -> Response:
    shown = InvitationOut.of(invited, mailed=mailed)
    version = invited.user.version
    return respond(answer(shown, status=status, version=version, location=location))


def _user(user: User) -> Answer:
    return _shown(UserView.of(user))


def _shown(user: UserView) -> Answer:
    return answer(UserOut.of(user), version=user.version)
