"""What the use cases of returns need from storage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from app.application.inventory.ports import StockDocumentRepository
from app.application.sales.ports import SalesWork
from app.domain.common.identifiers import LineId, ReturnId, SaleId
from app.domain.returns.proration import Part
from app.domain.returns.sales_return import SalesReturn
from app.domain.sales.tender import TenderKind


class ReturnRepository(Protocol):
    """Each method costs the same number of statements however many lines there are.

    Whoever reads what returns hold of a sale locked the sale first. A return is locked before its
    sale; a new one, which nobody else can see, after it.
    """

    async def get(self, identifier: ReturnId) -> SalesReturn:
        """Return it with its lines and refunds, locked until the end; or `NotFound`."""
        ...

    async def held(self, sale: SaleId, *, besides: ReturnId | None) -> Mapping[LineId, Part]:
        """Return what returns that were not given up hold of each line of the sale."""
        ...

    async def refunded(self, sale: SaleId) -> Mapping[TenderKind, int]:
        """Return how much of the sale was paid back by each means, in minor units."""
        ...

    async def add(self, document: SalesReturn) -> None:
        """Write a new return, requested or refunded."""
        ...

    async def save_revised(self, document: SalesReturn) -> None:
        """Write what is asked now; raises the version."""
        ...

    async def save_step(self, document: SalesReturn) -> None:
        """Write the status that it was approved, rejected or cancelled to; raises the version."""
        ...

    async def save_received(self, document: SalesReturn) -> None:
        """Write that the goods came, and at what cost; raises the version."""
        ...

    async def save_posted(self, document: SalesReturn) -> None:
        """Write number and refunds; raises the version."""
        ...


class ReturnsWork(SalesWork, Protocol):
    @property
    def returns(self) -> ReturnRepository: ...

    @property
    def stock_documents(self) -> StockDocumentRepository: ...
