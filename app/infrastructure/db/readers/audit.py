"""Read side of the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, select

from app.application.audit.queries import AuditFilter, AuditView
from app.application.common.paging import Page, PageRequest
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.foundation import audit_log


class SqlAuditReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def entries(self, page: PageRequest, *, where: AuditFilter) -> Page[AuditView]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                select(audit_log).where(*_conditions(where)),
                _order(where),
                page,
                make=lambda row: AuditView(**row),
                descending=True,
            )


def _order(where: AuditFilter) -> list[ColumnElement[Any]]:
    """Identifiers sort by time too, and end every index; a span of time has an index of its own."""
    if where.since is None and where.until is None:
        return [audit_log.c.id]
    return [audit_log.c.at, audit_log.c.id]


def _conditions(where: AuditFilter) -> Iterator[ColumnElement[bool]]:
    equal = {
        audit_log.c.user_id: where.user_id,
        audit_log.c.session_id: where.session_id,
        audit_log.c.trace_id: where.trace_id,
        audit_log.c.action: where.action,
        audit_log.c.object_kind: where.object_kind,
        audit_log.c.object_id: where.object_id,
    }
    for column, value in equal.items():
        if value is not None:
            yield column == value
    if where.since is not None:
        yield audit_log.c.at >= where.since
    if where.until is not None:
        yield audit_log.c.at < where.until
