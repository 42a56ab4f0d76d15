"""The product export of Odoo, with labels or with technical names for its headers.

Lists inside a product (vendors, attributes) go on below it in records without a name. Variants are
a family by the external id of their template, where the file has it.
"""

from __future__ import annotations

from typing import Any

from app.domain.imports.presets.described import Described, Item, Orphan, Own
from app.domain.imports.presets.families import Kin, option_names
from app.domain.imports.presets.variants import variant_name


def read(own: Own, head: dict[str, Any]) -> Item | Orphan | None:
    """Read a record; the head only tells that there was a product above."""
    name = own.get("title", "")
    if not name and not own.get("sku") and not own.get("external_id"):
        return None if head else Orphan("title", "a list below the name of its product")
    head["seen"] = True
    pairs = [
        (label.strip(), value.strip())
        for label, _, value in (part.partition(":") for part in own.get("values", "").split(","))
        if value.strip()
    ]
    kin = None
    if own.get("template") and pairs:
        kin = Kin(own["template"], name, option_names(label for label, _ in pairs))
    return Item(
        cells={
            "name": variant_name(name, [value for _, value in pairs]),
            "category": own.get("category_path", "").replace(" / ", " > "),
            "tracks_stock": "false" if own.get("kind", "").casefold() == "service" else "",
        },
        attributes=pairs,
        key=own.get("external_id"),
        kin=kin,
    )


ODOO = Described(
    name="odoo",
    needs=(
        frozenset({"name", "internalreference"}),
        frozenset({"name", "defaultcode"}),
    ),
    aliases={
        "external_id": ("externalid", "id"),
        "template": ("producttemplateexternalid", "producttemplateid", "producttmplidid"),
        "title": ("name",),
        "sku": ("internalreference", "defaultcode"),
        "barcodes": ("barcode",),
        "price": ("salesprice", "saleprice", "publicprice", "listprice"),
        "cost": ("cost", "standardprice"),
        "category_path": ("productcategory", "categid", "category"),
        "kind": ("producttype", "type", "detailedtype"),
        "quantity": ("quantityonhand", "qtyavailable"),
        "active": ("active",),
        "description": ("salesdescription", "descriptionsale", "description"),
        "values": ("variantvalues", "producttemplatevariantvalueids", "attributevalues"),
    },
    composed={
        "name": "title",
        "category": "category_path",
        "tracks_stock": "kind",
        "family": "template",
        "family_name": "title",
        "family_options": "values",
    },
    attributes=("values",),
    read=read,
    keys=("sku", "external_id"),
)
