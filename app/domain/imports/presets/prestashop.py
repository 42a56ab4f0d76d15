"""The product file of PrestaShop: a record per product, its combinations are in another file."""

from __future__ import annotations

from typing import Any

from app.domain.imports.presets.described import Described, Item, Own, one_category
from app.domain.imports.presets.families import pictures


def read(own: Own, _: dict[str, Any]) -> Item:
    """Read a product; its reference need not be there, its number is that of one shop."""
    paths = [path.replace("/", " > ") for path in own.get("categories", "").split(",")]
    category, doubts = one_category("categories", paths)
    identifier = own.get("id", "")
    images, wrong = pictures("images", own.get("images", "").split(","))
    return Item(
        cells={
            "category": category,
            "description": own.get("text", "") or own.get("summary", ""),
            "tracks_stock": "false" if own.get("virtual") == "1" else "",
        },
        attributes=[("Manufacturer", own.get("manufacturer", ""))],
        key=f"prestashop-{identifier}" if identifier else None,
        images=images,
        doubts=[*doubts, *wrong],
    )


PRESTASHOP = Described(
    name="prestashop",
    needs=(
        frozenset({"productid", "active01"}),
        frozenset({"reference", "categoriesxyz"}),
    ),
    aliases={
        "id": ("productid", "id"),
        "active": ("active01",),
        "name": ("name",),
        "categories": ("categoriesxyz",),
        "price": ("pricetaxexcluded", "pricetaxincluded"),
        "cost": ("wholesaleprice", "costprice"),
        "sku": ("reference",),
        "manufacturer": ("manufacturer",),
        "barcodes": ("ean13", "upc", "isbn"),
        "quantity": ("quantity",),
        "reorder_point": ("lowstocklevel",),
        "text": ("description",),
        "summary": ("summary",),
        "images": ("imageurlsxyz",),
        "virtual": ("virtualproduct", "virtualproduct0no1yes"),
    },
    composed={
        "category": "categories",
        "description": "text",
        "tracks_stock": "virtual",
        "images": "images",
    },
    attributes=("manufacturer",),
    read=read,
    keys=("sku", "id"),
)
