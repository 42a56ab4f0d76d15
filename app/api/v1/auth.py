"""Set up the first admin, sign in, stay signed in, sign out.

Answers hold secrets, so none of them is ever stored for a repeated request: these routes take no
Idempotency-Key. To refresh twice with one token is safe by itself.
"""

from __future__ import annotations

from fastapi import APIRouter, Request

from app.api.deps import Anyone, ServicesDep, SignedIn
from app.api.errors import errors
from app.api.v1.schemas.auth import (
    LoginIn,
    MeOut,
    PasswordIn,
    RefreshIn,
    SetupIn,
    SignedInOut,
)
from app.application.auth.use_cases.login import Login, Logout, LogoutAll, Refresh
from app.application.auth.use_cases.passwords import ChoosePassword
from app.application.auth.use_cases.setup import SetUp
from app.application.common.retry import retrying
from app.domain.auth.errors import (
    LoginRefused,
    OneTimeTokenRefused,
    RefreshRefused,
    SessionEnded,
    SetupDone,
)
from app.domain.auth.throttle import TooManyTries
from app.domain.common.errors import Unauthenticated

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post(
    "/setup",
    status_code=201,
    summary="Make the first admin",
    responses=errors(OneTimeTokenRefused, SetupDone),
)
async def set_up(
    body: SetupIn, actor: Anyone, services: ServicesDep, request: Request
) -> SignedInOut:
    """Takes the one-time token that the first start prints; refused once there is any user."""

    async def attempt() -> SignedInOut:
        accounts = services.accounts
        act = SetUp(
            services.work(None),
            ids=services.ids,
            reader=accounts.reader,
            passwords=accounts.new_passwords,
            sessions=accounts.sessions,
        )
        grant = await act(
            token=body.token,
            email=body.email,
            name=body.name,
            password=body.password,
            actor=actor,
            user_agent=request.headers.get("User-Agent"),
        )
        return SignedInOut.of(grant)

    return await retrying(attempt)


@router.post("/login", summary="Sign in", responses=errors(LoginRefused, TooManyTries))
async def login(
    body: LoginIn, actor: Anyone, services: ServicesDep, request: Request
) -> SignedInOut:
    """The answer is the same for an unknown address, a wrong password and a closed account."""

    async def attempt() -> SignedInOut:
        accounts = services.accounts
        act = Login(
            services.work(None),
            reader=accounts.reader,
            passwords=accounts.passwords,
            sessions=accounts.sessions,
            throttle=accounts.throttle,
        )
        grant = await act(
            email=body.email,
            password=body.password,
            actor=actor,
            user_agent=request.headers.get("User-Agent"),
        )
        return SignedInOut.of(grant)

    return await retrying(attempt)


@router.post("/refresh", summary="Trade the refresh token in", responses=errors(RefreshRefused))
async def refresh(body: RefreshIn, actor: Anyone, services: ServicesDep) -> SignedInOut:
    """A refresh token counts once. Shown again within 10 seconds it gets the same successor, since
    two tabs may refresh at once; later it can only be a copy, and the session ends.
    """

    async def attempt() -> SignedInOut:
        act = Refresh(services.work(None), sessions=services.accounts.sessions)
        return SignedInOut.of(await act(body.refresh_token, actor=actor))

    return await retrying(attempt)


@router.post("/logout", status_code=204, summary="End this session", responses=errors(SessionEnded))
async def logout(actor: SignedIn, services: ServicesDep) -> None:
    """The session's tokens count no more from the next request on."""
    await retrying(lambda: Logout(services.work(None))(actor=actor))


@router.post(
    "/logout-all",
    status_code=204,
    summary="End all of your sessions",
    responses=errors(SessionEnded),
)
async def logout_all(actor: SignedIn, services: ServicesDep) -> None:
    await retrying(lambda: LogoutAll(services.work(None))(actor=actor))


@router.get("/me", summary="Who am I, and what may I do?", responses=errors(SessionEnded))
async def me(actor: SignedIn, services: ServicesDep) -> MeOut:
    if actor.user_id is None or actor.session_id is None:
        raise Unauthenticated
    user = await services.users.user(actor.user_id)
    return MeOut.of(user, session_id=actor.session_id)


@router.post(
    "/password",
    status_code=204,
    summary="Choose a password with a one-time token",
    responses=errors(OneTimeTokenRefused),
)
async def choose_password(body: PasswordIn, actor: Anyone, services: ServicesDep) -> None:
    """For invited users and after a reset; sessions under an earlier password end."""

    async def attempt() -> None:
        accounts = services.accounts
        act = ChoosePassword(
            services.work(None), reader=accounts.reader, passwords=accounts.new_passwords
        )
        await act(token=body.token, password=body.password, actor=actor)

    await retrying(attempt)
