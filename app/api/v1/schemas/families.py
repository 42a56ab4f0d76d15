"""What is sent and shown of families of products."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import Field

from app.api.v1.schemas.catalog import Images, Name
from app.api.v1.schemas.common import ABSENT, FamilyIdField, ProductIdField, Schema, Sparse, absent
from app.application.catalog.queries import FamilyItem, FamilyView
from app.domain.catalog import limits
from app.domain.catalog.family import FamilyValues

FamilyKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=limits.FAMILY_KEY_LENGTH,
        description="What files call it, unique whatever its case.",
        examples=["linen-shirt"],
    ),
]
Options = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=limits.ATTRIBUTE_NAME_LENGTH)]],
    Field(
        max_length=limits.FAMILY_OPTIONS,
        description="The attributes in which its products differ, in order.",
        examples=[["Colour", "Size"]],
    ),
]


class FamilyIn(Sparse):
    key: FamilyKey
    name: Name
    options: Options = Field(default=[])
    images: Images = Field(default=[])

    def values(self) -> FamilyValues:
        return cast("FamilyValues", self.given())


class FamilyPatch(Sparse):
    key: FamilyKey = ABSENT
    name: Name = ABSENT
    options: Options = absent("All of them, in place of the old ones.")
    images: Images = absent("All of them, in place of the old ones.")

    def values(self) -> FamilyValues:
        return cast("FamilyValues", self.given())


class FamilyItemOut(Schema):
    """A family as lists show it, without its products."""

    id: FamilyIdField
    key: str
    name: str
    options: list[str]
    images: list[str]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, family: FamilyItem) -> FamilyItemOut:
        return cls(**_shown(family))


class VariantOut(Schema):
    id: ProductIdField
    sku: str
    values: dict[str, str | None] = Field(
        description="Each option of the family; null where the product has no such attribute."
    )


class FamilyOut(FamilyItemOut):
    variants: list[VariantOut] = Field(description="The first 200 by SKU.")
    more_variants: bool = Field(
        description="Whether there are more, to be listed by `GET /products?family_id=`."
    )

    @classmethod
    def showing(cls, view: FamilyView) -> FamilyOut:
        return cls(
            **_shown(view),
            variants=[
                VariantOut(id=variant.id, sku=variant.sku, values=variant.values)
                for variant in view.variants.first
            ],
            more_variants=view.variants.more,
        )


def _shown(family: FamilyItem) -> dict[str, Any]:
    return {
        "id": family.id,
        "key": family.key,
        "name": family.name,
        "options": list(family.options),
        "images": list(family.images),
        "version": family.version,
        "created_at": family.created_at,
        "updated_at": family.updated_at,
    }
