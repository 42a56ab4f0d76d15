"""What imports of past sales need from storage: a few statements a chunk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.application.imports.goods import GoodsStore
from app.application.imports.openings.ports import OpeningImportStore
from app.application.imports.ports import ImportsWork
from app.application.sales.ports import SalesWork
from app.domain.common.identifiers import CustomerId
from app.domain.common.numbers import DocumentNumber
from app.domain.sales.sale import Sale

Numbered = tuple[str, str]
"""A register and the number that it gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCustomer:
    """A customer by all that a file may call them."""

    id: CustomerId
    name: str
    code_key: str
    external_id: str | None
    email_key: str | None
    name_folded: str
    merged_into_id: CustomerId | None


class SaleImportStore(Protocol):
    async def tax_rates(self) -> Mapping[str, int]:
        """Return all tax rates in parts per million by their codes."""
        ...

    async def customers(self, texts: Collection[str]) -> Sequence[KnownCustomer]:
        """Return those that one of the texts means; they stay until the transaction ends."""
        ...

    async def told(self, numbers: Collection[Numbered]) -> Mapping[Numbered, bytes | None]:
        """Return which numbers stand for sales, with the hash of what was told of them."""
        ...

    async def numbers(self, series: str, number: int, *, year: int) -> Sequence[DocumentNumber]:
        """Count on by so many at once."""
        ...

    async def add(self, sales: Sequence[Sale]) -> None:
        """Write completed sales."""
        ...


class SaleImportsWork(SalesWork, ImportsWork, Protocol):
    @property
    def sale_imports(self) -> SaleImportStore: ...

    @property
    def opening_imports(self) -> OpeningImportStore: ...

    @property
    def goods(self) -> GoodsStore: ...
