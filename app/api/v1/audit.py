"""The audit log: who did what, when, from where."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.api.deps import ServicesDep, requires
from app.api.errors import InvalidCursor, errors
from app.api.pages import PageDep, PageOut
from app.api.v1.schemas.audit import AuditOut
from app.api.v1.schemas.common import AnyId, Instant, SessionIdField, UserIdField
from app.application.audit.queries import AuditFilter
from app.application.common.actor import Actor
from app.domain.auth.roles import Permission

router = APIRouter(prefix="/audit", tags=["audit"])


async def audit_filter(
    user_id: Annotated[UserIdField | None, Query(description="Who did it.")] = None,
    session_id: Annotated[SessionIdField | None, Query(description="In which session.")] = None,
    trace_id: Annotated[
        str | None,
        Query(pattern="^[0-9A-Za-z_-]{8,64}$", description="In which request or job."),
    ] = None,
    action: Annotated[
        str | None,
        Query(pattern="^[a-z_]{1,31}[.][a-z_]{1,31}$", examples=["product.updated"]),
    ] = None,
    object_kind: Annotated[str | None, Query(pattern="^[a-z_]{1,40}$")] = None,
    object_id: Annotated[AnyId | None, Query(description="To what.")] = None,
    since: Annotated[Instant | None, Query(description="At or after.")] = None,
    until: Annotated[Instant | None, Query(description="Before.")] = None,
) -> AuditFilter:
    """All that are given must hold."""
    return AuditFilter(
        user_id=user_id,
        session_id=session_id,
        trace_id=trace_id,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        since=since,
        until=until,
    )


@router.get("", summary="Read the audit log", responses=errors(InvalidCursor))
async def read_audit(
    _: Annotated[Actor, requires(Permission.AUDIT_READ)],
    services: ServicesDep,
    page: PageDep,
    where: Annotated[AuditFilter, Depends(audit_filter)],
) -> PageOut[AuditOut]:
    """The newest first. Lines are never changed or removed, by the database itself."""
    return page.out(await services.audit.entries(page.request(), where=where), AuditOut.of)
