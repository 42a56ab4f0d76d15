"""What imports of supplier items need from storage: a few statements a chunk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.application.imports.goods import GoodsStore
from app.application.imports.ports import ImportsWork
from app.domain.common.identifiers import ProductId, SupplierId
from app.domain.parties.item import SupplierItem


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSupplier:
    """A supplier by all that a file may call it."""

    id: SupplierId
    code: str
    code_key: str
    external_id: str | None
    email_key: str | None
    name_folded: str
    currency: str
    merged_into_id: SupplierId | None


class SupplierItemImportStore(Protocol):
    async def suppliers(self, texts: Collection[str]) -> Sequence[KnownSupplier]:
        """Return those that one of the texts means; what is told of them stays until the end."""
        ...

    async def items(
        self,
        suppliers: Collection[SupplierId],
        products: Collection[ProductId],
        *,
        sku_keys: Collection[str],
    ) -> Sequence[SupplierItem]:
        """Return the suppliers' items of the products and with the SKUs, held until the end,
        and those that are preferred for one of the products.
        """
        ...

    async def create(self, items: Sequence[SupplierItem]) -> None: ...

    async def change(self, items: Sequence[SupplierItem]) -> None:
        """Write changed items in their order; raises their versions."""
        ...


class SupplierItemImportsWork(ImportsWork, Protocol):
    @property
    def supplier_item_imports(self) -> SupplierItemImportStore: ...

    @property
    def goods(self) -> GoodsStore: ...
