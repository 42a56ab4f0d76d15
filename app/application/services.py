"""All that the edges, HTTP and command line, are given to work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from app.application.audit.queries import AuditReader
from app.application.auth.accounts import Accounts
from app.application.auth.ports import AuthWork
from app.application.catalog.exporting import ProductExportReader
from app.application.catalog.queries import CatalogReader, FamilyReader
from app.application.catalog.workbooks import OpenWorkbook
from app.application.common.actor import Identity
from app.application.common.answers import Ticket
from app.application.imports.analysing import Intake
from app.application.imports.counts.ports import CountImportsWork
from app.application.imports.parties.ports import PartyImportsWork
from app.application.imports.products.ports import ProductImportsWork
from app.application.imports.queries import ImportsReader
from app.application.imports.sales.ports import SaleImportsWork
from app.application.imports.saved import ImportMappingsReader, ImportMappingsWork
from app.application.imports.supplier_items.ports import SupplierItemImportsWork
from app.application.imports.use_cases.start import Queue
from app.application.inventory.queries import (
    InventoryReader,
    MovementReader,
    ReservationReader,
    TransfersReader,
)
from app.application.inventory.stocktakes import StocktakeReader
from app.application.inventory.verification import Verifier
from app.application.jobs.ports import Jobs
from app.application.parties.ports import PartyWork
from app.application.parties.queries import CustomerFileReader, PartyReader, SupplierItemReader
from app.application.purchases.ports import PurchasesWork
from app.application.purchases.queries import PurchasesReader
from app.application.replay.ports import ReplayWork
from app.application.replay.queries import ReplayReader
from app.application.reports.queries import SalesReportReader
from app.application.reports.reorder import SupplyReader
from app.application.reports.stock import StockReportReader
from app.application.returns.ports import ReturnsWork
from app.application.returns.queries import ReturnsReader
from app.application.sales.queries import SalesReader
from app.application.shop.ports import ShopWork
from app.application.shop.queries import ShopReader
from app.application.users.queries import UserReader
from app.domain.common.clock import Clock
from app.domain.common.identifiers import IdSource


class Work(
    ShopWork,
    ReplayWork,
    ReturnsWork,
    PurchasesWork,
    CountImportsWork,
    AuthWork,
    ProductImportsWork,
    PartyImportsWork,
    SupplierItemImportsWork,
    SaleImportsWork,
    ImportMappingsWork,
    PartyWork,
    Protocol,
):
    """One transaction over everything; each use case sees the part that it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`work` makes a fresh unit of work, `authenticate` tells whose access token it is given.

    `ping` raises `Busy` when the database does not answer.
    """

    clock: Clock
    ids: IdSource
    work: Callable[[Ticket | None], Work]
    authenticate: Callable[[str], Awaitable[Identity]]
    ping: Callable[[], Awaitable[None]]
    accounts: Accounts
    users: UserReader
    audit: AuditReader
    shop: ShopReader
    catalog: CatalogReader
    families: FamilyReader
    exports: ProductExportReader
    workbooks: OpenWorkbook
    inventory: InventoryReader
    movements: MovementReader
    reservations: ReservationReader
    stocktakes: StocktakeReader
    transfers: TransfersReader
    verifier: Verifier
    sales: SalesReader
    suppliers: PartyReader
    supplier_items: SupplierItemReader
    customers: PartyReader
    customer_files: CustomerFileReader
    returns: ReturnsReader
    purchases: PurchasesReader
    sales_reports: SalesReportReader
    stock_reports: StockReportReader
    supplies: SupplyReader
    replay: ReplayReader
    imports: ImportsReader
    import_mappings: ImportMappingsReader
    intake: Intake
    import_queue: Queue
    jobs: Jobs
