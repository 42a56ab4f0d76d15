"""Write side of imports: the record of each, its counts, the keys met and the faults found."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.imports.ports import NewImport, StoredImport, Tally
from app.application.imports.queries import ImportView
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ImportId, JobId
from app.domain.imports.differences import Difference
from app.domain.imports.faults import Fault
from app.domain.imports.plan import Plan
from app.infrastructure.db.bulk import Bulk
from app.infrastructure.db.import_views import read_view
from app.infrastructure.db.moments import moment
from app.infrastructure.db.tables.imports import (
    COUNTERS,
    import_differences,
    import_faults,
    import_holders,
    import_keys,
    imports,
)

_FAULT = (
    "import_id",
    "severity",
    "row",
    "position",
    "line",
    "column",
    "code",
    "value",
    "expected",
    "max",
    "actual",
)
_COLUMN_LENGTH = 255
_DIFFERENCE = ("import_id", "row", "line", "label", "created", "changes")
_FIRST_ROWS = """
    SELECT key, row FROM import_keys
    WHERE key IN (SELECT key FROM {texts} AS asked) AND import_id = {rest}
"""
_HOLDERS = """
    SELECT value, holder FROM import_holders
    WHERE value IN (SELECT key FROM {texts} AS asked) AND import_id = {rest}
"""
_LET_GO = """
    DELETE FROM import_holders
    WHERE value IN (SELECT key FROM {texts} AS asked) AND import_id = {rest} RETURNING value
