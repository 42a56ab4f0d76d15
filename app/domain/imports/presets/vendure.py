"""The product files of Vendure: a product, and its further variants below it without a name.

Of texts in several languages the first is read. Facets are attributes, but for the category. A
product with options is a family by its slug, else by its name; assets are read where they are
addresses.
"""

from __future__ import annotations

from typing import Any

from app.domain.imports.fields import header_key
from app.domain.imports.presets.described import Described, Item, Orphan, Own, one_category
from app.domain.imports.presets.families import Kin, option_names, pictures
from app.domain.imports.presets.variants import variant_key, variant_name

_CATEGORY = "category"


def read(own: Own, head: dict[str, Any]) -> Item | Orphan | None:
    """Read a variant; the head is what its product says."""
    if own.get("title"):
        head.update(
            title=own["title"],
            slug=own.get("slug", ""),
            text=own.get("text", ""),
            facets=own.get("facets", ""),
            groups=own.get("groups", ""),
            images=own.get("images", ""),
        )
    elif not head:
        return Orphan("title", "a variant below the name of its product")
    values = [value.strip() for value in own.get("values", "").split("|")]
    groups = [group.strip() for group in head["groups"].split("|")]
    facets = [
        (name.strip(), value.strip())
        for name, _, value in (part.partition(":") for part in head["facets"].split("|"))
    ]
    categories = [value for name, value in facets if name.casefold() == _CATEGORY]
    category, doubts = one_category("facets", categories)
    shared, wrong = pictures("images", head.get("images", "").split("|"))
    images, more = pictures("variant_images", own.get("variant_images", "").split("|"))
    known_as = head["slug"] or head["title"]
    kin = Kin(known_as, head["title"], option_names(groups), shared) if any(values) else None
    return Item(
        cells={
            "name": variant_name(head["title"], values),
            "description": head["text"],
            "category": category,
        },
        attributes=[
            *zip(groups, values, strict=False),
            *((name, value) for name, value in facets if name.casefold() != _CATEGORY),
        ],
        key=variant_key(known_as, values),
        kin=kin,
        images=images if kin else (*shared, *images),
        doubts=[*doubts, *wrong, *more] if own.get("title") else more,
    )


def _key(title: str) -> str:
    """Return the key of a header without its language."""
    return header_key(title.partition(":")[0])


VENDURE = Described(
    name="vendure",
    needs=(frozenset({"slug", "sku", "price", "trackinventory"}),),
    aliases={
        "title": ("name",),
        "slug": ("slug",),
        "text": ("description",),
        "images": ("assets",),
        "variant_images": ("variantassets",),
        "facets": ("facets",),
        "groups": ("optiongroups",),
        "values": ("optionvalues",),
        "sku": ("sku",),
        "price": ("price",),
        "quantity": ("stockonhand",),
        "tracks_stock": ("trackinventory",),
    },
    composed={
        "name": "title",
        "description": "text",
        "category": "facets",
        "family": "slug",
        "family_name": "title",
        "family_options": "groups",
        "family_images": "images",
        "images": "images",
    },
    attributes=("values", "facets"),
    header_keys=_key,
    read=read,
    keys=("sku", "title"),
)
