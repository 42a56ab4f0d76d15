"""Read side of imports: progress, what the analysis found, and the faults of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from app.application.common.paging import Page, PageRequest
from app.application.imports.queries import ImportItem, ImportStatus, ImportView
from app.domain.common.errors import NotFound
from app.domain.common.identifiers import ImportId
from app.domain.imports.faults import Fault
from app.domain.jobs.job import JobStatus
from app.infrastructure.db.pages import read_page
from app.infrastructure.db.reads import Reads
from app.infrastructure.db.tables.imports import COUNTERS, import_faults, imports
from app.infrastructure.db.tables.jobs import jobs

_source = imports.outerjoin(jobs, jobs.c.id == imports.c.job_id)
_ITEM: tuple[ColumnElement[Any], ...] = (
    imports.c.id,
    imports.c.file_name,
    imports.c.file_size,
    imports.c.file_hash,
    imports.c.bytes_done,
    *(imports.c[name] for name in COUNTERS),
    imports.c.user_id,
    imports.c.created_at,
    jobs.c.status,
    jobs.c.cancel_requested,
    jobs.c.error,
    jobs.c.started_at,
    jobs.c.finished_at,
)
_FAULT = ("row", "line", "column", "code", "value", "expected")


class SqlImportsReader:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def import_(self, identifier: ImportId) -> ImportView:
        twin = imports.alias("twin")
        before = (
            select(twin.c.id)
            .where(
                twin.c.file_hash == imports.c.file_hash,
                twin.c.id < imports.c.id,
                twin.c.job_id.is_not(None),
            )
            .order_by(twin.c.id.desc())
            .limit(1)
            .scalar_subquery()
            .label("imported_before")
        )
        query = (
            select(*_ITEM, imports.c.analysis, imports.c.plan, before)
            .select_from(_source)
            .where(imports.c.id == identifier)
        )
        async with self._reads.connection() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            raise NotFound.of(ImportId.kind, identifier)
        return ImportView(
            **_fields(dict(row)),
            analysis=row["analysis"],
            plan=row["plan"],
            imported_before=row["imported_before"],
        )

    async def imports(self, page: PageRequest) -> Page[ImportItem]:
        async with self._reads.connection() as connection:
            return await read_page(
                connection,
                select(*_ITEM).select_from(_source),
                (imports.c.id,),
                page,
                make=lambda row: ImportItem(**_fields(row)),
                descending=True,
            )

    async def faults(
        self, identifier: ImportId, *, severity: str, page: PageRequest
    ) -> Page[Fault]:
        columns = import_faults.c
        async with self._reads.connection() as connection:
            if not await connection.scalar(select(exists().where(imports.c.id == identifier))):
                raise NotFound.of(ImportId.kind, identifier)
            return await read_page(
                connection,
                select(*(columns[name] for name in (*_FAULT, "max", "actual"))).where(
                    columns.import_id == identifier, columns.severity == severity
                ),
                (columns.row, columns.position),
                page,
                make=_fault,
            )


def _fault(row: Mapping[str, Any]) -> Fault:
    return Fault(**{name: row[name] for name in _FAULT}, most=row["max"], actual=row["actual"])


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "status": _status(row["status"], failed=row["failed"]),
        "file_name": row["file_name"],
        "file_size": row["file_size"],
        "file_hash": row["file_hash"],
        "bytes_done": row["bytes_done"],
        "counts": {name: row[name] for name in COUNTERS},
        "cancel_requested": bool(row["cancel_requested"]),
        "error": row["error"],
        "user_id": row["user_id"],
        "created_at": row["created_at"],
        "started_at": row["started_at"],
        "finished_at": row["finished_at"],
    }


def _status(job: str | None, *, failed: int) -> ImportStatus:
    if job is None:
        return ImportStatus.ANALYSED
    if job == JobStatus.COMPLETED and failed:
        return ImportStatus.COMPLETED_WITH_ERRORS
    return ImportStatus(job)
