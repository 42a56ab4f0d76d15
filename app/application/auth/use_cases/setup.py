"""The first admin: by a one-time set-up token over HTTP, or by whoever holds the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.application.auth.new_passwords import NewPasswords
from app.application.auth.ports import AuthReader, AuthWork
from app.application.auth.secrets import OneTimeToken
from app.application.auth.sessions import Device, Grant, SessionTokens
from app.application.common.actor import Actor
from app.domain.auth.errors import OneTimeTokenRefused, SetupDone
from app.domain.auth.roles import Role
from app.domain.auth.user import PERSONAL_FIELDS, User
from app.domain.common.identifiers import IdSource, UserId

SETUP_TOKEN_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """Shown once; only its hash is kept."""

    text: str
    expires_at: datetime


class IssueSetupToken:
    """Makes one more set-up token while there is no user, None afterwards.

    Each start makes its own, since none can be shown again; all are void once one was used.
    """

    def __init__(self, work: AuthWork) -> None:
        self._work = work

    async def __call__(self) -> IssuedToken | None:
        async with self._work as work:
            if await work.users.exist():
                return None
            token = OneTimeToken.new()
            until = work.started_at + SETUP_TOKEN_LIFE

            await work.setup_tokens.add(token.hash, until=until, at=work.started_at)

            await work.commit()
            return IssuedToken(token.text, until)


class SetUp:
    """Makes the first user an admin and signs them in; refused once there is any user."""

    def __init__(
        self,
        work: AuthWork,
        *,
        ids: IdSource,
        reader: AuthReader,
        passwords: NewPasswords,
        sessions: SessionTokens,
    ) -> None:
        self._work = work
        self._ids = ids
        self._reader = reader
        self._passwords = passwords
        self._sessions = sessions

    async def __call__(
        self,
        *,
        token: str,
        email: str,
        name: str,
        password: str,
        actor: Actor,
        user_agent: str | None = None,
    ) -> Grant:
        presented = OneTimeToken(token).hash
        await self._require_open(presented)
        accepted = await self._passwords.accepted(password, email=email, name=name)
        hashed = await self._passwords.hash(accepted)

        async with self._work as work:
            # Whoever takes the tokens first goes on; a second set-up waits here and finds a user.
            expiries = await work.setup_tokens.take_all()
            if await work.users.exist():
                raise SetupDone
            if presented not in expiries or expiries[presented] <= work.started_at:
                raise OneTimeTokenRefused

            now = work.started_at
            admin = _admin(self._ids.new(UserId), email=email, name=name, hashed=hashed, at=now)
            device = Device(address=actor.address, user_agent=user_agent)
            opened = self._sessions.begin(admin, device=device, at=now)

            work.users.add(admin)
            work.track(admin)
            await work.flush()
            work.sessions.add(opened.session)
            first = replace(actor, user_id=admin.id, role=admin.role, session_id=opened.session.id)
            _audit_created(work, admin, actor=first)
            work.audit(first, "session.started", opened.session.id)
            await work.commit()
        return await self._sessions.grant(opened, at=now)

    async def _require_open(self, presented: bytes) -> None:
        """Refuse before any costly hashing; it is asked again inside the transaction."""
        if await self._reader.users_exist():
            raise SetupDone
        if not await self._reader.setup_token_exists(presented):
            raise OneTimeTokenRefused


class CreateAdmin:
    """Makes an admin with a password, on the word of whoever may run programs on the server."""

    def __init__(self, work: AuthWork, *, ids: IdSource, passwords: NewPasswords) -> None:
        self._work = work
        self._ids = ids
        self._passwords = passwords

    async def __call__(self, *, email: str, name: str, password: str, actor: Actor) -> User:
        accepted = await self._passwords.accepted(password, email=email, name=name)
        hashed = await self._passwords.hash(accepted)

        async with self._work as work:
            now = work.started_at
            admin = _admin(self._ids.new(UserId), email=email, name=name, hashed=hashed, at=now)

            await work.setup_tokens.take_all()
            work.users.add(admin)
            work.track(admin)
            _audit_created(work, admin, actor=actor)
            await work.flush()
            await work.commit(admin)
            return admin


def _admin(identifier: UserId, *, email: str, name: str, hashed: str, at: datetime) -> User:
    admin = User.create(identifier, email=email, name=name, role=Role.ADMIN, at=at)
    admin.take_password(hashed, at=at)
    return admin


def _audit_created(work: AuthWork, user: User, *, actor: Actor) -> None:
    created = {field: (None, value) for field, value in user.snapshot().items()}
    redacted = (*PERSONAL_FIELDS, "password")
    work.audit(actor, "user.created", user.id, changes=created, redacted=redacted)
