"""The product export of WooCommerce: simple products, and families with a record per variation.

A family, a group and a collection are no goods themselves. What a variation does not say is that
of its family, as long as that stands above it. An id is that of one web site, so it is used only
where there is no SKU.
"""

from __future__ import annotations

import re
from typing import Any

from app.domain.imports.presets.described import Described, Item, Own, one_category

ATTRIBUTES = 20
FAMILIES = 500
"""How many families are kept in mind; exports list them before their variations."""

_COMMA = re.compile(r"(?<!\\),")
_DRAFTS = {"1": "true", "0": "false", "-1": "false"}


def read(own: Own, head: dict[str, Any]) -> Item | None:
    """Read a record; the head has the categories of the families above by SKU and by id."""
    kinds = {kind.strip() for kind in own.get("kind", "").casefold().split(",")}
    families = {"variable", "grouped"} & kinds
    paths = [part.replace("\\,", ",") for part in _COMMA.split(own.get("categories", ""))]
    category, doubts = one_category("categories", paths)
    if families:
        for key in filter(None, (own.get("sku"), f"id:{own.get('id')}")):
            head.pop(key, None)
            head[key] = category
        for key in list(head)[: max(0, len(head) - 2 * FAMILIES)]:
            del head[key]
        return None
    if not category and "variation" in kinds:
        category = head.get(own.get("parent", ""), "")
    published = own.get("published", "")
    intangible = kinds & {"virtual", "downloadable", "external"}
    identifier = own.get("id", "")
    return Item(
        cells={
            "category": category,
            "active": _DRAFTS.get(published, published),
            "tracks_stock": "false" if intangible else "",
        },
        attributes=[
            (own.get(f"attribute{n}_name", ""), own.get(f"attribute{n}_value", ""))
            for n in range(1, ATTRIBUTES + 1)
            if own.get(f"attribute{n}_value")
        ],
        key=f"woocommerce-{identifier}" if identifier else None,
        doubts=doubts,
    )


WOOCOMMERCE = Described(
    name="woocommerce",
    needs=(
        frozenset({"type", "sku", "name", "regularprice"}),
        frozenset({"type", "sku", "name", "visibilityincatalog"}),
    ),
    aliases={
        "id": ("id",),
        "kind": ("type",),
        "sku": ("sku",),
        "name": ("name",),
        "published": ("published",),
        "description": ("description", "shortdescription"),
        "quantity": ("stock",),
        "reorder_point": ("lowstockamount",),
        "price": ("regularprice",),
        "cost": ("costofgoods", "cogsvalue"),
        "categories": ("categories",),
        "parent": ("parent",),
        "barcodes": ("gtinupceanorisbn",),
        **{f"attribute{n}_name": (f"attribute{n}name",) for n in range(1, ATTRIBUTES + 1)},
        **{f"attribute{n}_value": (f"attribute{n}values",) for n in range(1, ATTRIBUTES + 1)},
    },
    composed={"category": "categories", "active": "published", "tracks_stock": "kind"},
    attributes=("attribute1_value",),
    read=read,
    keys=("sku", "id"),
)
