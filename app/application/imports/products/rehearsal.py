"""What later chunks of a rehearsal must know of earlier ones, whose writes were undone.

A row takes a SKU for the whole file, which the engine keeps for every run. Barcodes and external
ids go from product to product: who would have them is noted as `barcode:KEY` and
`external_id:KEY`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.application.imports.products.model import Change, Creation, Draft, Owner, Shelf
from app.domain.common.identifiers import ProductId

_BARCODE = "barcode:"
_EXTERNAL_ID = "external_id:"
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
