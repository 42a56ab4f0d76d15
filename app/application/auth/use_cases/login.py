"""Sign in, stay signed in, sign out."""

from __future__ import annotations

from dataclasses import replace

from app.application.auth.ports import AuthReader, AuthWork, Credentials, PasswordHasher
from app.application.auth.sessions import Device, Grant, Opened, SessionTokens
from app.application.auth.use_cases.throttle import Throttle, forgive
from app.application.common.actor import Actor
from app.domain.auth.email import email_key
from app.domain.auth.errors import LoginRefused, RefreshRefused
from app.domain.auth.password import normalised
from app.domain.auth.session import Ending, Refreshed
from app.domain.auth.user import User
from app.domain.common.identifiers import UserId


class Login:
    """Begins a session for the right password.

    Unknown address, wrong password and closed account take the same way: one try counted, one
    reading, one run of the hash function, one transaction with one audit row, one answer. While
    tries are too many none of them is looked at.
    """

    def __init__(
        self,
        work: AuthWork,
        *,
        reader: AuthReader,
        passwords: PasswordHasher,
        sessions: SessionTokens,
        throttle: Throttle,
    ) -> None:
        self._work = work
        self._throttle = throttle
        self._reader = reader
        self._passwords = passwords
        self._sessions = sessions

    async def __call__(
        self, *, email: str, password: str, actor: Actor, user_agent: str | None = None
    ) -> Grant:
        address, plain = email_key(email), normalised(password)
        attempt = self._throttle.attempt(address, actor.address)
        await self._throttle.take(attempt)
        known = await self._reader.credentials(address)
        matches = await self._passwords.verify(known.password_hash if known else None, plain)
        renewed = await self._renewed(known, plain) if matches else None
        device = Device(address=actor.address, user_agent=user_agent)
        opened: Opened | None = None

        async with self._work as work:
            user = await work.users.hold_by_email(address)
            reason = _reason_to_refuse(user, known, matches=matches)

            if user is None or reason is not None:
                note = {"reason": reason}
                work.audit(actor, "user.login_refused", user.id if user else None, note=note)
            else:
                if renewed is not None:
                    user.password_hash = renewed
                await forgive(attempt, work)
                opened = self._sessions.begin(user, device=device, at=work.started_at)
                work.sessions.add(opened.session)
                work.audit(_acting(actor, opened), "session.started", opened.session.id)

            await work.commit()
        if opened is None:
            raise LoginRefused
        return await self._sessions.grant(opened, at=opened.session.last_used_at)

    async def _renewed(self, known: Credentials | None, plain: str) -> str | None:
        """Hash again when the parameters have grown since the password was set."""
        hashed = known.password_hash if known else None
        if hashed is None or not self._passwords.is_outdated(hashed):
            return None
        return await self._passwords.hash(plain)


class Refresh:
    """Gives a session its next tokens.

    The newest refresh token is followed by its successor; its direct parent, shown again within
    the grace, gets that same successor; any older one is a stolen copy and ends the session.
    """

    def __init__(self, work: AuthWork, *, sessions: SessionTokens) -> None:
        self._work = work
        self._sessions = sessions

    async def __call__(self, token: str, *, actor: Actor) -> Grant:
        presented = self._sessions.read(token)
        successor = self._sessions.successor(presented)

        async with self._work as work:
            session = await work.sessions.hold(presented.session_id)
            user = await work.users.find(session.user_id) if session else None
            if session is None or user is None or not user.can_sign_in:
                raise RefreshRefused

            now = work.started_at
            outcome = session.refresh(
                presented.hash, successor=successor.hash, life=self._sessions.life, at=now
            )

            opened = self._sessions.opened(session, user, successor)
            if outcome is Refreshed.REUSED:
                culprit = replace(actor, user_id=user.id, role=user.role, session_id=session.id)
                work.audit(culprit, "session.refresh_reused", session.id)
            await work.commit()
        if outcome in {Refreshed.REUSED, Refreshed.ENDED}:
            raise RefreshRefused
        return await self._sessions.grant(opened, at=now)


class Logout:
    """Ends the session of the caller; its tokens count no more from the next request on."""

    def __init__(self, work: AuthWork) -> None:
        self._work = work

    async def __call__(self, *, actor: Actor) -> None:
        async with self._work as work:
            if actor.session_id is not None and await work.sessions.end(
                actor.session_id, ending=Ending.LOGOUT, at=work.started_at
            ):
                note = {"ending": Ending.LOGOUT}
                work.audit(actor, "session.ended", actor.session_id, note=note)
            await work.commit()


class LogoutAll:
    """Ends every session of the caller, on all devices."""

    def __init__(self, work: AuthWork) -> None:
        self._work = work

    async def __call__(self, *, actor: Actor) -> None:
        async with self._work as work:
            user_id = actor.user_id
            if user_id is not None:
                await _end_all(work, user_id, actor=actor)
            await work.commit()


async def _end_all(work: AuthWork, user_id: UserId, *, actor: Actor) -> None:
    ended = await work.sessions.end_all(user_id, ending=Ending.LOGOUT_ALL, at=work.started_at)
    work.audit(actor, "user.logged_out", user_id, note={"sessions": ended})


def _reason_to_refuse(user: User | None, known: Credentials | None, *, matches: bool) -> str | None:
    """Return why, for the audit log alone; None when all is well.

    What was read before the hashing may have changed since: a new password or a closed account
    that came between counts.
    """
    if user is None or known is None:
        return "unknown_address"
    if not user.active:
        return "deactivated"
    if not matches or user.password_hash != known.password_hash:
        return "wrong_password"
    return None


def _acting(actor: Actor, opened: Opened) -> Actor:
    """Return the actor as the user who has just signed in."""
    return replace(
        actor,
        user_id=opened.user.id,
        role=opened.user.role,
        session_id=opened.session.id,
        token_id=opened.token_id,
    )
