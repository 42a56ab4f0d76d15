"""The product export of WooCommerce: simple products, and families with a record per variation.

A family, a group and a collection are no goods themselves. What a variation does not say is that
of its family, as long as that stands above it. An id is that of one web site, so it is used only
where there is no SKU. The options of a family are the attributes of its first variation.
"""

from __future__ import annotations

import re
from typing import Any

from app.domain.imports.presets.described import Described, Item, Own, one_category
from app.domain.imports.presets.families import Addition, Kin, Told, option_names, pictures

ATTRIBUTES = 20
FAMILIES = 500
"""How many families are kept in mind; exports list them before their variations."""

_COMMA = re.compile(r"(?<!\\),")
_DRAFTS = {"1": "true", "0": "false", "-1": "false"}


def read(own: Own, head: dict[str, Any]) -> Item | Addition | None:
    """Read a record; the head has what the families above say, by SKU and by id."""
    kinds = {kind.strip() for kind in own.get("kind", "").casefold().split(",")}
    paths = [part.replace("\\,", ",") for part in _COMMA.split(own.get("categories", ""))]
    category, doubts = one_category("categories", paths)
    images, wrong = pictures("images", own.get("images", "").split(","))
    if {"variable", "grouped"} & kinds:
        return _above(own, head, category, images, wrong)
    family = head.get(own.get("parent", "")) if "variation" in kinds else None
    published = own.get("published", "")
    intangible = kinds & {"virtual", "downloadable", "external"}
    identifier = own.get("id", "")
    return Item(
        cells={
            "category": category or (family["category"] if family else ""),
            "active": _DRAFTS.get(published, published),
            "tracks_stock": "false" if intangible else "",
        },
        attributes=[
            (own.get(f"attribute{n}_name", ""), own.get(f"attribute{n}_value", ""))
            for n in range(1, ATTRIBUTES + 1)
            if own.get(f"attribute{n}_value")
        ],
        key=_by_id(identifier) if identifier else None,
        kin=_kin(own, head) if "variation" in kinds else None,
        images=images,
        doubts=[*doubts, *wrong],
    )


def _above(
    own: Own, head: dict[str, Any], category: str, images: tuple[str, ...], doubts: list[Told]
) -> Addition:
    """Keep in mind what a family or a group says."""
    key = own.get("sku") or _by_id(own.get("id", ""))
    said = {"key": key, "category": category, "name": own.get("name", ""), "images": list(images)}
    for named in filter(None, (own.get("sku"), f"id:{own.get('id')}")):
        _keep(head, named, said)
    return Addition(kin=Kin(key, images=images), doubts=doubts)


def _kin(own: Own, head: dict[str, Any]) -> Kin | None:
    """Return the family of a variation, which names it by SKU or, as `id:7`, by id."""
    parent = own.get("parent", "")
    if not parent:
        return None
    identifier = parent.removeprefix("id:")
    key = parent if identifier == parent else _by_id(identifier)
    said = head.get(parent) or {"key": key, "category": "", "name": "", "images": []}
    if "options" not in said:
        names = (own.get(f"attribute{n}_name", "") for n in range(1, ATTRIBUTES + 1))
        said = {**said, "options": list(option_names(names))}
        _keep(head, parent, said)
    return Kin(said["key"], said["name"], said["options"], said["images"])


def _keep(head: dict[str, Any], key: str, said: dict[str, Any]) -> None:
    """Put a family last among those in mind, and let go the first of too many."""
    head.pop(key, None)
    head[key] = said
    for oldest in list(head)[: max(0, len(head) - 2 * FAMILIES)]:
        del head[oldest]


def _by_id(identifier: str) -> str:
    return f"woocommerce-{identifier}"


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
        "images": ("images",),
        "barcodes": ("gtinupceanorisbn",),
        **{f"attribute{n}_name": (f"attribute{n}name",) for n in range(1, ATTRIBUTES + 1)},
        **{f"attribute{n}_value": (f"attribute{n}values",) for n in range(1, ATTRIBUTES + 1)},
    },
    composed={
        "category": "categories",
        "active": "published",
        "tracks_stock": "kind",
        "family": "parent",
        "family_name": "parent",
        "family_options": "attribute1_name",
        "family_images": "images",
        "images": "images",
    },
    attributes=("attribute1_value",),
    read=read,
    keys=("sku", "id"),
)
