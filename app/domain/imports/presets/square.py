"""The item library of Square: a record per variation, stock and alerts in a column per location.

Stock is read where there is one location; of several none is the shop's. A token is the key of a
variation in Square. Variations are a family by the reference handle of their item, if it has one.
"""

from __future__ import annotations

import re
from typing import Any

from app.domain.imports.presets.described import Described, Item, Own, one_category
from app.domain.imports.presets.families import Kin, option_names
from app.domain.imports.presets.variants import variant_name

_OPTIONS = (1, 2, 3, 4)
_NO_VARIATION = "regular"
_TOKEN = re.compile(r"\s*\([A-Z0-9]{16,}\)")


def read(own: Own, _: dict[str, Any]) -> Item:
    """Read a variation."""
    told = own.get("categories", "")
    category, doubts = one_category("categories", _TOKEN.sub("", told).split(","))
    values = [own.get(f"option{n}_value", "") for n in _OPTIONS]
    variation = own.get("variation", "")
    if variation.casefold() == _NO_VARIATION:
        variation = ""
    kin = None
    if own.get("handle") and (variation or any(values)):
        names = (own.get(f"option{n}_name", "") for n in _OPTIONS)
        kin = Kin(own["handle"], own.get("item", ""), option_names(names))
    countable = own.get("stockable", "").casefold()
    return Item(
        cells={
            "name": variant_name(own.get("item", ""), [variation]),
            "category": category,
            "tracks_stock": "false" if countable in ("n", "no") else "",
        },
        attributes=[
            (own.get(f"option{n}_name", ""), value)
            for n, value in zip(_OPTIONS, values, strict=True)
        ],
        key=own.get("external_id"),
        kin=kin,
        doubts=doubts,
    )


SQUARE = Described(
    name="square",
    needs=(
        frozenset({"itemname", "variationname", "token"}),
        frozenset({"itemname", "variationname", "price"}),
    ),
    aliases={
        "external_id": ("token",),
        "item": ("itemname",),
        "handle": ("referencehandle",),
        "variation": ("variationname",),
        "sku": ("sku",),
        "description": ("description",),
        "categories": ("reportingcategory", "categories", "category"),
        "barcodes": ("gtin",),
        "price": ("price",),
        "cost": ("defaultunitcost",),
        "discontinued": ("archived",),
        "stockable": ("stockable",),
        **{f"option{n}_name": (f"optionname{n}",) for n in _OPTIONS},
        **{f"option{n}_value": (f"optionvalue{n}",) for n in _OPTIONS},
    },
    prefixes={"quantity": "currentquantity", "reorder_point": "stockalertcount"},
    composed={
        "name": "item",
        "category": "categories",
        "tracks_stock": "stockable",
        "family": "handle",
        "family_name": "item",
        "family_options": "option1_name",
    },
    attributes=tuple(f"option{n}_value" for n in _OPTIONS),
    read=read,
    keys=("sku", "external_id"),
)
