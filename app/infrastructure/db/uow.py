"""One transaction on the write engine, with its audit rows, events and stored answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.application.common.actor import Actor
from app.application.common.answers import Ticket
from app.application.common.uow import AuditEntry
from app.domain.common.clock import Clock
from app.domain.common.errors import DomainError
from app.domain.common.events import DomainEvent, EventRecorderMixin
from app.domain.common.identifiers import IdSource, Ulid
from app.infrastructure.db.answers import claim, store
from app.infrastructure.db.constraints import translated
from app.infrastructure.db.ledger import SqlStockLedger
from app.infrastructure.db.records import write_audit, write_events
from app.infrastructure.db.repositories.auth import (
    SqlSessionRepository,
    SqlSetupTokenRepository,
    SqlSigningKeyRepository,
    SqlUserRepository,
)
from app.infrastructure.db.repositories.catalog import SqlProductRepository
from app.infrastructure.db.repositories.categories import SqlCategoryRepository
from app.infrastructure.db.repositories.families import SqlFamilyRepository
from app.infrastructure.db.repositories.import_counts import SqlCountImportStore
from app.infrastructure.db.repositories.import_goods import SqlGoodsStore, SqlOpeningImportStore
from app.infrastructure.db.repositories.import_mappings import SqlImportMappingRepository
from app.infrastructure.db.repositories.import_parties import (
    SqlCustomerImportStore,
    SqlSupplierImportStore,
)
from app.infrastructure.db.repositories.import_products import SqlProductImportStore
from app.infrastructure.db.repositories.import_sales import SqlSaleImportStore
from app.infrastructure.db.repositories.import_supplier_items import SqlSupplierItemImportStore
from app.infrastructure.db.repositories.imports import SqlImportRepository
from app.infrastructure.db.repositories.inventory import (
    SqlLocationRepository,
    SqlStockDocumentRepository,
)
from app.infrastructure.db.repositories.jobs import SqlJobRepository
from app.infrastructure.db.repositories.numbers import SqlDocumentNumbers
from app.infrastructure.db.repositories.parties import (
    SqlCustomerRepository,
    SqlSupplierItemRepository,
    SqlSupplierRepository,
)
from app.infrastructure.db.repositories.purchases import SqlPurchaseRepository
from app.infrastructure.db.repositories.reservations import SqlReservationRepository
from app.infrastructure.db.repositories.returns import SqlReturnRepository
from app.infrastructure.db.repositories.sales import SqlSaleRepository
from app.infrastructure.db.repositories.shop import (
    SqlShopRepository,
    SqlTaxRateRepository,
    SqlUnitRepository,
)
from app.infrastructure.db.repositories.stocktakes import SqlStocktakeRepository
from app.infrastructure.db.repositories.transfers import SqlTransferRepository
from app.infrastructure.db.repositories.tries import SqlTryRepository


class SqlAlchemyUnitOfWork:
    """For one use: enter it once. Errors of the database leave it as errors of the domain."""

    session: AsyncSession

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        *,
        clock: Clock,
        ids: IdSource,
        ticket: Ticket | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._ids = ids
        self._ticket = ticket
        self._tracked: list[EventRecorderMixin] = []
        self._events: list[DomainEvent] = []
        self._entries: list[AuditEntry] = []

    async def __aenter__(self) -> Self:
        self.session = self._sessions()
        try:
            await self.session.connection()
            self._started_at = self._clock.now()
            if self._ticket is not None:
                await claim(self.session, self._ticket, now=self._started_at)
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.session.close()
        refusal = translated(error) if error is not None else None
        if refusal is not None:
            raise refusal from error

    @property
    def started_at(self) -> datetime:
        return self._started_at

    def track(self, aggregate: EventRecorderMixin) -> None:
        self._tracked.append(aggregate)

    def publish(self, event: DomainEvent) -> None:
        self._events.append(event)

    def audit(
        self,
        actor: Actor,
        action: str,
        subject: Ulid | None,
        *,
        changes: Mapping[str, tuple[object, object]] | None = None,
        redacted: tuple[str, ...] = (),
        note: Mapping[str, object] | None = None,
    ) -> None:
        self._entries.append(
            AuditEntry(
                actor=actor,
                action=action,
                object_kind=action.partition(".")[0],
                object_id=subject,
                changes=changes or {},
                redacted=redacted,
                note=note or {},
            )
        )

    @asynccontextmanager
    async def rehearsal(self) -> AsyncIterator[None]:
        tracked, events, entries = len(self._tracked), len(self._events), len(self._entries)
        savepoint = await self.session.begin_nested()
        yield
        # What was refused shows here; after a refusal the whole transaction is undone anyway.
        await self.session.flush()
        await savepoint.rollback()
        del self._tracked[tracked:], self._events[events:], self._entries[entries:]

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        tracked, events, entries = len(self._tracked), len(self._events), len(self._entries)
        savepoint = await self.session.begin_nested()
        try:
            yield
            await self.session.flush()
        except DomainError:
            await savepoint.rollback()
            del self._tracked[tracked:], self._events[events:], self._entries[entries:]
            raise
        await savepoint.commit()

    async def flush(self) -> None:
        await self.session.flush()

    async def commit(self, result: object = None) -> None:
        await self.session.flush()
        events = [event for aggregate in self._tracked for event in aggregate.take_events()]
        events += self._events
        await write_events(self.session, events, at=self._started_at, ids=self._ids)
        await write_audit(self.session, self._entries, at=self._started_at, ids=self._ids)
        if self._ticket is not None:
            await store(self.session, self._ticket, self._ticket.render(result))
        await self.session.commit()

    @property
    def users(self) -> SqlUserRepository:
        return SqlUserRepository(self.session)

    @property
    def sessions(self) -> SqlSessionRepository:
        return SqlSessionRepository(self.session)

    @property
    def tries(self) -> SqlTryRepository:
        return SqlTryRepository(self.session)

    @property
    def setup_tokens(self) -> SqlSetupTokenRepository:
        return SqlSetupTokenRepository(self.session)

    @property
    def signing_keys(self) -> SqlSigningKeyRepository:
        return SqlSigningKeyRepository(self.session)

    @property
    def shop(self) -> SqlShopRepository:
        return SqlShopRepository(self.session)

    @property
    def tax_rates(self) -> SqlTaxRateRepository:
        return SqlTaxRateRepository(self.session)

    @property
    def units(self) -> SqlUnitRepository:
        return SqlUnitRepository(self.session)

    @property
    def products(self) -> SqlProductRepository:
        return SqlProductRepository(self.session)

    @property
    def categories(self) -> SqlCategoryRepository:
        return SqlCategoryRepository(self.session)

    @property
    def families(self) -> SqlFamilyRepository:
        return SqlFamilyRepository(self.session)

    @property
    def numbers(self) -> SqlDocumentNumbers:
        return SqlDocumentNumbers(self.session)

    @property
    def ledger(self) -> SqlStockLedger:
        return SqlStockLedger(self.session, ids=self._ids, publish=self.publish)

    @property
    def reservations(self) -> SqlReservationRepository:
        return SqlReservationRepository(self.session)

    @property
    def locations(self) -> SqlLocationRepository:
        return SqlLocationRepository(self.session)

    @property
    def stock_documents(self) -> SqlStockDocumentRepository:
        return SqlStockDocumentRepository(self.session)

    @property
    def stocktakes(self) -> SqlStocktakeRepository:
        return SqlStocktakeRepository(self.session, ids=self._ids)

    @property
    def transfers(self) -> SqlTransferRepository:
        return SqlTransferRepository(self.session)

    @property
    def sales(self) -> SqlSaleRepository:
        return SqlSaleRepository(self.session, now=self._started_at)

    @property
    def suppliers(self) -> SqlSupplierRepository:
        return SqlSupplierRepository(self.session)

    @property
    def supplier_items(self) -> SqlSupplierItemRepository:
        return SqlSupplierItemRepository(self.session)

    @property
    def customers(self) -> SqlCustomerRepository:
        return SqlCustomerRepository(self.session)

    @property
    def returns(self) -> SqlReturnRepository:
        return SqlReturnRepository(self.session)

    @property
    def purchases(self) -> SqlPurchaseRepository:
        return SqlPurchaseRepository(self.session)

    @property
    def jobs(self) -> SqlJobRepository:
        return SqlJobRepository(self.session)

    @property
    def imports(self) -> SqlImportRepository:
        return SqlImportRepository(self.session)

    @property
    def import_mappings(self) -> SqlImportMappingRepository:
        return SqlImportMappingRepository(self.session)

    @property
    def product_imports(self) -> SqlProductImportStore:
        return SqlProductImportStore(self.session, ids=self._ids)

    @property
    def supplier_imports(self) -> SqlSupplierImportStore:
        return SqlSupplierImportStore(self.session)

    @property
    def customer_imports(self) -> SqlCustomerImportStore:
        return SqlCustomerImportStore(self.session)

    @property
    def supplier_item_imports(self) -> SqlSupplierItemImportStore:
        return SqlSupplierItemImportStore(self.session)

    @property
    def goods(self) -> SqlGoodsStore:
        return SqlGoodsStore(self.session)

    @property
    def opening_imports(self) -> SqlOpeningImportStore:
        return SqlOpeningImportStore(self.session)

    @property
    def count_imports(self) -> SqlCountImportStore:
        return SqlCountImportStore(self.session)

    @property
    def sale_imports(self) -> SqlSaleImportStore:
        return SqlSaleImportStore(self.session)
