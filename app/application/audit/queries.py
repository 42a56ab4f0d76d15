"""What is read of the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.application.common.paging import Page, PageRequest
from app.domain.common.identifiers import AuditId, SessionId, TokenId, Ulid, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """One line: who did what to which thing, over which route, and what it changed."""

    id: AuditId
    at: datetime
    user_id: UserId | None
    role: str | None
    session_id: SessionId | None
    token_id: TokenId | None
    address: str | None
    trace_id: str
    route: str
    action: str
    object_kind: str
    object_id: Ulid | None
    changes: Mapping[str, object]
    redacted: Sequence[str]
    note: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """All that are given must hold; from `since` on, up to but without `until`."""

    user_id: UserId | None = None
    session_id: SessionId | None = None
    trace_id: str | None = None
    action: str | None = None
    object_kind: str | None = None
    object_id: Ulid | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditReader(Protocol):
    async def entries(self, page: PageRequest, *, where: AuditFilter) -> Page[AuditView]:
        """Return entries, the newest first."""
        ...
