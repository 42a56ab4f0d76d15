"""What is read of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.application.common.paging import Page, PageRequest
from app.domain.catalog.family import Family
from app.domain.catalog.product import Product
from app.domain.common.identifiers import CategoryId, FamilyId, ProductId, TaxRateId, UnitId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductItem:
    """A product as lists show it: all but its description."""

    id: ProductId
    sku: str
    name: str
    category_id: CategoryId | None
    family_id: FamilyId | None
    unit_id: UnitId
    tax_rate_id: TaxRateId
    price: UnitPrice
    cost: UnitPrice | None
    currency: str
    tracks_stock: bool
    active: bool
    barcodes: tuple[str, ...]
    reorder_point: Quantity | None
    reorder_quantity: Quantity | None
    attributes: dict[str, str]
    images: tuple[str, ...]
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView(ProductItem):
    description: str | None

    @classmethod
    def of(cls, product: Product, *, currency: str) -> ProductView:
        """Show a product that a use case holds."""
        return cls(
            id=product.id,
            sku=product.sku,
            name=product.name,
            description=product.description,
            category_id=product.category_id,
            family_id=product.family_id,
            unit_id=product.unit_id,
            tax_rate_id=product.tax_rate_id,
            price=product.price,
            cost=product.cost,
            currency=currency,
            tracks_stock=product.tracks_stock,
            active=product.active,
            barcodes=tuple(barcode.code for barcode in product.barcodes),
            reorder_point=product.reorder_point,
            reorder_quantity=product.reorder_quantity,
            attributes=product.attributes,
            images=product.images,
            external_id=product.external_id,
            version=product.version,
            created_at=product.created_at,
            updated_at=product.updated_at,
        )


class ProductSort(StrEnum):
    """Orders of the product list; each ends with the id, and a minus sign turns it round."""

    NAME = "name"
    NAME_DOWN = "-name"
    SKU = "sku"
    SKU_DOWN = "-sku"
    PRICE = "price"
    PRICE_DOWN = "-price"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DOWN = "-updated_at"
    CREATED_AT = "created_at"
    CREATED_AT_DOWN = "-created_at"

    @property
    def descending(self) -> bool:
        return self.value.startswith("-")

    @property
    def field(self) -> str:
        return self.value.removeprefix("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """Conditions that all hold; `category_id` takes its whole branch, prices are inclusive.

    Every word of `q` stands somewhere in name, SKU or a barcode, in any order.
    """

    q: str | None = None
    sku_prefix: str | None = None
    barcode: str | None = None
    category_id: CategoryId | None = None
    family_id: FamilyId | None = None
    tax_rate_id: TaxRateId | None = None
    active: bool | None = None
    tracks_stock: bool | None = None
    updated_since: datetime | None = None
    price_min: UnitPrice | None = None
    price_max: UnitPrice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryView:
    id: CategoryId
    parent_id: CategoryId | None
    name: str
    slug: str
    path: str
    depth: int
    version: int


class CatalogReader(Protocol):
    """Single things are `NotFound` when they are not there."""

    async def product(self, identifier: ProductId) -> ProductView: ...

    async def lookup(self, code: str) -> ProductView:
        """Return the product with this barcode, or else with this SKU."""
        ...

    async def products(
        self, where: ProductFilter, *, sort: ProductSort, page: PageRequest
    ) -> Page[ProductItem]: ...

    async def category(self, identifier: CategoryId) -> CategoryView: ...

    async def categories(self, page: PageRequest) -> Page[CategoryView]:
        """Return the tree flat: each category before those below it, siblings by name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyItem:
    """A family as lists show it, without its products."""

    id: FamilyId
    key: str
    name: str
    options: tuple[str, ...]
    images: tuple[str, ...]
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A product of a family; `values` has each option, None where the product has no such."""

    id: ProductId
    sku: str
    values: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Variants:
    """The first products of a family by SKU, and whether there are more."""

    first: tuple[Variant, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyView(FamilyItem):
    variants: Variants

    @classmethod
    def of(cls, family: Family, *, variants: Variants) -> FamilyView:
        """Show a family that a use case holds."""
        return cls(
            id=family.id,
            key=family.key,
            name=family.name,
            options=family.options,
            images=family.images,
            version=family.version,
            created_at=family.created_at,
            updated_at=family.updated_at,
            variants=variants,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyFilter:
    """Conditions that all hold; every word of `q` stands somewhere in key or name."""

    q: str | None = None
    key: str | None = None


class FamilyReader(Protocol):
    async def family(self, identifier: FamilyId) -> FamilyView:
        """Return the family; `NotFound` otherwise."""
        ...

    async def families(self, where: FamilyFilter, *, page: PageRequest) -> Page[FamilyItem]:
        """Return the families in the order of keys."""
        ...
