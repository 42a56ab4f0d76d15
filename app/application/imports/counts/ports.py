"""What imports of counts need from storage: a few statements a chunk."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from app.application.imports.openings.ports import OpeningImportsWork
from app.application.inventory.stocktakes import StocktakesWork
from app.domain.common.identifiers import ImportId, LocationId, ProductId
from app.domain.common.quantity import Quantity

Counted = tuple[ProductId, LocationId, datetime]
"""Of what a count speaks: a product, a place, an instant."""


class CountImportStore(Protocol):
    async def started(self, identifier: ImportId) -> datetime:
        """Return when somebody had the import start."""
        ...

    async def counted(
        self,
        products: Collection[ProductId],
        locations: Collection[LocationId],
        instants: Collection[datetime],
    ) -> Mapping[Counted, Quantity]:
        """Return what posted counts say, of one instant the last posted."""
        ...


class CountImportsWork(StocktakesWork, OpeningImportsWork, Protocol):
    @property
    def count_imports(self) -> CountImportStore: ...

    def attempt(self) -> AbstractAsyncContextManager[None]:
        """Undo what is written within as soon as a rule refuses it; the error goes on."""
        ...
