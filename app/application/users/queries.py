"""What is read of users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from app.application.common.paging import Page, PageRequest
from app.domain.auth.roles import Role
from app.domain.auth.user import User
from app.domain.common.identifiers import UserId


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


class UserReader(Protocol):
    async def user(self, identifier: UserId) -> UserView:
        """Return the user; `NotFound` otherwise."""
        ...

    async def users(self, page: PageRequest, *, where: UserFilter) -> Page[UserView]:
        """Return users in the order in which they were made."""
        ...
