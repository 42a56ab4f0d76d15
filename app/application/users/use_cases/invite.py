"""Make users and hand out the way to a password.

An admin never knows anybody's password: they get a one-time token to pass on, or it goes by mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.application.auth.ports import AuthWork
from app.application.auth.secrets import OneTimeToken
from app.application.auth.use_cases.setup import IssuedToken
from app.application.common.actor import Actor
from app.domain.auth.errors import AccountClosed
from app.domain.auth.roles import Role
from app.domain.auth.user import PERSONAL_FIELDS, User
from app.domain.common.identifiers import IdSource, UserId

INVITATION_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Invited:
    """The token is mailed by whoever called, or shown where no mail is sent."""

    user: User
    token: IssuedToken


class CreateUser:
    """Adds a user under an address that no other has; they choose their password themselves."""

    def __init__(self, work: AuthWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(self, *, email: str, name: str, role: Role, actor: Actor) -> Invited:
        async with self._work as work:
            now = work.started_at
            user = User.create(self._ids.new(UserId), email=email, name=name, role=role, at=now)
            token = open_way(user, work, life=INVITATION_LIFE)

            work.users.add(user)
            work.track(user)
            created = {field: (None, value) for field, value in user.snapshot().items()}
            work.audit(actor, "user.created", user.id, changes=created, redacted=PERSONAL_FIELDS)
            await work.flush()
            await work.commit(user)
            return Invited(user, token)


class StartPasswordReset:
    """Gives a new one-time token, also to someone whose invitation ran out; the old one is void.

    The present password and sessions stay until the token is used.
    """

    def __init__(self, work: AuthWork) -> None:
        self._work = work

    async def __call__(self, identifier: UserId, *, actor: Actor) -> Invited:
        async with self._work as work:
            user = await work.users.hold(identifier)
            if not user.active:
                raise AccountClosed("Activate the user first.")

            life = RESET_LIFE if user.password_hash else INVITATION_LIFE
            token = open_way(user, work, life=life)

            work.audit(actor, "user.password_reset_started", user.id)
            await work.flush()
            await work.commit(user)
            return Invited(user, token)


def open_way(user: User, work: AuthWork, *, life: timedelta) -> IssuedToken:
    """Give the user a one-time token; an earlier one is void."""
    token = OneTimeToken.new()
    until = work.started_at + life
    user.expect_password(token.hash, until=until, at=work.started_at)
    return IssuedToken(token.text, until)
