"""Ask for an account or a new password; what comes of it is told by mail alone.

The work is done after the answer, so that neither the answer nor its time tells a stranger whether
an address has an account.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from fastapi import APIRouter, BackgroundTasks

from app.api.deps import Anyone, ServicesDep
from app.api.errors import errors
from app.api.v1.schemas.auth import RegisterIn, ResetIn
from app.application.auth.accounts import Accounts
from app.application.auth.letters import Letters
from app.application.common.retry import retrying
from app.application.users.use_cases.register import Register, RequestPasswordReset
from app.domain.auth.email import clean_email, email_key
from app.domain.auth.registration import MailOff, Registration, RegistrationClosed
from app.domain.auth.throttle import TooManyTries
from app.domain.auth.user import NAME_LENGTH
from app.domain.common.errors import DomainError
from app.domain.common.text import clean_line

router = APIRouter(prefix="/auth", tags=["auth"])

_log = structlog.get_logger("stockbook.accounts")


@router.post(
    "/register",
    status_code=204,
    summary="Ask for an account",
    responses=errors(RegistrationClosed, MailOff, TooManyTries),
)
async def register(
    body: RegisterIn, actor: Anyone, services: ServicesDep, after: BackgroundTasks
) -> None:
    """A mail with a one-time token follows, if the shop takes the address: with it one chooses a
    password, by `POST /api/v1/auth/password`. The answer is the same for every address.
    """
    accounts = services.accounts
    if accounts.registration is Registration.CLOSED:
        raise RegistrationClosed
    letters = _letters(accounts)
    email = clean_email(body.email)
    name = clean_line(body.name, field="name", most=NAME_LENGTH)
    await _count(accounts, email, actor.address)

    async def work() -> None:
        act = Register(
            services.work(None), ids=services.ids, letters=letters, policy=accounts.registration
        )
        await act(email=email, name=name, actor=actor)

    after.add_task(_quietly, work)


@router.post(
    "/password-reset",
    status_code=204,
    summary="Ask for a new password",
    responses=errors(MailOff, TooManyTries),
)
async def request_password_reset(
    body: ResetIn, actor: Anyone, services: ServicesDep, after: BackgroundTasks
) -> None:
    """A mail with a one-time token follows, if there is an account. The answer is the same for
    every address.
    """
    accounts = services.accounts
    letters = _letters(accounts)
    email = clean_email(body.email)
    await _count(accounts, email, actor.address)

    async def work() -> None:
        await RequestPasswordReset(services.work(None), letters=letters)(email=email, actor=actor)

    after.add_task(_quietly, work)


def _letters(accounts: Accounts) -> Letters:
    if accounts.letters is None:
        raise MailOff("Ask an admin of the shop.")
    return accounts.letters


async def _count(accounts: Accounts, email: str, address: str | None) -> None:
    """Count it as a try of its own kind, so that nobody floods a mailbox."""
    attempt = accounts.throttle.attempt(f"mail to {email_key(email)}", address)
    await retrying(lambda: accounts.throttle.take(attempt))


async def _quietly(work: Callable[[], Awaitable[None]]) -> None:
    """The caller has their answer; what goes wrong now is for the operator."""
    try:
        await retrying(work)
    except DomainError as error:
        _log.warning("a mail about an account was not sent", code=error.code)
