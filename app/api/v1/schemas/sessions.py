"""What is shown of sessions."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.api.v1.schemas.common import Schema, SessionIdField
from app.application.users.queries import SessionView
from app.domain.auth.device import device_label
from app.domain.common.identifiers import SessionId


class SessionOut(Schema):
    """An open session: one sign-in on one device."""

    id: SessionIdField
    device: str = Field(
        description="Browser and system, or the program's name for itself.",
        examples=["Firefox on Windows"],
    )
    user_agent: str | None
    address: str | None
    created_at: datetime
    last_used_at: datetime = Field(description="Signed in or refreshed last.")
    expires_at: datetime = Field(description="Ends then, unless it is used before.")
    current: bool = Field(description="The session of this very request.")

    @classmethod
    def of(cls, session: SessionView, *, current: SessionId | None) -> SessionOut:
        return cls(
            id=session.id,
            device=device_label(session.user_agent),
            user_agent=session.user_agent,
            address=session.address,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
            current=session.id == current,
        )
