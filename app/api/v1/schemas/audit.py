"""What the audit log shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from app.api.v1.schemas.common import AnyId, Schema, SessionIdField, UserIdField
from app.application.audit.queries import AuditView
from app.domain.auth.roles import Role


class AuditOut(Schema):
    """One line of the log. `changes` maps a field to its value before and after."""

    id: AnyId
    at: datetime
    user_id: UserIdField | None = Field(description="Null: nobody was signed in, or a program.")
    role: Role | None
    session_id: SessionIdField | None
    token_id: AnyId | None
    address: str | None
    trace_id: str
    route: str = Field(examples=["POST /api/v1/sales"])
    action: str = Field(examples=["product.updated"])
    object_kind: str
    object_id: AnyId | None
    changes: dict[str, Any]
    redacted: list[str] = Field(description="Fields that changed and whose values are not kept.")
    note: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditView) -> AuditOut:
        return cls(
            id=entry.id,
            at=entry.at,
            user_id=entry.user_id,
            role=None if entry.role is None else Role(entry.role),
            session_id=entry.session_id,
            token_id=entry.token_id,
            address=entry.address,
            trace_id=entry.trace_id,
            route=entry.route,
            action=entry.action,
            object_kind=entry.object_kind,
            object_id=entry.object_id,
            changes=dict(entry.changes),
            redacted=list(entry.redacted),
            note=dict(entry.note),
        )
