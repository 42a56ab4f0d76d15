"""Who is asking: known to every use case that changes something, written on every audit row."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.auth.roles import PERMISSIONS, Permission, Role
from app.domain.common.errors import PermissionDenied
from app.domain.common.identifiers import SessionId, TokenId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom an access token belongs to, as the database knows it at this moment."""

    user_id: UserId
    role: Role
    session_id: SessionId
    token_id: TokenId


class MissingPermission(PermissionDenied):
    """The role of the caller does not carry the permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        super().__init__(f"This needs the permission {permission}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in user with the session and token of this request; or the program itself.

    `route` is `POST /api/v1/sales` for a request, `cli admin create` or `job import` otherwise.
    """

    user_id: UserId | None = None
    role: Role | None = None
    session_id: SessionId | None = None
    token_id: TokenId | None = None
    address: str | None = None
    trace_id: str
    route: str

    def may(self, permission: Permission) -> bool:
        return self.role is not None and permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Refuse with `MissingPermission` unless the role carries the permission."""
        if not self.may(permission):
            raise MissingPermission(permission)
