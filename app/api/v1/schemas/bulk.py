"""What is sent and shown of many products at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

from pydantic import Field, StrictBool

from app.api.v1.schemas.catalog import (
    Barcodes,
    Description,
    ExternalId,
    Images,
    Name,
    PriceIn,
    Sku,
)
from app.api.v1.schemas.common import ABSENT, ProductIdField, QuantityField, Schema, Sparse, absent
from app.api.v1.schemas.families import FamilyKey
from app.application.imports.use_cases.bulk import Item, ItemResult, field_error
from app.domain.catalog import limits
from app.domain.catalog.barcode import parse_barcodes
from app.domain.imports.faults import Outcome
from app.domain.imports.items import ItemValues
from app.domain.imports.plan import Mode, OnError

MOST_ITEMS = 500

Code = Annotated[str, Field(min_length=1, max_length=32, examples=["piece"])]
AttributePatch = Annotated[
    dict[
        Annotated[str, Field(min_length=1, max_length=limits.ATTRIBUTE_NAME_LENGTH)],
        Annotated[str, Field(max_length=limits.ATTRIBUTE_VALUE_LENGTH)] | None,
    ],
    Field(max_length=limits.ATTRIBUTES, examples=[{"colour": "blue", "size": None}]),
]


class ProductItemIn(Sparse):
    """A product as an import reads it: by its SKU, with codes and paths instead of ids."""

    sku: Sku
    name: Name = absent("Needed to make a product.")
    price: PriceIn = absent("Needed to make a product.")
    description: Description | None = None
    category: Annotated[str, Field(min_length=1, max_length=2000)] | None = Field(
        default=None,
        examples=["Home > Garden"],
        description="The path from the root; missing categories are made.",
    )
    family: FamilyKey | None = Field(
        default=None, description="The key of its family; a missing one is made."
    )
    unit: Code = absent("The code of a unit of the shop.")
    tax_rate: Code = absent("The code of a tax rate of the shop.")
    cost: PriceIn | None = Field(default=None, description="Only from those who may see costs.")
    tracks_stock: StrictBool = ABSENT
    active: StrictBool = ABSENT
    barcodes: Barcodes | None = Field(default=None, description="In place of the old ones.")
    reorder_point: QuantityField | None = None
    reorder_quantity: QuantityField | None = None
    attributes: AttributePatch = absent("Those named; null takes one away.")
    images: Images = absent("They join those there are.")
    external_id: ExternalId | None = None

    def item(self) -> Item:
        given = self.given()
        currencies = {}
        for field in ("price", "cost"):
            if given.get(field) is not None:
                currencies[field] = given[field].currency
                given[field] = given[field].amount
        if given.get("barcodes"):
            given["barcodes"] = parse_barcodes(given["barcodes"])
        elif "barcodes" in given:
            given["barcodes"] = ()
        return Item(values=cast("ItemValues", given), currencies=currencies)


class ProductItemsIn(Schema):
    products: list[ProductItemIn] = Field(min_length=1, max_length=MOST_ITEMS)
    mode: Mode = Field(Mode.UPSERT, description="What may happen to products.")
    on_error: OnError = Field(
        OnError.ABORT, description="Whether one that fails keeps all others out or is left out."
    )


class ItemFaultOut(Schema):
    """What is wrong or odd; the pointer is inside the item."""

    pointer: str
    code: str
    detail: str


class ItemResultOut(Schema):
    sku: str
    outcome: Outcome
    product_id: ProductIdField | None = Field(description="Null when it failed.")
    errors: list[ItemFaultOut]
    warnings: list[ItemFaultOut]

    @classmethod
    def of(cls, result: ItemResult) -> ItemResultOut:
        errors, warnings = (
            [
                ItemFaultOut(pointer=error.pointer, code=error.code, detail=error.detail)
                for error in map(field_error, faults)
            ]
            for faults in (result.errors, result.warnings)
        )
        return cls(
            sku=result.sku,
            outcome=result.outcome,
            product_id=result.product_id,
            errors=errors,
            warnings=warnings,
        )


class ItemResultsOut(Schema):
    """One result for each item, in the order of the request."""

    created: int
    updated: int
    unchanged: int
    failed: int
    results: list[ItemResultOut]

    @classmethod
    def of(cls, results: Sequence[ItemResult]) -> ItemResultsOut:
        outcomes = [result.outcome for result in results]
        return cls(
            created=outcomes.count(Outcome.CREATED),
            updated=outcomes.count(Outcome.UPDATED),
            unchanged=outcomes.count(Outcome.UNCHANGED),
            failed=outcomes.count(Outcome.FAILED),
            results=[ItemResultOut.of(result) for result in results],
        )
