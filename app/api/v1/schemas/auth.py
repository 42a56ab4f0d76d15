"""What goes in and out when people sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.api.v1.schemas.common import Schema, SessionIdField, UserIdField
from app.application.auth.sessions import Grant
from app.application.users.queries import UserView
from app.domain.auth.email import EMAIL_LENGTH
from app.domain.auth.password import LEAST_LENGTH, MOST_LENGTH
from app.domain.auth.roles import PERMISSIONS, Permission, Role
from app.domain.auth.user import NAME_LENGTH
from app.domain.common.identifiers import SessionId

# Longer than any that can be set: a pasted text is answered, a flood is not hashed.
_TYPED_LENGTH = 1024
_TOKEN_LENGTH = 200

EmailIn = Annotated[str, Field(min_length=3, max_length=EMAIL_LENGTH, examples=["ada@example.com"])]
NameIn = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, examples=["Ada Lovelace"])]
NewPassword = Annotated[
    str,
    Field(
        max_length=_TYPED_LENGTH,
        examples=["four brown ducks at noon"],
        description=f"{LEAST_LENGTH} to {MOST_LENGTH} characters of any kind.",
    ),
]
TokenIn = Annotated[str, Field(min_length=1, max_length=_TOKEN_LENGTH)]


class SetupIn(Schema):
    token: TokenIn = Field(description="The one-time set-up token that the server printed.")
    email: EmailIn
    name: NameIn
    password: NewPassword


class LoginIn(Schema):
    email: str = Field(max_length=EMAIL_LENGTH, examples=["ada@example.com"])
    password: str = Field(max_length=_TYPED_LENGTH, examples=["four brown ducks at noon"])


class RefreshIn(Schema):
    refresh_token: TokenIn


class PasswordIn(Schema):
    token: TokenIn = Field(description="The one-time token of an invitation or a reset.")
    password: NewPassword


class RegisterIn(Schema):
    email: EmailIn
    name: NameIn


class ResetIn(Schema):
    email: EmailIn


class OwnPasswordIn(Schema):
    password: str = Field(
        max_length=_TYPED_LENGTH,
        description="The present one.",
        examples=["four brown ducks at noon"],
    )
    new_password: NewPassword


class MeOut(Schema):
    """The caller and what they may do at this moment."""

    id: UserIdField
    email: str
    name: str
    role: Role
    permissions: list[Permission]
    session_id: SessionIdField

    @classmethod
    def of(cls, user: UserView, *, session_id: SessionId) -> MeOut:
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            role=user.role,
            permissions=sorted(PERMISSIONS[user.role]),
            session_id=session_id,
        )


class SignedInOut(Schema):
    """Send `access_token` as `Authorization: Bearer …`; trade the refresh token in before it ends.

    Each refresh token counts once: keep the one of the newest answer.
    """

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime
    user: MeOut

    @classmethod
    def of(cls, grant: Grant) -> SignedInOut:
        return cls(
            access_token=grant.access_token,
            access_expires_at=grant.access_expires_at,
            refresh_token=grant.refresh_token,
            refresh_expires_at=grant.refresh_expires_at,
            user=MeOut.of(UserView.of(grant.user), session_id=grant.session_id),
        )


class JwkOut(Schema):
    """A public key, after RFC 7517."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    kid: str
    use: Literal["sig"]
    alg: Literal["ES256"]


class JwksOut(Schema):
    keys: list[JwkOut]
