"""Products as a kind of import: what the rows of a chunk come to is decided and written at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import NamedTuple

from app.application.common.actor import Actor
from app.application.imports.categories.kind import make_categories
from app.application.imports.kinds import Applied, Task
from app.application.imports.products import records, rehearsal
from app.application.imports.products.decide import Decisions, decide, history_at_stake
from app.application.imports.products.families import family_mark
from app.application.imports.products.model import Change, Creation, Owner, Shelf
from app.application.imports.products.ports import ProductImportsWork
from app.domain.auth.roles import Permission
from app.domain.catalog.category import PATH_SEPARATOR
from app.domain.common.errors import UnknownReference
from app.domain.common.identifiers import IdSource, LineId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.common.text import key
from app.domain.imports.parsed import ParsedChunk, ProductRow
from app.domain.imports.plan import Options, Plan
from app.domain.imports.presets.base import Carry
from app.domain.imports.products import parse
from app.domain.imports.records import Chunk
from app.domain.inventory.locations import MAIN_ID, OPENING_ID
from app.domain.inventory.movement import DocumentKind, Move, MovementKind, Posting


class ProductImports:
    """Products by SKU or external id, with their categories, codes and opening stock."""

    name = "products"
    needs = (Permission.CATALOG_WRITE,)
    together = None

    def __init__(self, *, ids: IdSource) -> None:
        self._ids = ids

    async def check(self, work: ProductImportsWork, options: Options) -> None:
        if options.unit is None and options.tax_rate is None:
            return
        conditions = await work.product_imports.conditions()
        if options.unit is not None and options.unit not in conditions.units:
            raise UnknownReference.of("unit", "unit", options.unit)
        if options.tax_rate is not None and options.tax_rate not in conditions.tax_rates:
            raise UnknownReference.of("tax_rate", "tax rate", options.tax_rate)

    def parse(self, chunk: Chunk, plan: Plan, carry: Carry) -> ParsedChunk:
        return parse(chunk, plan, carry)

    async def apply(self, work: ProductImportsWork, parsed: ParsedChunk, task: Task) -> Applied:
        if not parsed.rows and not parsed.additions:
            return Applied()
        decisions = await self.write(work, parsed, task)
        written = _in_order(decisions)
        own = [one for one in written if isinstance(one, Creation) or not one.amended]
        held = rehearsal.holders(written) | rehearsal.families(decisions.families)
        if task.plan.columns("images"):
            held |= rehearsal.pictures(decisions.pictures)
        return Applied(
            created=len(decisions.created),
            updated=len(decisions.updated),
            unchanged=len(decisions.kept),
            faults=decisions.faults,
            warnings=decisions.warnings,
            keys=decisions.keys,
            holders=held if task.rehearsed else {},
            differences=[records.difference(one) for one in own] if task.told else (),
        )

    async def write(self, work: ProductImportsWork, parsed: ParsedChunk, task: Task) -> Decisions:
        """Decide what becomes of each row, and write it."""
        decisions = await self._decide(work, parsed, task)
        await self._write(work, decisions, task)
        return decisions

    async def _decide(self, work: ProductImportsWork, parsed: ParsedChunk, task: Task) -> Decisions:
        rows = [ProductRow(*row) for row in parsed.rows]  # type: ignore[arg-type]
        shelf = await _shelf(work, rows, parsed, task, ids=self._ids)
        moved = await work.product_imports.with_movements(history_at_stake(rows, shelf))
        # Thousands of rows would hold up every other request of this process.
        return await asyncio.to_thread(
            decide,
            rows,
            parsed.barcodes,
            parsed.additions,
            shelf=shelf,
            moved=moved,
            plan=task.plan,
            ids=self._ids,
        )

    async def _write(self, work: ProductImportsWork, decisions: Decisions, task: Task) -> None:
        if not decisions.created and not decisions.changed and not decisions.families:
            return
        await self._put_in_categories(work, decisions, task.actor)
        at = work.started_at
        await work.product_imports.keep_families(decisions.families, at=at)
        await work.product_imports.change(decisions.changed, at=at)
        await work.product_imports.create(decisions.created, at=at)
        await self._open_stock(work, decisions, task)
        audits, events = await asyncio.to_thread(_records, decisions)
        await work.product_imports.record(audits, events, actor=task.actor, at=at)

    async def _put_in_categories(
        self, work: ProductImportsWork, decisions: Decisions, actor: Actor
    ) -> None:
        """Make the categories that are missing and give each product the id of its own."""
        moved = [change for change in decisions.changed if "category_key" in change.changes]
        placed = _in_order(replace(decisions, changed=moved))
        drafts = [written.product for written in placed]
        # The spelling that comes first in the file counts.
        paths = {
            d.category_key: d.category for d in reversed(drafts) if d.category_key and d.category
        }
        names = [tuple(path.split(PATH_SEPARATOR)) for path in reversed(paths.values())]
        ids = await make_categories(work, names, ids=self._ids, actor=actor)
        for draft in drafts:
            draft.category_id = ids[draft.category_key] if draft.category_key else None
        for change in moved:
            change.changes.pop("category_key")
            change.changes.pop("category", None)
            change.changes["category_id"] = (change.before.category_id, change.product.category_id)

    async def _open_stock(self, work: ProductImportsWork, decisions: Decisions, task: Task) -> None:
        opened = [creation for creation in decisions.created if creation.opening]
        if not opened:
            return
        currency = (await work.product_imports.conditions()).currency
        await work.ledger.post(
            Posting(
                document_kind=DocumentKind.IMPORT,
                document_id=task.identifier,
                user_id=task.actor.user_id,
                occurred_at=work.started_at,
                recorded_at=work.started_at,
                moves=tuple(_move(creation, currency) for creation in opened),
            )
        )


async def _shelf(
    work: ProductImportsWork,
    rows: list[ProductRow],
    parsed: ParsedChunk,
    task: Task,
    *,
    ids: IdSource,
) -> Shelf:
    store = work.product_imports
    further = _further(parsed)
    by_sku = await store.by_sku({row.sku_key for row in rows} | further.sku_keys)
    external = {row.external_id for row in rows if row.external_id is not None}
    by_external_id = await store.by_external_id(external | further.external_ids)
    codes = {key for _, _, _, key in parsed.barcodes}
    families = {row.family_key for row in rows if row.family_key} | further.families
    conditions = await store.conditions()
    shelf = Shelf(
        by_sku=by_sku,
        by_external_id=by_external_id,
        owners=await store.owners(codes),
        keyed={key: Owner(id=d.id, sku=d.sku) for key, d in by_external_id.items()},
        first_rows={},
        units=conditions.units,
        decimals={unit.id: unit.decimals for unit in conditions.units.values()},
        tax_rates=conditions.tax_rates,
        default_tax_rate=conditions.default_tax_rate,
        currency=conditions.currency,
        families=await store.families(families),
    )
    if task.rehearsed:
        asked = rehearsal.values(codes, external) | rehearsal.family_values(families)
        asked |= rehearsal.picture_values(further.sku_keys)
        held = await work.imports.holders(task.identifier, asked)
        rehearsal.lay_over(shelf, held)
        rehearsal.lay_families_over(shelf, held, ids=ids)
        rehearsal.lay_pictures_over(shelf, held)
        # What earlier chunks took away is still there, and would be in the way of this one.
        barcodes, external_ids = rehearsal.parted(held)
        await store.release(barcodes=barcodes, external_ids=external_ids)
    keys = {row.sku_key for row in rows} | {key(owner.sku) for owner in shelf.keyed.values()}
    keys |= further.sku_keys | set(map(family_mark, families))
    shelf.first_rows = await work.imports.first_rows(task.identifier, keys)
    return shelf


class _Further(NamedTuple):
    """What the additions of a chunk speak of, which rows further up have told of."""

    sku_keys: set[str]
    external_ids: set[str]
    families: set[str]


def _further(parsed: ParsedChunk) -> _Further:
    aboves = [addition.above for addition in parsed.additions if addition.above]
    members = {key for addition in parsed.additions for key in addition.members}
    return _Further(
        sku_keys={above.sku_key for above in aboves} | members,
        external_ids={above.external_id for above in aboves if above.external_id},
        families={addition.family_key for addition in parsed.additions if addition.family_key},
    )


def _move(creation: Creation, currency: str) -> Move:
    quantity = Quantity(creation.opening)
    cost = UnitPrice(creation.product.cost or 0)
    return Move(
        product_id=creation.product.id,
        source=OPENING_ID,
        target=MAIN_ID,
        quantity=quantity,
        kind=MovementKind.OPENING,
        # The record is the line: the ledger takes each line of a document once.
        line_id=LineId(int=creation.row),
        value_minor=cost.times(quantity, currency).minor,
    )


def _records(
    decisions: Decisions,
) -> tuple[list[records.AuditRecord], list[records.EventRecord]]:
    """Return what is recorded: families, then products, each in the order of the file."""
    audits: list[records.AuditRecord] = []
    events: list[records.EventRecord] = []
    for family in decisions.families:
        audit, event = records.family(family)
        audits.append(audit)
        events.append(event)
    for written in _in_order(decisions):
        if isinstance(written, Creation):
            audit, event = records.created(written)
            events.append(event)
        else:
            audit, told = records.changed(written)
            events.extend(told)
        audits.append(audit)
    return audits, events


def _in_order(decisions: Decisions) -> list[Creation | Change]:
    return sorted([*decisions.created, *decisions.changed], key=lambda written: written.row)
