"""Write side of imports: the record of each, its counts, the keys met and the faults found."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.application.imports.ports import NewImport, StoredImport, Tally
from app.application.imports.queries import ImportView
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ImportId, JobId
from app.domain.imports.faults import Fault
from app.domain.imports.plan import Plan
from app.infrastructure.db.bulk import Bulk
from app.infrastructure.db.import_views import read_view
from app.infrastructure.db.moments import moment
from app.infrastructure.db.tables.imports import COUNTERS, import_keys, imports

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
_FIRST_ROWS = """
    SELECT key, row FROM import_keys
    WHERE key IN (SELECT key FROM {texts} AS asked) AND import_id = {rest}
"""


class SqlImportRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, new: NewImport) -> None:
        await self._session.execute(
            insert(imports).values(
                id=new.id,
                kind="products",
                file_hash=new.file_hash,
                file_name=new.file_name,
                file_size=new.file_size,
                analysis=dict(new.analysis),
                **dict.fromkeys(COUNTERS, 0),
                bytes_done=0,
                user_id=new.user_id,
                session_id=new.session_id,
                token_id=new.token_id,
                created_at=moment(),
            )
        )

    async def get(self, identifier: ImportId) -> StoredImport:
        found = await self._session.execute(
            select(imports).where(imports.c.id == identifier).with_for_update()
        )
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound.of(ImportId.kind, identifier)
        return StoredImport(
            id=row["id"],
            file_hash=row["file_hash"],
            file_name=row["file_name"],
            analysis=row["analysis"],
            plan=None if row["plan"] is None else Plan.from_dict(row["plan"]),
            job_id=row["job_id"],
        )

    async def view(self, identifier: ImportId) -> ImportView:
        return await read_view(await self._session.connection(), identifier)

    async def analysed(self, identifier: ImportId, analysis: Mapping[str, Any]) -> None:
        await self._change(identifier, analysis=dict(analysis))

    async def started(self, identifier: ImportId, *, plan: Plan, job_id: JobId) -> None:
        await self._change(identifier, plan=plan.as_dict(), job_id=job_id)

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
        await self._session.execute(
            delete(import_keys).where(import_keys.c.import_id == identifier)
        )

    async def tally(self, identifier: ImportId, tally: Tally, *, bytes_done: int) -> None:
        added = {outcome.value: number for outcome, number in tally.outcomes.items()}
        added["warnings"] = tally.warnings
        grown = {name: imports.c[name] + added[name] for name in COUNTERS}
        await self._change(identifier, **grown, bytes_done=bytes_done)

    async def counts(self, identifier: ImportId) -> Mapping[str, int]:
        found = await self._session.execute(
            select(*(imports.c[name] for name in COUNTERS)).where(imports.c.id == identifier)
        )
        return dict(found.mappings().one())

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
