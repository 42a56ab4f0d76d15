"""What suppliers sell by the chunk: each step takes the same statements for any number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.imports.supplier_items.ports import KnownSupplier
from app.domain.common.identifiers import ProductId, SupplierId
from app.domain.parties.item import SupplierItem
from app.infrastructure.db.repositories.import_parties import named
from app.infrastructure.db.rewriting import rewrite
from app.infrastructure.db.tables.parties import supplier_items, suppliers

_COLUMNS = {column.name: column.name for column in supplier_items.columns}
_COLUMNS["cost_micros"] = "cost"
_SUPPLIER = tuple(KnownSupplier.__dataclass_fields__)


class SqlSupplierItemImportStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def suppliers(self, texts: Collection[str]) -> Sequence[KnownSupplier]:
        found = await named(self._session, suppliers, texts, _SUPPLIER, held=True)
        return [KnownSupplier(**row) for row in found]

    async def items(
        self,
        suppliers: Collection[SupplierId],
        products: Collection[ProductId],
        *,
        sku_keys: Collection[str],
    ) -> Sequence[SupplierItem]:
        columns = supplier_items.c
        theirs = columns.supplier_id.in_(sorted(suppliers))
        of_products = columns.product_id.in_(sorted(products))
        # Locked in one order by all chunks, so that two imports wait but never for each other.
        found = await self._session.execute(
            select(supplier_items)
            .where(
                or_(theirs & of_products, theirs & columns.sku_key.in_(sku_keys),
                    of_products & columns.preferred)
            )
            .order_by(columns.id)
            .with_for_update()
        )  # fmt: skip
        return [_item(row) for row in found.mappings()]

    async def create(self, items: Sequence[SupplierItem]) -> None:
        if items:
            await self._session.execute(insert(supplier_items), [_row(item) for item in items])

    async def change(self, items: Sequence[SupplierItem]) -> None:
        for item in items:
            item.version += 1
        await rewrite(self._session, supplier_items, [_row(item) for item in items])


def _row(item: SupplierItem) -> dict[str, Any]:
    return {column: getattr(item, name) for column, name in _COLUMNS.items()}


def _item(row: Mapping[Any, Any]) -> SupplierItem:
    return SupplierItem(**{name: row[column] for column, name in _COLUMNS.items()})
