"""Write side of accounts. Rows are held FOR UPDATE; SQLite has one writer and needs no locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.auth.roles import Role
from app.domain.auth.session import Ending, Session
from app.domain.auth.signing import KeyState, SigningKey
from app.domain.auth.user import User
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import SessionId, UserId
from app.infrastructure.db.tables.auth import sessions, setup_tokens, signing_keys, users


class SqlUserRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def hold(self, identifier: UserId) -> User:
        user = await self._hold(users.c.id == identifier)
        if user is None:
            raise NotFound.of(UserId.kind, identifier)
        return user

    async def find(self, identifier: UserId) -> User | None:
        return await self._session.get(User, identifier)

    async def hold_by_email(self, email_key: str) -> User | None:
        return await self._hold(users.c.email_key == email_key)

    async def hold_by_token(self, token_hash: bytes) -> User | None:
        return await self._hold(users.c.token_hash == token_hash)

    async def hold_admins(self) -> frozenset[UserId]:
        # One order for everybody, so that two changes of admins wait instead of deadlocking.
        found = await self._session.scalars(
            select(users.c.id)
            .where(
                users.c.role == Role.ADMIN,
                users.c.active,
                users.c.password_hash.is_not(None),
            )
            .order_by(users.c.id)
            .with_for_update()
        )
        return frozenset(found)

    async def exist(self) -> bool:
        return bool(await self._session.scalar(select(exists().select_from(users))))

    def add(self, user: User) -> None:
        self._session.add(user)

    async def _hold(self, condition: ColumnElement[bool]) -> User | None:
        found = await self._session.scalars(select(User).where(condition).with_for_update())
        return found.one_or_none()


class SqlSessionRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def hold(self, identifier: SessionId) -> Session | None:
        return await self._session.get(Session, identifier, with_for_update=True)

    def add(self, session: Session) -> None:
        self._session.add(session)

    async def end(self, identifier: SessionId, *, ending: Ending, at: datetime) -> bool:
        return await self._end(sessions.c.id == identifier, ending=ending, at=at) == 1

    async def end_all(
        self, user_id: UserId, *, ending: Ending, at: datetime, keep: SessionId | None = None
    ) -> int:
        which = sessions.c.user_id == user_id
        if keep is not None:
            which &= sessions.c.id != keep
        return await self._end(which, ending=ending, at=at)

    async def addresses_of(self, email_key: str) -> Sequence[str]:
        found = await self._session.scalars(
            select(sessions.c.address)
            .join_from(sessions, users, sessions.c.user_id == users.c.id)
            .where(users.c.email_key == email_key, sessions.c.address.is_not(None))
            .distinct()
        )
        return list(found)

    async def _end(self, which: ColumnElement[bool], *, ending: Ending, at: datetime) -> int:
        ended = await self._session.scalars(
            update(sessions)
            .where(which, sessions.c.ended_at.is_(None))
            .values(ended_at=at, ending=ending)
            .returning(sessions.c.id)
        )
        return len(ended.all())


class SqlSetupTokenRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, token_hash: bytes, *, until: datetime, at: datetime) -> None:
        await self._session.execute(delete(setup_tokens).where(setup_tokens.c.expires_at <= at))
        await self._session.execute(
            insert(setup_tokens).values(token_hash=token_hash, created_at=at, expires_at=until)
        )

    async def take_all(self) -> Mapping[bytes, datetime]:
        taken = await self._session.execute(
            delete(setup_tokens).returning(setup_tokens.c.token_hash, setup_tokens.c.expires_at)
        )
        return {row.token_hash: row.expires_at for row in taken}


class SqlSigningKeyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def hold_all(self) -> list[SigningKey]:
        if self._session.get_bind().dialect.name == "postgresql":
            # Row locks would not hold back a first key, of which there is no row yet.
            await self._session.execute(text("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"))
        found = await self._session.scalars(
            select(SigningKey)
            .where(signing_keys.c.state != KeyState.REVOKED)
            .order_by(signing_keys.c.id)
        )
        return list(found)

    def add(self, key: SigningKey) -> None:
        self._session.add(key)
