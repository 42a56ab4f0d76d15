"""Begin a session and give out its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.application.auth.ports import AccessTokens, Claims
from app.application.auth.secrets import RefreshToken, RefreshTokens
from app.domain.auth.session import Session, SessionLife
from app.domain.auth.user import User
from app.domain.common.identifiers import IdSource, SessionId, TokenId


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a client says of itself; only shown, never trusted."""

    address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session with the refresh token to give out, and the id that the access token will have."""

    session: Session
    user: User
    refresh: RefreshToken
    token_id: TokenId


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a signed-in client gets: a short access token and a refresh token for the next one."""

    user: User
    session_id: SessionId
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


class SessionTokens:
    """Signing an access token may read the key ring, so it is done outside transactions."""

    def __init__(
        self,
        *,
        access: AccessTokens,
        refresh: RefreshTokens,
        life: SessionLife,
        ids: IdSource,
    ) -> None:
        self._access = access
        self._refresh = refresh
        self._ids = ids
        self.life = life

    def begin(self, user: User, *, device: Device, at: datetime) -> Opened:
        identifier = self._ids.new(SessionId)
        refresh = self._refresh.first(identifier)
        session = Session.begin(
            identifier,
            user_id=user.id,
            refresh_hash=refresh.hash,
            life=self.life,
            at=at,
            address=device.address,
            user_agent=device.user_agent,
        )
        return self.opened(session, user, refresh)

    def read(self, text: str) -> RefreshToken:
        """Return a refresh token that we once gave out; `RefreshRefused` otherwise."""
        return self._refresh.read(text)

    def successor(self, token: RefreshToken) -> RefreshToken:
        return self._refresh.successor(token)

    def opened(self, session: Session, user: User, refresh: RefreshToken) -> Opened:
        return Opened(session=session, user=user, refresh=refresh, token_id=self._ids.new(TokenId))

    async def grant(self, opened: Opened, *, at: datetime) -> Grant:
        session = opened.session
        claims = Claims(user_id=opened.user.id, session_id=session.id, token_id=opened.token_id)
        access = await self._access.issue(claims, at=at)
        return Grant(
            user=opened.user,
            session_id=session.id,
            access_token=access.text,
            access_expires_at=access.expires_at,
            refresh_token=opened.refresh.text,
            refresh_expires_at=session.expires_at,
        )
