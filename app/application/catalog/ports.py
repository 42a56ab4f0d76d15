"""What the catalog's use cases need from storage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.application.catalog.queries import Variants
from app.application.common.uow import UnitOfWork
from app.domain.catalog.category import Category
from app.domain.catalog.family import Family
from app.domain.catalog.product import Product
from app.domain.common.identifiers import (
    CategoryId,
    FamilyId,
    IdSource,
    ProductId,
    TaxRateId,
    UnitId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What a product's references point to; None where they point to nothing."""

    currency: str
    unit_decimals: int | None
    tax_rate_id: TaxRateId
    tax_rate_active: bool | None
    category_exists: bool
    family_exists: bool


@dataclass(frozen=True, slots=True)
class BarcodeOwner:
    """The product that a barcode belongs to."""

    product_id: ProductId
    sku: str


@dataclass(frozen=True, slots=True)
class BranchSize:
    """How far a branch reaches below its head."""

    categories: int
    levels: int
    key_length: int


@dataclass(frozen=True, slots=True)
class EnsuredPaths:
    """The category of each path by its key, and which of them (or above them) are new."""

    ids: Mapping[str, CategoryId]
    created: Sequence[Category]


class ProductRepository(Protocol):
    async def get(self, identifier: ProductId) -> Product:
        """Return the product with its barcodes; `NotFound` otherwise."""
        ...

    async def add(self, product: Product) -> None:
        """Write the product and its barcodes."""
        ...

    async def replace_barcodes(self, product: Product) -> None:
        """Write the product's barcodes in place of those it had."""
        ...

    async def barcode_owners(
        self, keys: Collection[str], *, besides: ProductId
    ) -> Mapping[str, BarcodeOwner]:
        """Return which of the barcode keys belong to other products."""
        ...

    async def references(
        self,
        *,
        unit_id: UnitId,
        tax_rate_id: TaxRateId | None,
        category_id: CategoryId | None,
        family_id: FamilyId | None,
    ) -> References:
        """Look up what a product refers to; no tax rate means the shop's default."""
        ...

    async def has_movements(self, identifier: ProductId) -> bool:
        """Tell whether stock of it ever moved, and let none move until the transaction ends."""
        ...


class CategoryRepository(Protocol):
    async def lock_tree(self) -> None:
        """Let nobody else change the tree until this transaction ends.

        A path depends on every category above it, and a new one could appear below a branch that
        is being moved.
        """
        ...

    async def get(self, identifier: CategoryId) -> Category:
        """Return the category; `NotFound` otherwise."""
        ...

    async def find(self, identifier: CategoryId) -> Category | None: ...

    async def has_slug(self, slug: str) -> bool: ...

    def add(self, category: Category) -> None: ...

    async def branch_size(self, path_key: str) -> BranchSize: ...

    async def rename_branch(self, category: Category, *, path: str, path_key: str) -> None:
        """Carry a category's new path to everything below its old one."""
        ...

    async def present(self, path_keys: Collection[str]) -> set[str]:
        """Return which of the paths there are."""
        ...

    async def ensure_paths(
        self, paths: Collection[tuple[str, ...]], *, ids: IdSource
    ) -> EnsuredPaths:
        """Find the categories of paths of names from the root down, and make what is missing.

        Each name is looked for under its own parent, whatever its case and spacing. The names
        must have passed `clean_names`. A constant number of statements for any number of paths.
        """
        ...


class FamilyRepository(Protocol):
    async def get(self, identifier: FamilyId) -> Family:
        """Return the family; `NotFound` otherwise."""
        ...

    def add(self, family: Family) -> None: ...

    async def variants(self, family: Family) -> Variants:
        """Return its first products with their values of its options."""
        ...

    async def has_products(self, identifier: FamilyId) -> bool:
        """Tell whether it has any, and let none be put in until the transaction ends."""
        ...

    async def delete(self, family: Family) -> None: ...


class CatalogWork(UnitOfWork, Protocol):
    @property
    def products(self) -> ProductRepository: ...

    @property
    def categories(self) -> CategoryRepository: ...

    @property
    def families(self) -> FamilyRepository: ...
