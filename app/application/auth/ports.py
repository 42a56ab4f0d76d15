"""What accounts and sessions need from storage and from cryptography."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.application.common.actor import Identity
from app.application.common.uow import UnitOfWork
from app.domain.auth.session import Ending, Session
from app.domain.auth.signing import SigningKey
from app.domain.auth.throttle import Tries
from app.domain.auth.user import User
from app.domain.common.identifiers import SessionId, TokenId, UserId


class UserRepository(Protocol):
    async def hold(self, identifier: UserId) -> User:
        """Return the user, whom nobody else can change before this ends; `NotFound` otherwise."""
        ...

    async def find(self, identifier: UserId) -> User | None: ...

    async def hold_by_email(self, email_key: str) -> User | None: ...

    async def hold_by_token(self, token_hash: bytes) -> User | None: ...

    async def hold_admins(self) -> frozenset[UserId]:
        """Return who could sign in as admin, and hold them all: two demotions cannot pass."""
        ...

    async def exist(self) -> bool:
        """Tell whether there is any user."""
        ...

    def add(self, user: User) -> None: ...


class SessionRepository(Protocol):
    async def hold(self, identifier: SessionId) -> Session | None:
        """Return the session, which nobody else can change before this ends."""
        ...

    def add(self, session: Session) -> None: ...

    async def end(self, identifier: SessionId, *, ending: Ending, at: datetime) -> bool:
        """End the session; False when it had ended before."""
        ...

    async def end_all(
        self, user_id: UserId, *, ending: Ending, at: datetime, keep: SessionId | None = None
    ) -> int:
        """End all open sessions of the user but `keep` and return how many there were."""
        ...

    async def addresses_of(self, email_key: str) -> Sequence[str]:
        """Return from where the user of that address has signed in, ended sessions included."""
        ...


class TryRepository(Protocol):
    async def hold(self, keys: Iterable[bytes]) -> Mapping[bytes, Tries]:
        """Return what is counted for each key; nobody else counts there before this ends."""
        ...

    async def save(self, tries: Mapping[bytes, Tries]) -> None: ...

    async def forget_old(self, *, at: datetime) -> None:
        """Remove some of what no longer counts."""
        ...


class SetupTokenRepository(Protocol):
    async def add(self, token_hash: bytes, *, until: datetime, at: datetime) -> None:
        """Keep one more; those that have expired go."""
        ...

    async def take_all(self) -> Mapping[bytes, datetime]:
        """Remove all and return when each expires; a second caller waits, then finds none."""
        ...


class SigningKeyRepository(Protocol):
    async def hold_all(self) -> list[SigningKey]:
        """Return all keys but the revoked ones; nobody else can change the ring meanwhile."""
        ...

    def add(self, key: SigningKey) -> None: ...


class AuthWork(UnitOfWork, Protocol):
    @property
    def users(self) -> UserRepository: ...

    @property
    def sessions(self) -> SessionRepository: ...

    @property
    def tries(self) -> TryRepository: ...

    @property
    def setup_tokens(self) -> SetupTokenRepository: ...

    @property
    def signing_keys(self) -> SigningKeyRepository: ...


class PasswordHasher(Protocol):
    """Each call costs one run of the hash function, whatever the outcome."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Compare; without a hash the same work is done and the answer is False."""
        ...

    def is_outdated(self, hashed: str) -> bool:
        """Tell whether the hash was made with other parameters than are in use now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What an access token says: who and which session, never what they may do."""

    user_id: UserId
    session_id: SessionId
    token_id: TokenId


class AccessTokens(Protocol):
    async def issue(self, claims: Claims, *, at: datetime) -> AccessToken: ...

    async def read(self, text: str, *, at: datetime) -> Claims:
        """Return the claims of a genuine, unexpired token; `Unauthenticated` otherwise."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A new signing key: thumbprint, public part, and the private part encrypted."""

    kid: str
    public_jwk: Mapping[str, str]
    private_box: bytes


class KeyMaker(Protocol):
    def make(self) -> KeyPair: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    user_id: UserId
    password_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Who may choose a password by one-time token."""

    email: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is about to change their password."""

    email: str
    name: str
    password_hash: str | None


class AuthReader(Protocol):
    async def identity(self, claims: Claims, *, at: datetime) -> Identity | None:
        """Return whose open session it is and what they may do now: one indexed statement."""
        ...

    async def credentials(self, email_key: str) -> Credentials | None: ...

    async def newcomer(self, token_hash: bytes) -> Newcomer | None:
        """Return whose one-time token it is; whether it still counts, the transaction asks."""
        ...

    async def person(self, user_id: UserId) -> Person:
        """Return the user; `NotFound` otherwise."""
        ...

    async def shop_name(self) -> str: ...

    async def users_exist(self) -> bool: ...

    async def setup_token_exists(self, token_hash: bytes) -> bool: ...

    async def signing_keys(self) -> list[SigningKey]:
        """Return all keys but the revoked ones, detached from storage."""
        ...
