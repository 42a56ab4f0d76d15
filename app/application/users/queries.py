"""What is read of users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from app.application.common.paging import Page, PageRequest
from app.domain.auth.roles import Role
from app.domain.auth.user import User
from app.domain.common.identifiers import SessionId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """`has_password` is False for someone who was invited and has not come yet."""

    id: UserId
    email: str
    name: str
    role: Role
    active: bool
    has_password: bool
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            role=user.role,
            active=user.active,
            has_password=user.password_hash is not None,
            created_at=user.created_at,
            updated_at=user.updated_at,
            version=user.version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """All that are given must hold."""

    role: Role | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """An open session; `last_used_at` is its sign-in or its last refresh."""

    id: SessionId
    user_agent: str | None
    address: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


class UserReader(Protocol):
    async def user(self, identifier: UserId) -> UserView:
        """Return the user; `NotFound` otherwise."""
        ...

    async def users(self, page: PageRequest, *, where: UserFilter) -> Page[UserView]:
        """Return users in the order in which they were made."""
        ...

    async def sessions(self, page: PageRequest, *, of: UserId, at: datetime) -> Page[SessionView]:
        """Return the user's sessions that are open at that moment, the newest first."""
        ...
