"""Products by the chunk: what a chunk speaks of is read, and what it decides written, at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.common.actor import Actor
from app.application.common.retry import TransactionAborted
from app.application.imports.products.model import (
    Change,
    Creation,
    Draft,
    FamilyDraft,
    Owner,
    TaxRate,
    Unit,
)
from app.application.imports.products.ports import Conditions
from app.application.imports.products.records import AuditRecord, EventRecord
from app.domain.common.identifiers import (
    AuditId,
    EventId,
    IdSource,
    ProductId,
)
from app.infrastructure.db.bulk import Bulk
from app.infrastructure.db.import_rows import (
    AUDIT,
    BARCODE,
    CHANGED,
    CHANGED_FAMILY,
    EVENT,
    FAMILY,
    PRODUCT,
    barcode_rows,
    changed_family_row,
    changed_row,
    family_row,
    product_row,
    read_draft,
    read_family,
    typed,
)
from app.infrastructure.db.rowsets import RowSet
from app.infrastructure.db.tables.shop import shop, tax_rates, units

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_COLUMNS = """
    product.id, product.sku, product.sku_key, product.name, product.name_folded,
    product.search_text, product.description, product.category_id, category.path,
    category.path_key, product.unit_id, product.tax_rate_id, product.price_micros,
    product.cost_micros, product.tracks_stock, product.active, product.reorder_point,
    product.reorder_quantity, CAST(product.attributes AS TEXT), product.external_id,
    product.version, product.family_id, family.key, CAST(product.images AS TEXT)
"""
_FOUND = f"""
    SELECT {_COLUMNS}
    FROM {{texts}} AS asked JOIN products AS product ON product.%s = asked.key
    LEFT JOIN categories AS category ON category.id = product.category_id
    LEFT JOIN product_families AS family ON family.id = product.family_id
"""
_CODES = """
    SELECT code.product_id, code.code, code.code_key
    FROM {texts} AS asked JOIN products AS product ON product.%s = asked.key
    JOIN product_barcodes AS code ON code.product_id = product.id
    ORDER BY code.product_id, code.position
"""
_OWNERS = """
    SELECT code.code_key, product.id, product.sku
    FROM {texts} AS asked JOIN product_barcodes AS code ON code.code_key = asked.key
    JOIN products AS product ON product.id = code.product_id
"""
_FAMILIES = """
    SELECT family.match_key, family.id, family.key, family.name, CAST(family.options AS TEXT),
        CAST(family.images AS TEXT), family.version
    FROM {texts} AS asked JOIN product_families AS family ON family.match_key = asked.key
"""
# Nobody may remove a family into which products are about to be put; SQLite has one writer.
_STAYING = " FOR KEY SHARE OF family"
_IDS = RowSet("asked", (("id", "uuid"),))
_WITH_MOVEMENTS = """
    {rows} SELECT id FROM asked WHERE EXISTS (
        SELECT 1 FROM stock_movements AS movement WHERE movement.product_id = asked.id
    )
"""
_FREE_EXTERNAL_IDS = """
    {rows} UPDATE products SET external_id = NULL WHERE id IN (SELECT id FROM asked)
"""
_DROP_BARCODES = """
    {rows} DELETE FROM product_barcodes WHERE product_id IN (SELECT id FROM asked)
"""
_RELEASE_CODES = """
    DELETE FROM product_barcodes
    WHERE code_key IN (SELECT key FROM {texts} AS asked) RETURNING code_key
"""
_RELEASE_KEYS = """
    UPDATE products SET external_id = NULL
    WHERE external_id IN (SELECT key FROM {texts} AS asked) RETURNING id
"""
_CHANGES = RowSet("asked", CHANGED)
# SQLite takes 32,766 values a statement.
_BATCH = 1_500
_SET = ", ".join(f"{name} = asked.{name}" for name, _ in CHANGED[2:])
_CHANGE = f"""
    {{rows}} UPDATE products SET {_SET}, version = products.version + 1 FROM asked
    WHERE products.id = asked.id AND products.version = asked.version RETURNING products.id
"""
_FAMILY_CHANGES = RowSet("asked", CHANGED_FAMILY)
_FAMILY_SET = ", ".join(f"{name} = asked.{name}" for name, _ in CHANGED_FAMILY[2:])
_CHANGE_FAMILIES = f"""
    {{rows}} UPDATE product_families SET {_FAMILY_SET}, version = product_families.version + 1
    FROM asked WHERE product_families.id = asked.id AND product_families.version = asked.version
    RETURNING product_families.id
