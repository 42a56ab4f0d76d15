"""Read side of users."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.application.common.paging import Page, PageRequest
from app.application.users.queries import SessionView, UserFilter, UserView
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import UserId
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.auth import sessions, users

_COLUMNS = (
    users.c.id,
    users.c.email,
    users.c.name,
    users.c.role,
    users.c.active,
    users.c.password_hash.is_not(None).label("has_password"),
    users.c.created_at,
    users.c.updated_at,
    users.c.version,
)
_SESSION_COLUMNS = (
    sessions.c.id,
    sessions.c.user_agent,
    sessions.c.address,
    sessions.c.created_at,
    sessions.c.last_used_at,
    sessions.c.expires_at,
)


class SqlUserReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def user(self, identifier: UserId) -> UserView:
        async with self._reads.connection() as connection:
            found = await connection.execute(select(*_COLUMNS).where(users.c.id == identifier))
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(UserId.kind, identifier)
        return UserView(**row)

    async def users(self, page: PageRequest, *, where: UserFilter) -> Page[UserView]:
        query = select(*_COLUMNS)
        if where.role is not None:
            query = query.where(users.c.role == where.role)
        if where.active is not None:
            query = query.where(users.c.active.is_(where.active))
        async with self._reads.connection() as connection:
            return await read_page(
                connection, query, [users.c.id], page, make=lambda row: UserView(**row)
            )

    async def sessions(self, page: PageRequest, *, of: UserId, at: datetime) -> Page[SessionView]:
        query = select(*_SESSION_COLUMNS).where(
            sessions.c.user_id == of,
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > at,
        )
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                query,
                [sessions.c.id],
                page,
                make=lambda row: SessionView(**row),
                descending=True,
            )
