"""What is sent and shown of categories and products."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import Field, StrictBool

from app.api.v1.schemas.common import (
    ABSENT,
    CategoryIdField,
    FamilyIdField,
    MoneyOut,
    PriceField,
    ProductIdField,
    QuantityField,
    Schema,
    Sparse,
    TaxRateIdField,
    UnitIdField,
    absent,
)
from app.application.catalog.queries import CategoryView, ProductItem, ProductView
from app.domain.catalog import limits
from app.domain.catalog.barcode import parse_barcodes
from app.domain.catalog.category import Category, CategoryValues
from app.domain.catalog.fields import ProductValues
from app.domain.common.money import UnitPrice

CategoryName = Annotated[
    str, Field(min_length=1, max_length=limits.CATEGORY_NAME_LENGTH, examples=["Garden"])
]
Slug = Annotated[
    str, Field(min_length=1, max_length=limits.CATEGORY_SLUG_LENGTH, examples=["garden"])
]
Sku = Annotated[str, Field(min_length=1, max_length=limits.SKU_LENGTH, examples=["MUG-01"])]
Name = Annotated[
    str, Field(min_length=1, max_length=limits.NAME_LENGTH, examples=["Mug, blue, 300 ml"])
]
Description = Annotated[str, Field(max_length=limits.DESCRIPTION_LENGTH)]
Barcodes = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=limits.BARCODE_LENGTH)]],
    Field(max_length=limits.BARCODES, examples=[["4006381333931"]]),
]
Attributes = Annotated[
    dict[
        Annotated[str, Field(min_length=1, max_length=limits.ATTRIBUTE_NAME_LENGTH)],
        Annotated[str, Field(max_length=limits.ATTRIBUTE_VALUE_LENGTH)],
    ],
    Field(max_length=limits.ATTRIBUTES, examples=[{"colour": "blue"}]),
]
Images = Annotated[
    list[
        Annotated[
            str,
            Field(
                min_length=1,
                max_length=limits.IMAGE_LENGTH,
                examples=["https://cdn.example.com/mug.jpg"],
            ),
        ]
    ],
    Field(
        max_length=limits.IMAGES,
        description="Addresses of pictures, http or https; kept as they are, never fetched.",
    ),
]
ExternalId = Annotated[str, Field(min_length=1, max_length=limits.EXTERNAL_ID_LENGTH)]


class CategoryIn(Schema):
    name: CategoryName
    parent_id: CategoryIdField | None = Field(default=None, description="Null at the root.")
    slug: Slug | None = Field(default=None, description="Made from the path when absent.")


class CategoryPatch(Sparse):
    name: CategoryName = ABSENT
    parent_id: CategoryIdField | None = Field(default=None, description="Null moves to the root.")
    slug: Slug = ABSENT

    def values(self) -> CategoryValues:
        return cast("CategoryValues", self.given())


class CategoryOut(Schema):
    id: CategoryIdField
    parent_id: CategoryIdField | None
    name: str
    slug: str
    path: str = Field(examples=["Home > Garden"])
    depth: int = Field(description="0 at the root.")
    version: int

    @classmethod
    def of(cls, category: Category | CategoryView) -> CategoryOut:
        return cls(
            id=category.id,
            parent_id=category.parent_id,
            name=category.name,
            slug=category.slug,
            path=category.path,
            depth=category.depth,
            version=category.version,
        )


class PriceIn(Schema):
    amount: PriceField
    currency: str = Field(pattern="^[A-Z]{3}$", description="That of the shop.", examples=["EUR"])


class ProductIn(Sparse):
    sku: Sku
    name: Name
    price: PriceIn
    description: Description | None = None
    category_id: CategoryIdField | None = None
    family_id: FamilyIdField | None = None
    unit_id: UnitIdField = absent("Pieces when absent.")
    tax_rate_id: TaxRateIdField = absent("The shop's when absent.")
    cost: PriceIn | None = Field(default=None, description="Only from those who may see costs.")
    tracks_stock: StrictBool = Field(default=True, description="False for services.")
    barcodes: Barcodes = Field(default=[])
    reorder_point: QuantityField | None = None
    reorder_quantity: QuantityField | None = None
    attributes: Attributes = Field(default={})
    images: Images = Field(default=[])
    external_id: ExternalId | None = None

    def values(self) -> ProductValues:
        return _values(self.given())

    def currencies(self) -> Mapping[str, str]:
        return _currencies(self.price, self.cost)


class ProductPatch(Sparse):
    sku: Sku = ABSENT
    name: Name = ABSENT
    price: PriceIn = ABSENT
    description: Description | None = None
    category_id: CategoryIdField | None = None
    family_id: FamilyIdField | None = None
    unit_id: UnitIdField = ABSENT
    tax_rate_id: TaxRateIdField = ABSENT
    cost: PriceIn | None = Field(default=None, description="Only from those who may see costs.")
    tracks_stock: StrictBool = ABSENT
    barcodes: Barcodes = absent("All of them, in place of the old ones.")
    reorder_point: QuantityField | None = None
    reorder_quantity: QuantityField | None = None
    attributes: Attributes = absent("All of them, in place of the old ones.")
    images: Images = absent("All of them, in place of the old ones.")
    external_id: ExternalId | None = None

    def values(self) -> ProductValues:
        return _values(self.given())

    def currencies(self) -> Mapping[str, str]:
        return _currencies(self.price, self.cost)


def _values(given: dict[str, Any]) -> ProductValues:
    for field in ("price", "cost"):
        if given.get(field) is not None:
            given[field] = given[field].amount
    if "barcodes" in given:
        given["barcodes"] = parse_barcodes(given["barcodes"])
    return cast("ProductValues", given)


def _currencies(price: PriceIn | None, cost: PriceIn | None) -> Mapping[str, str]:
    named = {"price": price, "cost": cost}
    return {field: value.currency for field, value in named.items() if value is not None}


class ProductItemOut(Schema):
    """A product as lists show it: all but its description."""

    id: ProductIdField
    sku: str
    name: str
    category_id: CategoryIdField | None
    family_id: FamilyIdField | None
    unit_id: UnitIdField
    tax_rate_id: TaxRateIdField
    price: MoneyOut
    cost: MoneyOut | None = Field(description="Null also for those who may not see costs.")
    tracks_stock: bool
    active: bool = Field(description="Whether it is on sale.")
    barcodes: list[str]
    reorder_point: QuantityField | None
    reorder_quantity: QuantityField | None
    attributes: dict[str, str]
    images: list[str]
    external_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, item: ProductItem, *, costs: bool) -> ProductItemOut:
        return cls(**_shown(item, costs=costs))


class ProductOut(ProductItemOut):
    description: str | None

    @classmethod
    def showing(cls, view: ProductView, *, costs: bool) -> ProductOut:
        return cls(**_shown(view, costs=costs), description=view.description)


def _shown(item: ProductItem, *, costs: bool) -> dict[str, Any]:
    return {
        "id": item.id,
        "sku": item.sku,
        "name": item.name,
        "category_id": item.category_id,
        "family_id": item.family_id,
        "unit_id": item.unit_id,
        "tax_rate_id": item.tax_rate_id,
        "price": _price(item.price, item.currency),
        "cost": _price(item.cost, item.currency) if costs and item.cost is not None else None,
        "tracks_stock": item.tracks_stock,
        "active": item.active,
        "barcodes": list(item.barcodes),
        "reorder_point": item.reorder_point,
        "reorder_quantity": item.reorder_quantity,
        "attributes": item.attributes,
        "images": list(item.images),
        "external_id": item.external_id,
        "version": item.version,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }


def _price(price: UnitPrice, currency: str) -> MoneyOut:
    return MoneyOut(amount=price.amount, currency=currency)
