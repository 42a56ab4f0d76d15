"""What goes in and out about users."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.api.v1.schemas.auth import EmailIn, NameIn
from app.api.v1.schemas.common import Schema, UserIdField
from app.application.users.queries import UserView
from app.application.users.use_cases.invite import Invited
from app.domain.auth.roles import Role


class UserIn(Schema):
    email: EmailIn
    name: NameIn
    role: Role


class UserPatch(Schema):
    """What is absent stays as it is."""

    name: NameIn | None = None
    role: Role | None = None


class UserOut(Schema):
    id: UserIdField
    email: str
    name: str
    role: Role
    active: bool
    has_password: bool = Field(description="False until an invited user has chosen a password.")
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, user: UserView) -> UserOut:
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            role=user.role,
            active=user.active,
            has_password=user.has_password,
            created_at=user.created_at,
            updated_at=user.updated_at,
            version=user.version,
        )


class InvitationOut(Schema):
    """The token lets the user choose a password. It went by mail, or is shown this once."""

    user: UserOut
    mailed: bool = Field(description="True: the token went to the user and is not shown.")
    token: str | None = Field(description="Pass it on; null when it was mailed.")
    expires_at: datetime

    @classmethod
    def of(cls, invited: Invited, *, mailed: bool) -> InvitationOut:
        return cls(
            user=UserOut.of(UserView.of(invited.user)),
            mailed=mailed,
            token=None if mailed else invited.token.text,
            expires_at=invited.token.expires_at,
        )
