"""What later chunks of a rehearsal must know of earlier ones, whose writes were undone.

A row takes a SKU for the whole file, which the engine keeps for every run. Barcodes and external
ids go from product to product: who would have them is noted as `barcode:KEY` and
`external_id:KEY`. What a family would be is noted as `family:KEY`, and which pictures a product
would have, to which further ones may come, as `pictures:SKU`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from app.application.imports.products.model import (
    Change,
    Creation,
    Draft,
    FamilyDraft,
    Owner,
    Shelf,
)
from app.domain.common.identifiers import FamilyId, IdSource, ProductId
from app.domain.common.text import key as key_of

_BARCODE = "barcode:"
_EXTERNAL_ID = "external_id:"
_FAMILY = "family:"
_PICTURES = "pictures:"
# A product of an earlier row, which no row of this chunk can mean: it was made and unmade.
_GONE = ProductId(int=0)


def values(barcodes: Iterable[str], external_ids: Iterable[str]) -> set[str]:
    """Return under which names the holders of codes and keys are noted."""
    return {f"{_BARCODE}{key}" for key in barcodes} | {
        f"{_EXTERNAL_ID}{key}" for key in external_ids
    }


def holders(written: Iterable[Creation | Change]) -> dict[str, str]:
    """Return who has which code and key after these, which are in the order of the file."""
    found: dict[str, str] = {}
    for one in written:
        if isinstance(one, Change):
            found |= dict.fromkeys(_held(one.before), "")
        found |= dict.fromkeys(_held(one.product), one.product.sku)
    return found


def parted(held: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the keys of barcodes and the external ids among the names of `values`."""
    barcodes = [value.removeprefix(_BARCODE) for value in held if value.startswith(_BARCODE)]
    external_ids = [
        value.removeprefix(_EXTERNAL_ID) for value in held if value.startswith(_EXTERNAL_ID)
    ]
    return barcodes, external_ids


def family_values(keys: Iterable[str]) -> set[str]:
    """Return under which names families are noted."""
    return {f"{_FAMILY}{key}" for key in keys}


def families(written: Iterable[FamilyDraft]) -> dict[str, str]:
    """Return what families are after a chunk."""
    return {
        f"{_FAMILY}{key_of(family.key)}": json.dumps(
            [family.key, family.name, family.options, family.images]
        )
        for family in written
    }


def picture_values(sku_keys: Iterable[str]) -> set[str]:
    """Return under which names the pictures of products are noted."""
    return {f"{_PICTURES}{key}" for key in sku_keys}


def pictures(written: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return what pictures products would have after a chunk."""
    return {f"{_PICTURES}{key}": json.dumps(images) for key, images in written.items()}


def lay_pictures_over(shelf: Shelf, held: Mapping[str, str]) -> None:
    for value, told in held.items():
        if value.startswith(_PICTURES):
            shelf.pictures[value.removeprefix(_PICTURES)] = tuple(json.loads(told))


def lay_families_over(shelf: Shelf, held: Mapping[str, str], *, ids: IdSource) -> None:
    """Make families what they would be; one that was made and unmade is made again if needed."""
    for value, told in held.items():
        if not value.startswith(_FAMILY):
            continue
        spelt, name, options, images = json.loads(told)
        found = value.removeprefix(_FAMILY)
        family = shelf.families.setdefault(
            found, FamilyDraft(id=ids.new(FamilyId), key=spelt, name=name)
        )
        family.name, family.options, family.images = name, tuple(options), tuple(images)


def lay_over(shelf: Shelf, held: Mapping[str, str]) -> None:
    """Make the shelf what it would be if the earlier chunks had been kept."""
    barcodes, external_ids = parted(held)
    for key in barcodes:
        _give(shelf.owners, key, held[f"{_BARCODE}{key}"])
    for key in external_ids:
        shelf.by_external_id.pop(key, None)
        _give(shelf.keyed, key, held[f"{_EXTERNAL_ID}{key}"])


def _give(owners: dict[str, Owner], key: str, sku: str) -> None:
    if sku:
        owners[key] = Owner(id=_GONE, sku=sku)
    else:
        owners.pop(key, None)


def _held(product: Draft) -> set[str]:
    external = () if product.external_id is None else (product.external_id,)
    return values((key for _, key in product.barcodes), external)
