"""Read side of accounts: what one request needs to know who is calling."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from app.application.auth.ports import Claims, Credentials, Newcomer, Person
from app.application.common.actor import Identity
from app.domain.auth.signing import KeyState, SigningKey
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import UserId
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.auth import sessions, setup_tokens, signing_keys, users
from app.infrastructure.db.tables.shop import shop


class SqlAuthReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def identity(self, claims: Claims, *, at: datetime) -> Identity | None:
        query = (
            select(users.c.role)
            .join_from(sessions, users, sessions.c.user_id == users.c.id)
            .where(
                sessions.c.id == claims.session_id,
                users.c.id == claims.user_id,
                sessions.c.ended_at.is_(None),
                sessions.c.expires_at > at,
                users.c.active,
            )
        )
        async with self._reads.connection() as connection:
            role = await connection.scalar(query)
        if role is None:
            return None
        return Identity(
            user_id=claims.user_id,
            role=role,
            session_id=claims.session_id,
            token_id=claims.token_id,
        )

    async def credentials(self, email_key: str) -> Credentials | None:
        query = select(users.c.id, users.c.password_hash).where(users.c.email_key == email_key)
        async with self._reads.connection() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Credentials(user_id=row.id, password_hash=row.password_hash)

    async def newcomer(self, token_hash: bytes) -> Newcomer | None:
        query = select(users.c.email, users.c.name).where(users.c.token_hash == token_hash)
        async with self._reads.connection() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Newcomer(email=row.email, name=row.name)

    async def person(self, user_id: UserId) -> Person:
        query = select(users.c.email, users.c.name, users.c.password_hash).where(
            users.c.id == user_id
        )
        async with self._reads.connection() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            raise NotFound.of(UserId.kind, user_id)
        return Person(**row)

    async def shop_name(self) -> str:
        async with self._reads.connection() as connection:
            return str(await connection.scalar(select(shop.c.name)))

    async def users_exist(self) -> bool:
        async with self._reads.connection() as connection:
            return bool(await connection.scalar(select(exists().select_from(users))))

    async def setup_token_exists(self, token_hash: bytes) -> bool:
        query = select(exists().where(setup_tokens.c.token_hash == token_hash))
        async with self._reads.connection() as connection:
            return bool(await connection.scalar(query))

    async def signing_keys(self) -> list[SigningKey]:
        query = (
            select(signing_keys)
            .where(signing_keys.c.state != KeyState.REVOKED)
            .order_by(signing_keys.c.id)
        )
        async with self._reads.connection() as connection:
            found = await connection.execute(query)
        return [SigningKey(**row) for row in found.mappings()]
