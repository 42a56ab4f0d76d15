"""The composition root: the only place that knows every implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.api.main import create_api
from app.application.common.actor import Identity
from app.application.common.answers import Ticket
from app.application.services import Services, Work
from app.core.settings import Settings
from app.domain.common.errors import Busy, Unauthenticated
from app.infrastructure.clock import SystemClock
from app.infrastructure.db.mapping import map_entities
from app.infrastructure.db.readers.catalog import SqlCatalogReader
from app.infrastructure.db.readers.shop import SqlShopReader
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.session import read_engine, write_engine
from app.infrastructure.db.uow import SqlAlchemyUnitOfWork
from app.infrastructure.ids import UlidSource


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open the database and build everything on it; closes what it opened."""
    map_entities()
    writes = write_engine(
        settings.database_url,
        pool_size=settings.database_pool_size,
        synchronous=settings.sqlite_synchronous,
    )
    read = read_engine(settings.database_url, pool_size=settings.database_pool_size)
    try:
        yield _services(
            async_sessionmaker(writes, autoflush=False, expire_on_commit=False), Reads(read)
        )
    finally:
        await read.dispose()
        await writes.dispose()


def _services(sessions: async_sessionmaker[AsyncSession], reads: Reads) -> Services:
    clock = SystemClock()
    ids = UlidSource()

    def work(ticket: Ticket | None) -> Work:
        return SqlAlchemyUnitOfWork(sessions, clock=clock, ids=ids, ticket=ticket)

    async def ping() -> None:
        try:
            async with reads.connection() as connection:
                await connection.execute(text("SELECT 1"))
        except (DBAPIError, OSError) as error:
            raise Busy("The database does not answer.") from error

    async def authenticate(_token: str) -> Identity:
        raise Unauthenticated

    return Services(
        clock=clock,
        ids=ids,
        work=work,
        authenticate=authenticate,
        ping=ping,
        shop=SqlShopReader(reads),
        catalog=SqlCatalogReader(reads),
    )


def create_app(settings: Settings) -> FastAPI:
    """Return the HTTP application; its lifespan opens and closes what it needs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings) as services:
            app.state.services = services
            yield

    return create_api(settings, lifespan=lifespan)
