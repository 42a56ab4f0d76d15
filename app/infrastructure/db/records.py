"""What a unit of work writes besides its entities: audit rows and events, one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.common.uow import AuditEntry
from app.domain.common.events import DomainEvent
from app.domain.common.identifiers import AuditId, EventId, IdSource
from app.infrastructure.db.plain import plain
from app.infrastructure.db.tables.foundation import audit_log, outbox


async def write_audit(
    session: AsyncSession, entries: Sequence[AuditEntry], *, at: datetime, ids: IdSource
) -> None:
    rows = [
        {
            "id": ids.new(AuditId),
            "at": at,
            "user_id": entry.actor.user_id,
            "role": entry.actor.role,
            "session_id": entry.actor.session_id,
            "token_id": entry.actor.token_id,
            "address": entry.actor.address,
            "trace_id": entry.actor.trace_id,
            "route": entry.actor.route,
            "action": entry.action,
            "object_kind": entry.object_kind,
            "object_id": entry.object_id,
            "changes": {
                field: {"before": plain(before), "after": plain(after)}
                for field, (before, after) in entry.changes.items()
            },
            "redacted": list(entry.redacted),
            "note": plain(entry.note),
        }
        for entry in entries
    ]
    if rows:
        await session.execute(insert(audit_log), rows)


async def write_events(
    session: AsyncSession, events: Sequence[DomainEvent], *, at: datetime, ids: IdSource
) -> None:
    rows = [
        {
            "id": ids.new(EventId),
            "name": event.name,
            "subject_id": event.subject,
            "payload": plain(event),
            "occurred_at": at,
        }
        for event in events
    ]
    if rows:
        await session.execute(insert(outbox), rows)