"""


class SqlImportRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, new: NewImport) -> None:
        await self._session.execute(
            insert(imports).values(
                id=new.id,
                kind=new.kind,
                file_hash=new.file_hash,
                file_name=new.file_name,
                file_size=new.file_size,
                analysis=dict(new.analysis),
                **dict.fromkeys(COUNTERS, 0),
                user_id=new.user_id,
                session_id=new.session_id,
                token_id=new.token_id,
                created_at=moment(),
            )
        )

    async def get(self, identifier: ImportId) -> StoredImport:
        found = await self._session.execute(
            # Rows of a running import refer to it, which must not hold up its cancelling.
            select(imports).where(imports.c.id == identifier).with_for_update(key_share=True)
        )
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(ImportId.kind, identifier)
        return StoredImport(
            id=row["id"],
            kind=row["kind"],
            file_hash=row["file_hash"],
            file_name=row["file_name"],
            analysis=row["analysis"],
            plan=None if row["plan"] is None else Plan.from_dict(row["plan"]),
            job_id=row["job_id"],
            dry_run=row["dry_run"],
        )

    async def view(self, identifier: ImportId) -> ImportView:
        return await read_view(await self._session.connection(), identifier)

    async def analysed(self, identifier: ImportId, analysis: Mapping[str, Any]) -> None:
        await self._change(identifier, analysis=dict(analysis))

    async def started(
        self, identifier: ImportId, *, plan: Plan, job_id: JobId, dry_run: bool
    ) -> None:
        await self._change(identifier, plan=plan.as_dict(), job_id=job_id, dry_run=dry_run)

    async def restart(self, identifier: ImportId) -> None:
        for table in (import_keys, import_holders, import_differences, import_faults):
            await self._session.execute(delete(table).where(table.c.import_id == identifier))
        await self._change(identifier, **dict.fromkeys(COUNTERS, 0))

    async def reset(self, identifier: ImportId) -> None:
        await self.restart(identifier)
        await self._change(identifier, plan=null(), job_id=None, dry_run=False)

    async def first_rows(self, identifier: ImportId, keys: Collection[str]) -> dict[str, int]:
        bulk = Bulk(await self._session.connection())
        found = await bulk.matching(_FIRST_ROWS, keys, bulk.identifier(identifier))
        return {str(key): int(row) for key, row in found}

    async def take_keys(self, identifier: ImportId, keys: Mapping[str, int]) -> None:
        bulk = Bulk(await self._session.connection())
        this = bulk.identifier(identifier)
        rows = [(this, key, row) for key, row in keys.items()]
        await bulk.insert("import_keys", ("import_id", "key", "row"), rows)

    async def forget_keys(self, identifier: ImportId) -> None:
        for table in (import_keys, import_holders):
            await self._session.execute(delete(table).where(table.c.import_id == identifier))

    async def holders(self, identifier: ImportId, values: Collection[str]) -> dict[str, str]:
        bulk = Bulk(await self._session.connection())
        found = await bulk.matching(_HOLDERS, values, bulk.identifier(identifier))
        return {str(value): str(holder) for value, holder in found}

    async def hold(self, identifier: ImportId, holders: Mapping[str, str]) -> None:
        if not holders:
            return
        bulk = Bulk(await self._session.connection())
        this = bulk.identifier(identifier)
        await bulk.matching(_LET_GO, holders, this)
        rows = [(this, value, holder) for value, holder in holders.items()]
        await bulk.insert("import_holders", ("import_id", "value", "holder"), rows)

    async def tally(self, identifier: ImportId, tally: Tally) -> None:
        added = {outcome.value: number for outcome, number in tally.outcomes.items()}
        added["warnings"] = tally.warnings
        grown = {name: imports.c[name] + added[name] for name in COUNTERS}
        await self._change(identifier, **grown)

    async def counts(self, identifier: ImportId) -> Mapping[str, int]:
        found = await self._session.execute(
            select(*(imports.c[name] for name in COUNTERS)).where(imports.c.id == identifier)
        )
        return dict(found.mappings().one())

    async def failed_rows(self, identifier: ImportId, *, first: int, last: int) -> frozenset[int]:
        found = await self._session.scalars(
            select(import_faults.c.row).where(*_errors(identifier, first, last)).distinct()
        )
        return frozenset(found)

    async def drop_errors(self, identifier: ImportId, *, first: int, last: int) -> None:
        await self._session.execute(delete(import_faults).where(*_errors(identifier, first, last)))

    async def add_differences(
        self, identifier: ImportId, differences: Sequence[Difference]
    ) -> None:
        bulk = Bulk(await self._session.connection())
        this = bulk.identifier(identifier)
        rows = [
            (this, d.row, d.line, d.label, d.created, json.dumps(d.changes, ensure_ascii=False))
            for d in differences
        ]
        await bulk.insert("import_differences", _DIFFERENCE, rows)

    async def add_faults(
        self, identifier: ImportId, *, errors: Sequence[Fault], warnings: Sequence[Fault]
    ) -> None:
        bulk = Bulk(await self._session.connection())
        this = bulk.identifier(identifier)
        rows = [
            (this, severity, *place)
            for severity, faults in (("error", errors), ("warning", warnings))
            for place in _placed(faults)
        ]
        await bulk.insert("import_faults", _FAULT, rows)

    async def _change(self, identifier: ImportId, **values: object) -> None:
        await self._session.execute(
            update(imports).where(imports.c.id == identifier).values(values)
        )


def _errors(identifier: ImportId, first: int, last: int) -> tuple[ColumnElement[bool], ...]:
    columns = import_faults.c
    return (
        columns.import_id == identifier,
        columns.severity == "error",
        columns.row.between(first, last),
    )


def _placed(faults: Sequence[Fault]) -> Iterator[tuple[object, ...]]:
    """Number the faults of each row in the order in which they were found."""
    ordered = sorted(faults, key=lambda fault: fault.row)
    for _, of_row in groupby(ordered, key=lambda fault: fault.row):
        for position, fault in enumerate(of_row):
            yield (
                fault.row,
                position,
                fault.line,
                fault.column and fault.column[:_COLUMN_LENGTH],
                fault.code,
                fault.value,
                fault.expected,
                fault.most,
                fault.actual,
            )
