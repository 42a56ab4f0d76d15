"""Tries of passwords, counted by key; rows are held in the order of keys, one order for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.auth.throttle import FORGOTTEN_AFTER, Tries
from app.infrastructure.db.tables.auth import login_tries

_REMOVED_AT_ONCE = 200


class SqlTryRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def hold(self, keys: Iterable[bytes]) -> Mapping[bytes, Tries]:
        wanted = sorted(keys)
        dialect = postgresql if self._session.get_bind().dialect.name == "postgresql" else sqlite
        # A row that is not there yet cannot be held: make it first.
        await self._session.execute(
            dialect.insert(login_tries)
            .values([{"key": key, "failures": 0} for key in wanted])
            .on_conflict_do_nothing()
        )
        found = await self._session.execute(
            select(login_tries)
            .where(login_tries.c.key.in_(wanted))
            .order_by(login_tries.c.key)
            .with_for_update()
        )
        return {row.key: Tries(row.failures, row.last_at, row.paused_until) for row in found}

    async def save(self, tries: Mapping[bytes, Tries]) -> None:
        connection = await self._session.connection()
        await connection.execute(
            update(login_tries).where(login_tries.c.key == bindparam("of")),
            [
                {
                    "of": key,
                    "failures": each.failures,
                    "last_at": each.last_at,
                    "paused_until": each.paused_until,
                }
                for key, each in sorted(tries.items())
            ],
        )

    async def forget_old(self, *, at: datetime) -> None:
        old = (
            select(login_tries.c.key)
            .where(login_tries.c.last_at < at - FORGOTTEN_AFTER)
            .limit(_REMOVED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        await self._session.execute(delete(login_tries).where(login_tries.c.key.in_(old)))
