"""A session: what one sign-in on one device lives in, and the rotation of its refresh token.

Of a family of refresh tokens only the newest counts. Its direct parent is still taken for a few
seconds, since two tabs may refresh at once or an answer may be lost; both then get the same
successor. Anything older can only be a copy, and ends the session.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.common.identifiers import SessionId, UserId

GRACE = timedelta(seconds=10)
ADDRESS_LENGTH = 45
AGENT_LENGTH = 255


class Ending(StrEnum):
    """Why a session ended."""

    LOGOUT = "logout"
    LOGOUT_ALL = "logout_all"
    REUSE = "refresh_reuse"
    DEACTIVATED = "deactivated"
    PASSWORD = "password_changed"
    REVOKED = "revoked"


class Refreshed(StrEnum):
    """What came of a refresh token that belongs to the session."""

    ROTATED = "rotated"
    REPEATED = "repeated"
    REUSED = "reused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLife:
    """How long a session lasts unused, and at most."""

    idle: timedelta
    longest: timedelta


@dataclass(eq=False, kw_only=True)
class Session:
    """Holds the hashes of the newest refresh token and of its parent, nothing older."""

    id: SessionId
    user_id: UserId
    refresh_hash: bytes
    parent_hash: bytes | None
    rotated_at: datetime | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ending: Ending | None
    address: str | None
    user_agent: str | None

    @classmethod
    def begin(
        cls,
        identifier: SessionId,
        *,
        user_id: UserId,
        refresh_hash: bytes,
        life: SessionLife,
        at: datetime,
        address: str | None = None,
        user_agent: str | None = None,
    ) -> Session:
        return cls(
            id=identifier,
            user_id=user_id,
            refresh_hash=refresh_hash,
            parent_hash=None,
            rotated_at=None,
            created_at=at,
            last_used_at=at,
            expires_at=at + min(life.idle, life.longest),
            ended_at=None,
            ending=None,
            address=None if address is None else address[:ADDRESS_LENGTH],
            user_agent=None if user_agent is None else user_agent[:AGENT_LENGTH],
        )

    def is_open(self, *, at: datetime) -> bool:
        return self.ended_at is None and at < self.expires_at

    def refresh(
        self, presented: bytes, *, successor: bytes, life: SessionLife, at: datetime
    ) -> Refreshed:
        """Take the hash of a token that was once given to this session; reuse ends it."""
        if not self.is_open(at=at):
            return Refreshed.ENDED
        if hmac.compare_digest(presented, self.refresh_hash):
            self.parent_hash, self.refresh_hash = presented, successor
            self.rotated_at = self.last_used_at = at
            self.expires_at = min(at + life.idle, self.created_at + life.longest)
            return Refreshed.ROTATED
        if self._is_parent(presented) and self._in_grace(at):
            return Refreshed.REPEATED
        self.end(Ending.REUSE, at=at)
        return Refreshed.REUSED

    def end(self, ending: Ending, *, at: datetime) -> None:
        """Close the session for good; its first ending stands."""
        if self.ended_at is None:
            self.ended_at, self.ending = at, ending

    def _is_parent(self, presented: bytes) -> bool:
        return self.parent_hash is not None and hmac.compare_digest(presented, self.parent_hash)

    def _in_grace(self, at: datetime) -> bool:
        return self.rotated_at is not None and at - self.rotated_at <= GRACE