"""


class SqlProductImportStore:
    def __init__(self, session: AsyncSession, *, ids: IdSource) -> None:
        self._session = session
        self._ids = ids

    async def conditions(self) -> Conditions:
        session = self._session
        currency, default = (
            await session.execute(select(shop.c.currency, shop.c.default_tax_rate_id))
        ).one()
        found = await session.execute(select(units.c.code, units.c.id, units.c.decimals))
        rates = await session.execute(select(tax_rates.c.code, tax_rates.c.id, tax_rates.c.active))
        return Conditions(
            currency=currency,
            units={code: Unit(identifier, decimals) for code, identifier, decimals in found},
            tax_rates={code: TaxRate(identifier, active) for code, identifier, active in rates},
            default_tax_rate=default,
        )

    async def by_sku(self, keys: Collection[str]) -> dict[str, Draft]:
        return {draft.sku_key: draft for draft in await self._found("sku_key", keys)}

    async def by_external_id(self, keys: Collection[str]) -> dict[str, Draft]:
        found = await self._found("external_id", keys)
        return {draft.external_id: draft for draft in found if draft.external_id is not None}

    async def owners(self, keys: Collection[str]) -> dict[str, Owner]:
        if not keys:
            return {}
        bulk = await self._bulk()
        return {
            key: Owner(id=typed(ProductId, identifier), sku=sku)
            for key, identifier, sku in await bulk.matching(_OWNERS, keys)
        }

    async def families(self, keys: Collection[str]) -> dict[str, FamilyDraft]:
        if not keys:
            return {}
        bulk = await self._bulk()
        query = _FAMILIES + _STAYING if bulk.on_postgres else _FAMILIES
        return {key: read_family(row) for key, *row in await bulk.matching(query, keys)}

    async def keep_families(self, families: Sequence[FamilyDraft], *, at: datetime) -> None:
        if not families:
            return
        bulk = await self._bulk()
        instant = bulk.instant(at)
        new = [family_row(f, bulk, at=instant) for f in families if f.before is None]
        await bulk.insert("product_families", FAMILY, new)
        changed = [changed_family_row(f, at=instant) for f in families if f.before is not None]
        await self._rewrite(_FAMILY_CHANGES, _CHANGE_FAMILIES, changed)

    async def with_movements(self, products: Collection[ProductId]) -> frozenset[ProductId]:
        if not products:
            return frozenset()
        connection = await self._session.connection()
        found = await _IDS.execute(connection, _WITH_MOVEMENTS, [(p,) for p in products])
        return frozenset(typed(ProductId, row[0]) for row in found)

    async def release(self, *, barcodes: Sequence[str], external_ids: Sequence[str]) -> None:
        bulk = await self._bulk()
        for statement, keys in ((_RELEASE_CODES, barcodes), (_RELEASE_KEYS, external_ids)):
            if keys:
                await bulk.matching(statement, keys)

    async def change(self, changes: Sequence[Change], *, at: datetime) -> None:
        if not changes:
            return
        connection = await self._session.connection()
        bulk = await self._bulk()
        freed = [(c.product.id,) for c in changes if c.before.external_id and _renamed(c)]
        if freed:
            # The key of one product may go to another, and no order of rows is promised.
            await _IDS.execute(connection, _FREE_EXTERNAL_IDS, freed)
        recoded = [change.product for change in changes if "barcodes" in change.changes]
        if recoded:
            await _IDS.execute(connection, _DROP_BARCODES, [(p.id,) for p in recoded])
            await bulk.insert("product_barcodes", BARCODE, barcode_rows(recoded, bulk))
        rows = [changed_row(change.product, at=bulk.instant(at)) for change in changes]
        await self._rewrite(_CHANGES, _CHANGE, rows)

    async def create(self, creations: Sequence[Creation], *, at: datetime) -> None:
        bulk = await self._bulk()
        instant = bulk.instant(at)
        drafts = [creation.product for creation in creations]
        rows = [product_row(draft, bulk, at=instant) for draft in drafts]
        await bulk.insert("products", PRODUCT, rows)
        await bulk.insert("product_barcodes", BARCODE, barcode_rows(drafts, bulk))

    async def record(
        self,
        audits: Sequence[AuditRecord],
        events: Sequence[EventRecord],
        *,
        actor: Actor,
        at: datetime,
    ) -> None:
        bulk = await self._bulk()
        instant = bulk.instant(at)
        who = (
            actor.user_id and bulk.identifier(actor.user_id),
            actor.role,
            actor.session_id and bulk.identifier(actor.session_id),
            actor.token_id and bulk.identifier(actor.token_id),
            actor.address,
            actor.trace_id,
            actor.route,
        )
        await bulk.insert(
            "audit_log",
            AUDIT,
            [
                (
                    bulk.identifier(self._ids.new(AuditId)),
                    instant,
                    *who,
                    audit.action,
                    audit.action.partition(".")[0],
                    bulk.identifier(audit.subject),
                    _json(audit.changes),
                    "[]",
                    "{}",
                )
                for audit in audits
            ],
        )
        await bulk.insert(
            "outbox",
            EVENT,
            [
                (
                    bulk.identifier(self._ids.new(EventId)),
                    event.name,
                    bulk.identifier(event.subject),
                    _json(event.payload),
                    instant,
                )
                for event in events
            ],
        )

    async def _rewrite(
        self, source: RowSet, statement: str, rows: Sequence[tuple[object, ...]]
    ) -> None:
        """Update rows that have the version that was read, all of them."""
        connection = await self._session.connection()
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            if len(await source.execute(connection, statement, batch)) != len(batch):
                raise TransactionAborted("What is to be changed was changed meanwhile.")

    async def _found(self, column: str, keys: Collection[str]) -> list[Draft]:
        if not keys:
            return []
        bulk = await self._bulk()
        codes: dict[object, list[tuple[str, str]]] = {}
        for identifier, code, key in await bulk.matching(_CODES % column, keys):
            codes.setdefault(identifier, []).append((code, key))
        return [
            read_draft(row, codes.get(row[0], ()))
            for row in await bulk.matching(_FOUND % column, keys)
        ]

    async def _bulk(self) -> Bulk:
        return Bulk(await self._session.connection())


def _renamed(change: Change) -> bool:
    return "external_id" in change.changes


def _json(value: Mapping[str, Any]) -> str:
    return _ENCODER.encode(value)
