"""Products of an import as rows of the tables and back, with the values that the drivers take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from app.application.imports.products.model import Code, Draft, FamilyDraft
from app.domain.catalog.family import family_search_text
from app.domain.common.identifiers import (
    CategoryId,
    FamilyId,
    ProductId,
    TaxRateId,
    Ulid,
    UnitId,
)
from app.domain.common.text import key as key_of
from app.infrastructure.db.bulk import Bulk

Id = TypeVar("Id", bound=Ulid)

# What an import changes of a product, with the types on Postgres; the first two find it.
CHANGED: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("version", "integer"),
    ("name", "text"),
    ("name_folded", "text"),
    ("search_text", "text"),
    ("description", "text"),
    ("category_id", "uuid"),
    ("unit_id", "uuid"),
    ("tax_rate_id", "uuid"),
    ("price_micros", "bigint"),
    ("cost_micros", "bigint"),
    ("tracks_stock", "boolean"),
    ("active", "boolean"),
    ("reorder_point", "bigint"),
    ("reorder_quantity", "bigint"),
    ("attributes", "jsonb"),
    ("external_id", "text"),
    ("family_id", "uuid"),
    ("images", "jsonb"),
    ("updated_at", "timestamptz"),
)
PRODUCT = (*(name for name, _ in CHANGED), "sku", "sku_key", "created_at")
BARCODE = ("code_key", "code", "product_id", "position")
AUDIT = (
    "id",
    "at",
    "user_id",
    "role",
    "session_id",
    "token_id",
    "address",
    "trace_id",
    "route",
    "action",
    "object_kind",
    "object_id",
    "changes",
    "redacted",
    "note",
)
EVENT = ("id", "name", "subject_id", "payload", "occurred_at")


def changed_row(draft: Draft, *, at: object) -> tuple[object, ...]:
    """Return the row for `CHANGED`; the version is the one that must be found."""
    return _values(draft, at=at, version=draft.version - 1)


def product_row(draft: Draft, bulk: Bulk, *, at: object) -> tuple[object, ...]:
    values = _values(draft, at=at, version=draft.version)
    if not bulk.on_postgres:
        values = tuple(v.bytes if isinstance(v, UUID) else v for v in values)
    return (*values, draft.sku, draft.sku_key, at)


def barcode_rows(drafts: Iterable[Draft], bulk: Bulk) -> list[tuple[object, ...]]:
    return list(_barcode_rows(drafts, bulk))


def _barcode_rows(drafts: Iterable[Draft], bulk: Bulk) -> Iterator[tuple[object, ...]]:
    for draft in drafts:
        for position, (code, key) in enumerate(draft.barcodes):
            yield key, code, bulk.identifier(draft.id), position


def _values(draft: Draft, *, at: object, version: int) -> tuple[object, ...]:
    attributes = draft.attributes
    return (
        draft.id,
        version,
        draft.name,
        draft.name_folded,
        draft.search_text,
        draft.description,
        draft.category_id,
        draft.unit_id,
        draft.tax_rate_id,
        draft.price,
        draft.cost,
        draft.tracks_stock,
        draft.active,
        draft.reorder_point,
        draft.reorder_quantity,
        json.dumps(attributes, ensure_ascii=False) if attributes else "{}",
        draft.external_id,
        draft.family_id,
        json.dumps(draft.images, ensure_ascii=False) if draft.images else "[]",
        at,
    )


def read_draft(row: Sequence[Any], codes: Iterable[tuple[str, str]]) -> Draft:
    """Return a stored product from the columns that the import reads, in their order."""
    return Draft(
        id=typed(ProductId, row[0]),
        sku=row[1],
        sku_key=row[2],
        name=row[3],
        name_folded=row[4],
        search_text=row[5],
        description=row[6],
        category_id=None if row[7] is None else _shared(CategoryId, row[7]),
        category=row[8],
        category_key=row[9],
        unit_id=_shared(UnitId, row[10]),
        tax_rate_id=_shared(TaxRateId, row[11]),
        price=row[12],
        cost=row[13],
        tracks_stock=bool(row[14]),
        active=bool(row[15]),
        reorder_point=row[16],
        reorder_quantity=row[17],
        attributes=json.loads(row[18]),
        external_id=row[19],
        version=row[20],
        family_id=None if row[21] is None else _shared(FamilyId, row[21]),
        family=row[22],
        images=_texts(row[23]),
        barcodes=tuple(Code(code, key) for code, key in codes),
    )


# What an import changes of a family; the first two find it.
CHANGED_FAMILY: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("version", "integer"),
    ("name", "text"),
    ("search_text", "text"),
    ("options", "jsonb"),
    ("images", "jsonb"),
    ("updated_at", "timestamptz"),
)
FAMILY = (*(name for name, _ in CHANGED_FAMILY), "key", "match_key", "created_at")


def changed_family_row(family: FamilyDraft, *, at: object) -> tuple[object, ...]:
    """Return the row for `CHANGED_FAMILY`."""
    return (
        family.id,
        family.version,
        family.name,
        family_search_text(family.key, family.name),
        json.dumps(family.options, ensure_ascii=False),
        json.dumps(family.images, ensure_ascii=False),
        at,
    )


def family_row(family: FamilyDraft, bulk: Bulk, *, at: object) -> tuple[object, ...]:
    _, _, *values = changed_family_row(family, at=at)
    return (bulk.identifier(family.id), 1, *values, family.key, key_of(family.key), at)


def read_family(row: Sequence[Any]) -> FamilyDraft:
    """Return a stored family from the columns that the import reads, in their order."""
    options, images = _texts(row[3]), _texts(row[4])
    return FamilyDraft(
        id=typed(FamilyId, row[0]),
        key=row[1],
        name=row[2],
        options=options,
        images=images,
        version=row[5],
        before=(row[2], options, images),
    )


def _texts(stored: str) -> tuple[str, ...]:
    return () if stored == "[]" else tuple(json.loads(stored))


@lru_cache(65_536)
def _shared(kind: type[Id], value: UUID | bytes) -> Id:
    """Return an identifier that many products have in common, made once."""
    return typed(kind, value)


def typed(kind: type[Id], value: UUID | bytes) -> Id:
    """Return an identifier from what the driver gives."""
    return kind(bytes=value) if isinstance(value, bytes) else kind(int=value.int)
