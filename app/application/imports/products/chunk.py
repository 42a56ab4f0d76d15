"""Apply one chunk of a product file: one transaction, a constant number of statements."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from app.application.common.actor import Actor
from app.application.common.retry import TransactionAborted
from app.application.imports.ports import ImportsWork, StoredImport, Tally
from app.application.imports.products import records
from app.application.imports.products.decide import Decisions, decide, history_at_stake
from app.application.imports.products.model import Change, Creation, Shelf
from app.application.jobs.ports import Claim
from app.domain.catalog.category import PATH_SEPARATOR
from app.domain.common.errors import AlreadyExists
from app.domain.common.identifiers import CategoryId, IdSource, ImportId, LineId
from app.domain.common.money import UnitPrice
from app.domain.common.quantity import Quantity
from app.domain.imports.events import ImportCompleted
from app.domain.imports.faults import Outcome
from app.domain.imports.parsed import ParsedChunk, ProductRow
from app.domain.imports.plan import Plan
from app.domain.imports.records import Checkpoint
from app.domain.inventory.locations import MAIN_ID, OPENING_ID
from app.domain.inventory.movement import DocumentKind, Move, MovementKind, Posting
from app.domain.jobs.job import JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChunk:
    """A parsed chunk, where the next one begins, and whether there is one."""

    parsed: ParsedChunk
    next: Checkpoint
    finished: bool

    def checkpoint(self) -> dict[str, object]:
        return {"at": list(self.next), "carry": dict(self.parsed.carry)}


class ApplyProductChunk:
    """Writes what the rows of a chunk come to, with their counts, faults and the checkpoint.

    The last chunk ends the job in the same transaction. Returns whether the job is to be
    cancelled.
    """

    def __init__(self, work: ImportsWork, *, ids: IdSource) -> None:
        self._work = work
        self._ids = ids

    async def __call__(
        self, claim: Claim, source: StoredImport, plan: Plan, chunk: ReadChunk, *, lease: timedelta
    ) -> bool:
        try:
            async with self._work as work:
                decisions = await self._decide(work, source.id, plan, chunk.parsed)
                await self._write(work, source.id, decisions, claim.actor)
                await _account(work, source.id, chunk, decisions)
                cancelled = await work.jobs.advance(
                    claim, checkpoint=chunk.checkpoint(), lease=lease
                )
                if chunk.finished:
                    await end_import(work, claim, source.id, JobStatus.COMPLETED)
                await work.commit()
                return cancelled
        except AlreadyExists as taken:
            # Somebody took a SKU, code or path since this looked: the chunk is decided anew.
            raise TransactionAborted(taken.detail) from taken

    async def _decide(
        self, work: ImportsWork, identifier: ImportId, plan: Plan, parsed: ParsedChunk
    ) -> Decisions:
        if not parsed.rows:
            return Decisions()
        rows = [ProductRow(*row) for row in parsed.rows]  # type: ignore[arg-type]
        shelf = await _shelf(work, identifier, rows, parsed)
        moved = await work.product_imports.with_movements(history_at_stake(rows, shelf))
        # Thousands of rows would hold up every other request of this process.
        return await asyncio.to_thread(
            decide, rows, parsed.barcodes, shelf=shelf, moved=moved, plan=plan, ids=self._ids
        )

    async def _write(
        self, work: ImportsWork, identifier: ImportId, decisions: Decisions, actor: Actor
    ) -> None:
        if not decisions.created and not decisions.changed:
            await work.imports.take_keys(identifier, decisions.keys)
            return
        await self._put_in_categories(work, decisions, actor)
        at = work.started_at
        await work.product_imports.change(decisions.changed, at=at)
        await work.product_imports.create(decisions.created, at=at)
        await self._open_stock(work, identifier, decisions, actor)
        audits, events = await asyncio.to_thread(_records, decisions)
        await work.product_imports.record(audits, events, actor=actor, at=at)
        await work.imports.take_keys(identifier, decisions.keys)

    async def _put_in_categories(
        self, work: ImportsWork, decisions: Decisions, actor: Actor
    ) -> None:
        """Make the categories that are missing and give each product the id of its own."""
        moved = [change for change in decisions.changed if "category_key" in change.changes]
        placed = _in_order(replace(decisions, changed=moved))
        drafts = [written.product for written in placed]
        # The spelling that comes first in the file counts.
        paths = {
            d.category_key: d.category for d in reversed(drafts) if d.category_key and d.category
        }
        ids: Mapping[str, CategoryId] = {}
        if paths:
            names = [tuple(path.split(PATH_SEPARATOR)) for path in reversed(paths.values())]
            ensured = await work.categories.ensure_paths(names, ids=self._ids)
            ids = ensured.ids
            for category in ensured.created:
                created = {key: (None, value) for key, value in category.snapshot().items()}
                work.track(category)
                work.audit(actor, "category.created", category.id, changes=created)
        for draft in drafts:
            draft.category_id = ids[draft.category_key] if draft.category_key else None
        for change in moved:
            change.changes.pop("category_key")
            change.changes.pop("category", None)
            change.changes["category_id"] = (change.before.category_id, change.product.category_id)

    async def _open_stock(
        self, work: ImportsWork, identifier: ImportId, decisions: Decisions, actor: Actor
    ) -> None:
        opened = [creation for creation in decisions.created if creation.opening]
        if not opened:
            return
        currency = (await work.product_imports.conditions()).currency
        await work.ledger.post(
            Posting(
                document_kind=DocumentKind.IMPORT,
                document_id=identifier,
                user_id=actor.user_id,
                occurred_at=work.started_at,
                recorded_at=work.started_at,
                moves=tuple(_move(creation, currency) for creation in opened),
            )
        )


async def _shelf(
    work: ImportsWork, identifier: ImportId, rows: list[ProductRow], parsed: ParsedChunk
) -> Shelf:
    store = work.product_imports
    by_sku = await store.by_sku({row.sku_key for row in rows})
    external = {row.external_id for row in rows if row.external_id is not None}
    by_external_id = await store.by_external_id(external)
    keys = {row.sku_key for row in rows} | {draft.sku_key for draft in by_external_id.values()}
    conditions = await store.conditions()
    return Shelf(
        by_sku=by_sku,
        by_external_id=by_external_id,
        owners=await store.owners({key for _, _, _, key in parsed.barcodes}),
        first_rows=await work.imports.first_rows(identifier, keys),
        units=conditions.units,
        decimals={unit.id: unit.decimals for unit in conditions.units.values()},
        tax_rates=conditions.tax_rates,
        default_tax_rate=conditions.default_tax_rate,
        currency=conditions.currency,
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
    """Return what is recorded, in the order of the file."""
    audits: list[records.AuditRecord] = []
    events: list[records.EventRecord] = []
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


async def _account(
    work: ImportsWork, identifier: ImportId, chunk: ReadChunk, decisions: Decisions
) -> None:
    """Count every record once and keep what was wrong."""
    parsed = chunk.parsed
    failed = {fault.row for fault in decisions.faults}
    errors = [*parsed.faults, *decisions.faults]
    warnings = [
        warning for warning in (*parsed.warnings, *decisions.warnings) if warning.row not in failed
    ]
    tally = Tally(warnings=len(warnings))
    tally.count(Outcome.CREATED, len(decisions.created))
    tally.count(Outcome.UPDATED, len(decisions.changed))
    tally.count(Outcome.UNCHANGED, decisions.unchanged)
    tally.count(Outcome.FAILED, len(parsed.failed) + len(failed))
    tally.count(Outcome.BLANK, len(parsed.blank))
    tally.count(Outcome.CONTINUATION, len(parsed.continuation))
    await work.imports.add_faults(identifier, errors=errors, warnings=warnings)
    await work.imports.tally(identifier, tally, bytes_done=chunk.next.offset)


async def end_import(
    work: ImportsWork, claim: Claim, identifier: ImportId, status: JobStatus
) -> None:
    """End the job of an import, say so in the audit log, and drop what only a run needs."""
    await work.jobs.finish(claim, status)
    await work.imports.forget_keys(identifier)
    counts = await work.imports.counts(identifier)
    work.audit(claim.actor, f"import.{status.value}", identifier, note=dict(counts))
    if status is JobStatus.COMPLETED:
        work.publish(ImportCompleted(subject=identifier, counts=dict(counts)))
