"""By what files name products of the shop: the SKU, else a barcode."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from app.application.imports.deciding import RowRefused
from app.domain.common.identifiers import ProductId
from app.domain.common.text import key


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProduct:
    id: ProductId
    sku: str
    sku_key: str
    unit_decimals: int


class Naming(Protocol):
    """A row that names a product; the key of the barcode is told where the SKU is not."""

    @property
    def sku(self) -> str | None: ...

    @property
    def barcode_key(self) -> str | None: ...


class GoodsStore(Protocol):
    async def by_sku(self, keys: Collection[str]) -> dict[str, KnownProduct]:
        """Return products by the SKU keys; their units stay until the transaction ends."""
        ...

    async def by_barcode(self, keys: Collection[str]) -> dict[str, KnownProduct]: ...


class Goods:
    """The products that the rows of a chunk name."""

    def __init__(
        self, by_sku: dict[str, KnownProduct], by_barcode: dict[str, KnownProduct]
    ) -> None:
        self._by_sku = by_sku
        self._by_barcode = by_barcode

    @classmethod
    async def of(cls, store: GoodsStore, rows: Collection[Naming]) -> Goods:
        return cls(
            await store.by_sku({key(row.sku) for row in rows if row.sku}),
            await store.by_barcode({row.barcode_key for row in rows if row.barcode_key}),
        )

    def __iter__(self) -> Iterator[KnownProduct]:
        return iter((*self._by_sku.values(), *self._by_barcode.values()))

    def find(self, row: Naming) -> KnownProduct | None:
        if row.sku:
            return self._by_sku.get(key(row.sku))
        return self._by_barcode.get(row.barcode_key or "")

    def named(self, row: Naming) -> KnownProduct:
        """Return the product, or refuse the row by its cell."""
        product = self.find(row)
        if product is not None:
            return product
        if row.sku:
            raise RowRefused("sku", "not_found", row.sku, "the SKU of a product of the shop")
        expected = "a barcode of a product of the shop"
        raise RowRefused("barcode", "not_found", row.barcode_key, expected)
