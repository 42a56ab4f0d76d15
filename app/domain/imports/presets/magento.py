"""The product export of Magento and Adobe Commerce: a record per product, families as well.

A configurable or bundled product is no goods itself, and a record for a store view only translates
the product above it. Of several categories the deepest is read. A configurable product stands below
its simple ones and makes them a family by its SKU. Pictures are read where they are addresses; most
exports name files of the shop instead.
"""

from __future__ import annotations

import re
from typing import Any

from app.domain.imports.presets.described import Described, Item, Own, one_category
from app.domain.imports.presets.families import Addition, Kin, Told, option_names, pictures

_FAMILIES = frozenset({"configurable", "bundle", "grouped"})
_INTANGIBLE = frozenset({"virtual", "downloadable"})
_SERVICE = frozenset({"has_options", "required_options"})
_ATTRIBUTE = re.compile(r",(?=\s*[A-Za-z]\w*=)")
_ROOT_END = re.compile(r"[/,]")
_STATES = {"1": "true", "2": "false"}


def read(own: Own, _: dict[str, Any]) -> Item | Addition | None:
    """Read a record."""
    kind = own.get("kind", "").casefold()
    if kind == "configurable" and own.get("sku") and not own.get("store_view"):
        return _family(own)
    if kind in _FAMILIES or own.get("store_view") or not own.get("sku"):
        return None
    category, doubts = one_category("categories", _paths(own.get("categories", "")))
    state = own.get("online", "")
    uncounted = own.get("manages_stock") == "0" and own.get("stock_by_config") == "0"
    alerts = own.get("alert", "") if own.get("alert_by_config") == "0" else ""
    pairs = [part.partition("=") for part in _ATTRIBUTE.split(own.get("additional", ""))]
    images, wrong = _pictures(own)
    return Item(
        cells={
            "category": category,
            "active": _STATES.get(state, state),
            "tracks_stock": "false" if kind in _INTANGIBLE or uncounted else "",
            "reorder_point": alerts,
        },
        attributes=[
            (name.strip(), value.strip().strip('"'))
            for name, _, value in pairs
            if name.strip() not in _SERVICE
        ],
        images=images,
        doubts=[*doubts, *wrong],
    )


def _family(own: Own) -> Addition:
    """Read a configurable product: its variations are `sku=A,colour=red|sku=B,colour=blue`."""
    members: list[str] = []
    options: dict[str, None] = {}
    for variation in own.get("variations", "").split("|"):
        for name, _, value in (part.partition("=") for part in _ATTRIBUTE.split(variation)):
            if name.strip() == "sku":
                members.append(value.strip())
            elif name.strip():
                options[name.strip()] = None
    images, doubts = _pictures(own)
    kin = Kin(own["sku"], own.get("name", ""), option_names(options), images)
    return Addition(kin=kin, members=members, doubts=doubts)


def _pictures(own: Own) -> tuple[tuple[str, ...], list[Told]]:
    main, wrong = pictures("images", [own.get("images", "")])
    more, others = pictures("more_images", own.get("more_images", "").split(","))
    return tuple(dict.fromkeys((*main, *more))), [*wrong, *others][:1]


def _paths(text: str) -> list[str]:
    """Return the paths of a list; a comma in a name is one behind which the root does not come."""
    root = re.escape(_ROOT_END.split(text, maxsplit=1)[0].strip())
    return [path.replace("/", " > ") for path in re.split(rf",\s*(?={root}(?:[/,]|$))", text)]


MAGENTO = Described(
    name="magento",
    needs=(frozenset({"sku", "attributesetcode", "producttype"}),),
    aliases={
        "sku": ("sku",),
        "store_view": ("storeviewcode",),
        "kind": ("producttype",),
        "categories": ("categories",),
        "name": ("name",),
        "description": ("description",),
        "online": ("productonline",),
        "price": ("price",),
        "cost": ("cost",),
        "additional": ("additionalattributes",),
        "images": ("baseimage",),
        "more_images": ("additionalimages",),
        "variations": ("configurablevariations",),
        "quantity": ("qty",),
        "alert": ("notifyonstockbelow",),
        "alert_by_config": ("useconfignotifystockqty",),
        "manages_stock": ("managestock",),
        "stock_by_config": ("useconfigmanagestock",),
    },
    composed={
        "category": "categories",
        "active": "online",
        "tracks_stock": "manages_stock",
        "reorder_point": "alert",
        "images": "images",
    },
    attributes=("additional",),
    read=read,
    keys=("sku",),
)
