"""Stored answers: the row of a key is written first, so a twin waits for it or finds the answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.common.answers import (
    KEPT_FOR,
    AlreadyAnswered,
    Answer,
    IdempotencyInProgress,
    IdempotencyMismatch,
    Ticket,
)
from app.application.common.retry import TransactionAborted
from app.infrastructure.db.constraints import lock_timed_out
from app.infrastructure.db.tables.foundation import idempotency_keys as keys


async def claim(session: AsyncSession, ticket: Ticket, *, now: datetime) -> None:
    """Take the key for this transaction, or raise what became of the request that had it before.

    On Postgres a second request waits here until the first one ends; on SQLite it waited for the
    write lock. A key that is older than `KEPT_FOR` counts as new.
    """
    values = {
        "scope": ticket.scope,
        "key": ticket.key,
        "fingerprint": ticket.fingerprint,
        "created_at": now,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(keys).values(values)
    statement = insert.on_conflict_do_update(
        index_elements=[keys.c.scope, keys.c.key],
        set_={
            "fingerprint": insert.excluded.fingerprint,
            "created_at": insert.excluded.created_at,
            "status": None,
            "headers": None,
            "body": None,
        },
        where=keys.c.created_at < now - KEPT_FOR,
    ).returning(keys.c.key)
    try:
        taken = await session.scalar(statement)
    except DBAPIError as error:
        if lock_timed_out(error):
            raise IdempotencyInProgress from error
        raise
    if taken is None:
        raise await _outcome_of_the_first(session, ticket)


async def _outcome_of_the_first(session: AsyncSession, ticket: Ticket) -> Exception:
    found = await session.execute(
        select(keys.c.fingerprint, keys.c.status, keys.c.headers, keys.c.body).where(
            keys.c.scope == ticket.scope, keys.c.key == ticket.key
        )
    )
    first = found.one_or_none()
    if first is None:  # removed for its age between the two statements
        return TransactionAborted()
    if first.fingerprint != ticket.fingerprint:
        return IdempotencyMismatch("This Idempotency-Key was sent with another request before.")
    return AlreadyAnswered(Answer(first.status, first.body, first.headers))


async def store(session: AsyncSession, ticket: Ticket, answer: Answer) -> None:
    await session.execute(
        update(keys)
        .where(keys.c.scope == ticket.scope, keys.c.key == ticket.key)
        .values(status=answer.status, headers=dict(answer.headers), body=answer.body)
    )
