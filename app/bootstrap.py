"""The composition root: the only place that knows every implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from alembic.util.exc import CommandError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.applications import Starlette

from app.application.auth.accounts import Accounts
from app.application.auth.authenticate import Authenticate
from app.application.auth.letters import Letters, Mailer
from app.application.auth.new_passwords import NewPasswords
from app.application.auth.ports import AuthReader
from app.application.auth.secrets import RefreshTokens
from app.application.auth.sessions import SessionTokens
from app.application.auth.use_cases.keys import EnsureSigningKeys
from app.application.auth.use_cases.throttle import Throttle
from app.application.common.answers import Ticket
from app.application.imports.analysing import Intake
from app.application.imports.categories.kind import CategoryImports
from app.application.imports.counts.kind import CountImports
from app.application.imports.kinds import ImportKind
from app.application.imports.openings.kind import OpeningImports
from app.application.imports.parties.kind import PartyImports
from app.application.imports.products.kind import ProductImports
from app.application.imports.run import ImportRuns, job_kind
from app.application.imports.sales.kind import SaleImports
from app.application.imports.supplier_items.kind import SupplierItemImports
from app.application.imports.use_cases.start import Queue
from app.application.jobs.ports import Jobs
from app.application.parties.ports import CUSTOMERS, SUPPLIERS
from app.application.services import Services, Work
from app.core.settings import Settings
from app.domain.auth.registration import Registration
from app.domain.auth.session import SessionLife
from app.domain.common.clock import Clock
from app.domain.common.errors import Busy
from app.domain.common.identifiers import IdSource
from app.infrastructure.clock import SystemClock
from app.infrastructure.db import migrations
from app.infrastructure.db.checks.check import SqlVerifier
from app.infrastructure.db.checks.documents import DOCUMENT_CHECKS
from app.infrastructure.db.checks.imports import IMPORT_CHECKS
from app.infrastructure.db.checks.inventory import INVENTORY_CHECKS
from app.infrastructure.db.checks.parties import PARTY_CHECKS
from app.infrastructure.db.checks.purchases import PURCHASE_CHECKS
from app.infrastructure.db.checks.reservations import RESERVATION_CHECKS
from app.infrastructure.db.checks.returns import RETURNS_CHECKS
from app.infrastructure.db.checks.sales import SALES_CHECKS
from app.infrastructure.db.checks.stocktakes import STOCKTAKE_CHECKS
from app.infrastructure.db.checks.transfers import TRANSFER_CHECKS
from app.infrastructure.db.mapping import map_entities
from app.infrastructure.db.migrations import MigrationFault
from app.infrastructure.db.readers.audit import SqlAuditReader
from app.infrastructure.db.readers.auth import SqlAuthReader
from app.infrastructure.db.readers.catalog import SqlCatalogReader
from app.infrastructure.db.readers.families import SqlFamilyReader
from app.infrastructure.db.readers.import_mappings import SqlImportMappingsReader
from app.infrastructure.db.readers.imports import SqlImportsReader
from app.infrastructure.db.readers.inventory import SqlInventoryReader
from app.infrastructure.db.readers.movements import SqlMovementReader
from app.infrastructure.db.readers.parties import SqlCustomerReader, SqlSupplierReader
from app.infrastructure.db.readers.product_export import SqlProductExportReader
from app.infrastructure.db.readers.purchases import SqlPurchasesReader
from app.infrastructure.db.readers.replay import SqlReplayReader
from app.infrastructure.db.readers.report_reorder import SqlSupplyReader
from app.infrastructure.db.readers.report_sales import SqlSalesReportReader
from app.infrastructure.db.readers.report_stock import SqlStockReportReader
from app.infrastructure.db.readers.reservations import SqlReservationReader
from app.infrastructure.db.readers.returns import SqlReturnsReader
from app.infrastructure.db.readers.sales import SqlSalesReader
from app.infrastructure.db.readers.shop import SqlShopReader
from app.infrastructure.db.readers.stocktakes import SqlStocktakeReader
from app.infrastructure.db.readers.supplier_items import SqlSupplierItemReader
from app.infrastructure.db.readers.transfers import SqlTransfersReader
from app.infrastructure.db.readers.users import SqlUserReader
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.session import read_engine, write_engine
from app.infrastructure.db.uow import SqlAlchemyUnitOfWork
from app.infrastructure.files import FolderStore
from app.infrastructure.ids import UlidSource
from app.infrastructure.jobs.bell import WakeBell
from app.infrastructure.jobs.worker import Worker, running
from app.infrastructure.mail import ConsoleMailer, SmtpMailer, SmtpServer
from app.infrastructure.security.blocklist import common_passwords
from app.infrastructure.security.keys import KeyBox, KeyUnreadable
from app.infrastructure.security.passwords import Argon2Passwords
from app.infrastructure.security.ring import FRESH_FOR, KeyRing
from app.infrastructure.security.tokens import LEEWAY, JwtAccessTokens
from app.infrastructure.tabular import source
from app.infrastructure.tabular.writing import SheetFile

CHECKS = (
    *INVENTORY_CHECKS,
    *RESERVATION_CHECKS,
    *STOCKTAKE_CHECKS,
    *TRANSFER_CHECKS,
    *SALES_CHECKS,
    *RETURNS_CHECKS,
    *PURCHASE_CHECKS,
    *PARTY_CHECKS,
    *IMPORT_CHECKS,
    *DOCUMENT_CHECKS,
)
"""What must hold of every shop."""


class DatabaseFault(Exception):
    """The database cannot be used; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Where the database stands: `current` is None when it was never migrated."""

    current: str | None
    newest: str

    @property
    def is_current(self) -> bool:
        return self.current == self.newest


def schema_of(settings: Settings) -> Schema:
    """Return where the database stands; `DatabaseFault` when it cannot be asked."""
    with _database_faults():
        return Schema(migrations.current(settings.database_url), migrations.head())


def migrate_database(settings: Settings) -> Schema:
    """Bring the database up to the newest schema; `DatabaseFault` when that fails."""
    with _database_faults():
        migrations.migrate(settings.database_url)
    return schema_of(settings)


@contextmanager
def _database_faults() -> Iterator[None]:
    try:
        yield
    except (MigrationFault, CommandError) as error:
        raise DatabaseFault(str(error)) from error
    except DBAPIError as error:
        # Only the driver's own words: SQLAlchemy's message spreads the statement over many lines.
        raise DatabaseFault(f"The database refused: {error.orig}.") from error
    except OSError as error:
        raise DatabaseFault(f"The database does not answer: {error}.") from error


@asynccontextmanager
async def open_services(
    settings: Settings, *, clock: Clock | None = None
) -> AsyncIterator[Services]:
    """Open the database and build everything on it; closes what it opened."""
    map_entities()
    writes = write_engine(
        settings.database_url,
        pool_size=settings.database_pool_size,
        synchronous=settings.sqlite_synchronous,
    )
    read = read_engine(settings.database_url, pool_size=settings.database_pool_size)
    passwords = Argon2Passwords()
    try:
        yield _services(
            settings,
            async_sessionmaker(writes, autoflush=False, expire_on_commit=False),
            Reads(read),
            passwords,
            clock or SystemClock(),
        )
    finally:
        passwords.close()
        await read.dispose()
        await writes.dispose()


def _ping(reads: Reads) -> Callable[[], Awaitable[None]]:
    newest = migrations.head()

    async def ping() -> None:
        try:
            async with reads.connection() as connection:
                schema = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        except (Busy, DBAPIError, OSError) as error:
            raise Busy("The database does not answer.") from error
        if schema != newest:
            raise Busy(f"The database is at schema {schema}, this program needs {newest}.")

    return ping


def _services(
    settings: Settings,
    sessions: async_sessionmaker[AsyncSession],
    reads: Reads,
    passwords: Argon2Passwords,
    clock: Clock,
) -> Services:
    ids = UlidSource()

    def work(ticket: Ticket | None) -> Work:
        return SqlAlchemyUnitOfWork(sessions, clock=clock, ids=ids, ticket=ticket)

    tokens = _Tokens(settings, work, SqlAuthReader(reads), clock=clock, ids=ids)
    shop, customers = SqlShopReader(reads), SqlCustomerReader(reads)
    mappings = SqlImportMappingsReader(reads)
    files = FolderStore(settings.files_dir, max_bytes=settings.import_max_bytes)
    jobs = _jobs(settings, work, files, kinds := _import_kinds(ids))
    return Services(
        clock=clock,
        ids=ids,
        work=work,
        authenticate=tokens.authenticate,
        ping=_ping(reads),
        accounts=tokens.accounts(passwords),
        users=SqlUserReader(reads),
        audit=SqlAuditReader(reads),
        shop=shop,
        catalog=SqlCatalogReader(reads),
        families=SqlFamilyReader(reads),
        exports=SqlProductExportReader(reads),
        workbooks=SheetFile,
        inventory=SqlInventoryReader(reads, clock=clock),
        reservations=SqlReservationReader(reads, clock=clock),
        movements=SqlMovementReader(reads),
        stocktakes=SqlStocktakeReader(reads),
        transfers=SqlTransfersReader(reads),
        verifier=SqlVerifier(reads, checks=CHECKS),
        sales=SqlSalesReader(reads, clock=clock),
        returns=SqlReturnsReader(reads),
        purchases=SqlPurchasesReader(reads),
        sales_reports=SqlSalesReportReader(reads),
        stock_reports=SqlStockReportReader(reads),
        supplies=SqlSupplyReader(reads),
        replay=SqlReplayReader(reads),
        suppliers=SqlSupplierReader(reads),
        supplier_items=SqlSupplierItemReader(reads),
        customers=customers,
        customer_files=customers,
        imports=SqlImportsReader(reads),
        import_mappings=mappings,
        intake=Intake(
            files=files,
            reading=source,
            shop=shop,
            mappings=mappings,
            most_rows=settings.import_max_rows,
        ),
        import_queue=Queue(ids=ids, bell=jobs.bell, max_attempts=jobs.max_attempts, kinds=kinds),
        jobs=jobs,
    )


def _import_kinds(ids: IdSource) -> Mapping[str, ImportKind[Work]]:
    """Return all that can be imported, by name."""
    kinds: tuple[ImportKind[Work], ...] = (
        ProductImports(ids=ids),
        CategoryImports(ids=ids),
        PartyImports("suppliers", SUPPLIERS, lambda work: work.supplier_imports, ids=ids),
        PartyImports("customers", CUSTOMERS, lambda work: work.customer_imports, ids=ids),
        SupplierItemImports(ids=ids),
        OpeningImports(ids=ids),
        CountImports(ids=ids),
        SaleImports(ids=ids),
    )
    return {kind.name: kind for kind in kinds}


def _jobs(
    settings: Settings,
    work: Callable[[Ticket | None], Work],
    files: FolderStore,
    kinds: Mapping[str, ImportKind[Work]],
) -> Jobs:
    lease = timedelta(seconds=settings.job_lease_seconds)
    bell = WakeBell()
    handlers = {
        job_kind(name): ImportRuns(
            work=lambda: work(None),
            kind=kind,
            files=files,
            reading=source,
            chunk_rows=settings.import_chunk_rows,
            lease=lease,
        )
        for name, kind in kinds.items()
    }

    def worker() -> Worker:
        return Worker(work=lambda: work(None), handlers=handlers, lease=lease, bell=bell)

    return Jobs(bell=bell, max_attempts=settings.job_max_attempts, worker=worker)


def _letters(settings: Settings, reader: AuthReader) -> Letters | None:
    """Return who writes the mails about accounts; None where no mail is sent."""
    if settings.mail == "off":
        return None
    return Letters(_mailer(settings), shop_name=reader.shop_name, public_url=settings.public_url)


def _mailer(settings: Settings) -> Mailer:
    if settings.mail == "console":
        return ConsoleMailer()
    server = SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
    )
    return SmtpMailer(server, sender=settings.mail_from)


class _Tokens:
    """Everything that makes and reads tokens, around one key ring."""

    def __init__(
        self,
        settings: Settings,
        work: Callable[[Ticket | None], Work],
        reader: AuthReader,
        *,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        secret = settings.secret_key.get_secret_value().encode()
        life = timedelta(minutes=settings.access_token_minutes)
        self._clock = clock
        self._letters = _letters(settings, reader)
        self._registration = Registration(settings.registration)
        self._throttle = Throttle(lambda: work(None), secret=secret)
        self._reader = reader
        self._box = KeyBox(secret)
        self._overlap = life + LEEWAY + FRESH_FOR

        async def ensure() -> None:
            await EnsureSigningKeys(work(None), ids=ids, keys=self._box)()

        self._ring = KeyRing(
            read=reader.signing_keys,
            ensure=ensure,
            box=self._box,
            overlap=self._overlap,
        )
        self._access = JwtAccessTokens(self._ring, issuer=settings.public_url, life=life)
        self.authenticate = Authenticate(tokens=self._access, reader=reader, clock=clock)
        self._sessions = SessionTokens(
            access=self._access,
            refresh=RefreshTokens(secret),
            life=SessionLife(
                idle=timedelta(days=settings.session_idle_days),
                longest=timedelta(days=settings.session_max_days),
            ),
            ids=ids,
        )

    def accounts(self, passwords: Argon2Passwords) -> Accounts:
        return Accounts(
            reader=self._reader,
            passwords=passwords,
            new_passwords=NewPasswords(passwords, reader=self._reader, blocked=common_passwords()),
            throttle=self._throttle,
            letters=self._letters,
            registration=self._registration,
            access=self._access,
            sessions=self._sessions,
            keys=self._box,
            key_overlap=self._overlap,
            published_keys=self._published,
        )

    async def _published(self) -> list[Mapping[str, str]]:
        try:
            return await self._ring.published(at=self._clock.now())
        except KeyUnreadable as error:
            raise DatabaseFault(str(error)) from error


def create_app(settings: Settings) -> Starlette:
    """Return the HTTP application; its lifespan opens and closes what it needs."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_services(settings) as services:
            app.state.services = services
            # Makes the first keys, and fails here instead of at a login when they cannot be read.
            await services.accounts.published_keys()
            workers = [services.jobs.worker()] if settings.embedded_worker else []
            async with running(workers):
                yield

    # The web is half of what a start takes, and `serve` alone has a use for it.
    app: Starlette = import_module("app.api.main").create_api(settings, lifespan=lifespan)
    return app
