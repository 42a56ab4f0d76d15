"""What an import writes of products and families besides: their audit rows and their events.

They say the same as those of things that are made or changed by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from app.application.imports.products.model import Change, Creation, Draft, FamilyDraft
from app.domain.catalog.family import FamilyCreated, FamilyUpdated
from app.domain.catalog.product import (
    ProductCreated,
    ProductDeactivated,
    ProductReactivated,
    ProductUpdated,
)
from app.domain.common.identifiers import Ulid
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.imports.differences import Difference

Payload = Mapping[str, object]
_PRICES = ("price", "cost")
_QUANTITIES = ("reorder_point", "reorder_quantity")
_EMPTY: tuple[object, ...] = (None, [], {})


@lru_cache(4096)
def _text(identifier: Ulid) -> str:
    """Write an identifier that thousands of products share only once."""
    return str(identifier)


class AuditRecord(NamedTuple):
    action: str
    subject: Ulid
    changes: Mapping[str, Payload]


class EventRecord(NamedTuple):
    name: str
    subject: Ulid
    payload: Payload


def created(creation: Creation) -> tuple[AuditRecord, EventRecord]:
    """Return the records of a product that was made."""
    product = creation.product
    snapshot = _snapshot(product)
    fields = snapshot | {"cost": _shown("cost", product.cost)}
    changes: dict[str, Payload] = {
        name: {"before": None, "after": value}
        for name, value in fields.items()
        if value not in _EMPTY
    }
    if creation.opening:
        changes["on_hand"] = {
            "before": str(Quantity(0)),
            "after": str(Quantity(creation.opening)),
        }
    payload = {"subject": str(product.id), "product": snapshot}
    return (
        AuditRecord("product.created", product.id, changes),
        EventRecord(ProductCreated.name, product.id, payload),
    )


def changed(change: Change) -> tuple[AuditRecord, list[EventRecord]]:
    """Return the records of a product that was changed."""
    product = change.product
    changes = {
        name: {"before": _shown(name, before), "after": _shown(name, after)}
        for name, (before, after) in change.changes.items()
    }
    return AuditRecord("product.updated", product.id, changes), list(_events(change))


def family(draft: FamilyDraft) -> tuple[AuditRecord, EventRecord]:
    """Return the records of a family that was made or changed."""
    now: dict[str, object] = {
        "name": draft.name,
        "options": list(draft.options),
        "images": list(draft.images),
    }
    whole = {"key": draft.key, **now}
    subject = str(draft.id)
    if draft.before is None:
        made: dict[str, Payload] = {
            name: {"before": None, "after": value} for name, value in whole.items() if value
        }
        payload: dict[str, object] = {"subject": subject, "family": whole}
        return (
            AuditRecord("family.created", draft.id, made),
            EventRecord(FamilyCreated.name, draft.id, payload),
        )
    old_name, options, images = draft.before
    old: dict[str, object] = {"name": old_name, "options": list(options), "images": list(images)}
    changes: dict[str, Payload] = {
        name: {"before": old[name], "after": value}
        for name, value in now.items()
        if value != old[name]
    }
    payload = {"subject": subject, "changed": list(changes), "family": whole}
    return (
        AuditRecord("family.updated", draft.id, changes),
        EventRecord(FamilyUpdated.name, draft.id, payload),
    )


def difference(written: Creation | Change) -> Difference:
    """Return what a row would change, told as the audit log does, but categories by path
    and families by key."""
    record, _ = created(written) if isinstance(written, Creation) else changed(written)
    changes = dict(record.changes)
    if changes.pop("category_id", None) is not None:
        before = written.before.category if isinstance(written, Change) else None
        changes["category"] = {"before": before, "after": written.product.category}
    if changes.pop("family_id", None) is not None:
        before = written.before.family if isinstance(written, Change) else None
        changes["family"] = {"before": before, "after": written.product.family}
    return Difference(
        row=written.row,
        line=written.line,
        label=written.product.sku,
        created=isinstance(written, Creation),
        changes=changes,
    )


def _events(change: Change) -> Iterator[EventRecord]:
    product = change.product
    subject = str(product.id)
    payload = {
        "subject": subject,
        "changed": list(change.changes),
        "product": _snapshot(product),
    }
    yield EventRecord(ProductUpdated.name, product.id, payload)
    if "active" in change.changes:
        name = (ProductReactivated if product.active else ProductDeactivated).name
        yield EventRecord(name, product.id, {"subject": subject, "sku": product.sku})


def _snapshot(product: Draft) -> dict[str, object]:
    """Return what `Product.snapshot` would, without making the product."""
    return {
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "category_id": _text(product.category_id) if product.category_id else None,
        "family_id": _text(product.family_id) if product.family_id else None,
        "unit_id": _text(product.unit_id),
        "tax_rate_id": _text(product.tax_rate_id),
        "price": _shown("price", product.price),
        "tracks_stock": product.tracks_stock,
        "active": product.active,
        "barcodes": [code.code for code in product.barcodes],
        "reorder_point": _shown("reorder_point", product.reorder_point),
        "reorder_quantity": _shown("reorder_quantity", product.reorder_quantity),
        "attributes": product.attributes,
        "images": list(product.images),
        "external_id": product.external_id,
    }


def _shown(name: str, value: object) -> object:
    if value is None:
        return None
    if name in _PRICES and isinstance(value, int):
        return UnitPrice(value).amount
    if name in _QUANTITIES and isinstance(value, int):
        return str(Quantity(value))
    if name == "barcodes" and isinstance(value, tuple):
        return [code for code, _ in value]
    if name == "images" and isinstance(value, tuple):
        return list(value)
    return str(value) if name.endswith("_id") else value
