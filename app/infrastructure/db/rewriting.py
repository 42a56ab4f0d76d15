"""Many rows written anew by one statement, each by its id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

_KEPT = ("id", "created_at")


async def rewrite(session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows that this transaction holds, in their order; all have the same columns."""
    if not rows:
        return
    columns = [name for name in rows[0] if name not in _KEPT]
    statement = (
        update(table)
        .where(table.c.id == bindparam("row_id", type_=table.c.id.type))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )
    connection: AsyncConnection = await session.connection()
    await connection.execute(
        statement,
        [{"row_id": row["id"], **{f"new_{name}": row[name] for name in columns}} for row in rows],
    )
